"""Which step and which decision are open here: a context variable, so that asyncio tasks and
copied contexts see their own."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from answerable.recording.decisions import OpenDecision
    from answerable.recording.steps import OpenStep


@attrs.frozen
class Elsewhere:
    """A step or a decision that is open in another process: what is known of it is its id."""

    id: str


@attrs.frozen
class Scope:
    """The innermost open step and decision; `innermost` is whichever was opened last, here."""

    step: OpenStep | Elsewhere | None = None
    decision: OpenDecision | Elsewhere | None = None
    innermost: OpenStep | OpenDecision | None = None


NOTHING = Scope()
_scope: ContextVar[Scope] = ContextVar("answerable_scope", default=NOTHING)


def here() -> Scope:
    """What is open in the current context."""
    return _scope.get()


def enter(scope: Scope) -> Token[Scope]:
    """Open a scope; give the token to `leave`."""
    return _scope.set(scope)


def leave(token: Token[Scope]) -> bool:
    """Close the scope that `enter` opened. False if that was in another context, which this one
    knows nothing of: a generator may be closed by another thread or task than began it."""
    try:
        _scope.reset(token)
    except ValueError:
        return False
    return True
