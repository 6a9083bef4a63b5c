"""Answers to an investigator's and a reviewer's questions, on a terminal."""

from __future__ import annotations

from answerable.cli.answers.diff import diff_text
from answerable.cli.answers.explain import explanation_text, outcomes_text
from answerable.cli.answers.gate import gate_text
from answerable.cli.answers.impact import impact_text
from answerable.cli.answers.incident import investigation_text
from answerable.cli.answers.informed import informed_text
from answerable.cli.answers.presented import presented_text
from answerable.cli.answers.review import review_text, signing
from answerable.cli.answers.why import why_text

__all__ = [
    "diff_text",
    "explanation_text",
    "gate_text",
    "impact_text",
    "informed_text",
    "investigation_text",
    "outcomes_text",
    "presented_text",
    "review_text",
    "signing",
    "why_text",
]
