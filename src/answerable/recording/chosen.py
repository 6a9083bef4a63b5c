"""What was chosen in a scope, so that a parameter that is passed there leads to who chose it."""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from answerable.recording import callsite

if TYPE_CHECKING:
    from answerable.model import Decision
    from answerable.recording.scope import Scope

# Of one scope: a loop that chooses without end must not hold all of it.
MOST = 256


@attrs.frozen
class Chosen:
    """A choice, by its kind and the value as it was said; and the record, which may withhold it."""

    kind: str
    value: Any = attrs.field(repr=False)
    id: str
    is_private: bool

    def is_of(self, kind: str, value: Any) -> bool:
        """True if it is of that kind, and of that value and no other that compares equal."""
        return self.kind == kind and repr(self.value) == repr(value)


# Where no step or decision is open, the scope is the function whose code is run: what this context
# chose, in which ledger, in the code of which function.
_Where: TypeAlias = tuple[str, str | None, str | None]
_outside: ContextVar[tuple[tuple[_Where, Chosen], ...]] = ContextVar(
    "answerable_chosen", default=()
)


def remember(decision: Decision, value: Any, within: Scope, ledger: str) -> None:
    """A decision for that value was made where that was open."""
    is_private = any(part.field == "chosen" for part in decision.withheld)
    made = Chosen(decision.kind, value, decision.id, is_private)
    if within.innermost is None:
        _outside.set((*_outside.get()[1 - MOST :], (_where(ledger), made)))
    else:
        within.innermost.chosen.append(made)


def find(kind: str, value: Any, within: Scope, ledger: str) -> Chosen | None:
    """The newest choice of that kind and value, in what is open there or around it; None if it was
    chosen nowhere there."""
    scope: Scope | None = within
    while scope is not None and scope.innermost is not None:
        found = _newest(kind, value, scope.innermost.chosen)
        if found is not None:
            return found
        scope = scope.innermost.outer
    if not (outside := _outside.get()):
        return None
    here = _where(ledger)
    return _newest(kind, value, [made for where, made in outside if where == here])


def _where(ledger: str) -> _Where:
    site = callsite.of_caller()
    return ledger, site.file, site.function


def _newest(kind: str, value: Any, among: deque[Chosen] | list[Chosen]) -> Chosen | None:
    return next((each for each in reversed(among) if each.is_of(kind, value)), None)
