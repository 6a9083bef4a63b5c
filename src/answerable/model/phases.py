"""The phases of a system's life, in their order."""

from __future__ import annotations

from typing import Literal, get_args

Phase = Literal[
    "requirements",
    "data",
    "labelling",
    "training",
    "evaluation",
    "approval",
    "deployment",
    "monitoring",
    "incident",
]
PHASES: tuple[Phase, ...] = get_args(Phase)
