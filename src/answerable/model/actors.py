"""Who decided, who answers for it: `person:…`, `role:…`, `team:…` and the like."""

from __future__ import annotations

import re
from typing import Literal

import attrs

from answerable.errors import InvalidReferenceError
from answerable.model.artifacts import UNSEEN

KINDS = ("person", "role", "team", "committee", "org", "service", "agent")
KnownBy = Literal["asserted", "environment", "authenticated"]

_NAME = re.compile(rf"[^{UNSEEN}]+(?: [^{UNSEEN}]+)*")
_EMAIL = re.compile(rf"[^{UNSEEN}@:]+@[^{UNSEEN}@:]+")


@attrs.frozen(kw_only=True)
class Actor:
    """Somebody who can be named: `id` is `kind:name`, `known_by` says how the name is known."""

    id: str
    known_by: KnownBy = "asserted"


def parse_actor(text: str) -> str:
    """The actor's id in full; a bare e-mail address is a person.

    Raises `InvalidReferenceError` for anything that is not `kind:name`.
    """
    if isinstance(text, str) and len(text) <= 256:
        if _EMAIL.fullmatch(text):
            return f"person:{text}"
        kind, _, name = text.partition(":")
        if kind in KINDS and _NAME.fullmatch(name):
            return text
    raise InvalidReferenceError(
        f"not an actor: {text!r:.80}",
        hint="write an e-mail address, or one of " + ", ".join(f"{k}:…" for k in KINDS),
    )
