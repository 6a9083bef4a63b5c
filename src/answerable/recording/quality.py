"""What a decision leaves unsaid, said at once: while whoever made it still knows.

It warns once for each place in the code, and never stops a pipeline; `configure(strict=True)`
raises instead. What is left out stands in the trace as a gap in any case.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from answerable.errors import IncompleteDecisionError
from answerable.model import Decision
from answerable.recording import callsite


class QualityWarning(UserWarning):
    """A decision says too little to be of use to whoever asks later."""


class Lint:
    """Looks at the decisions of one process. Thread-safe."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._told: dict[tuple[str | None, int | None, str], object] = {}
        # The question that each reason was first given for.
        self._reasons: dict[str, str] = {}

    def look_at(self, decision: Decision, asked: str) -> None:
        """Warn of what it leaves unsaid; under `strict`, raise `IncompleteDecisionError`. `asked` is how
        it is called there."""
        # What was passed or left to a default was not explained by anybody, and is not expected
        # to be; what was abandoned decided nothing.
        if decision.capture != "explicit" or decision.abandoned is not None:
            return
        lacking = [*self._lacking(decision)]
        if not lacking:
            return
        told = f"a decision says too little: {asked!r:.80} " + ", and ".join(lacking)
        if self._strict:
            raise IncompleteDecisionError(told, hint="say it, or configure(strict=False)")
        source = decision.source
        place = (source.file if source else None, source.line if source else None, told)
        # Without a lock, which a fork might find taken by a thread that the child does not have.
        mine = object()
        if self._told.setdefault(place, mine) is not mine:
            return
        warnings.warn(told, QualityWarning, stacklevel=callsite.stack_level())

    def _lacking(self, decision: Decision) -> Iterator[str]:
        if decision.rationale is None:
            yield "gives no reason (because=)"
        elif self._is_copied(decision.rationale, decision.question):
            yield "gives the reason of another question, word for word"
        if not decision.considered:
            yield "names no alternative (over=, or consider)"
        if decision.accountable is None:
            yield "names nobody who answers for it (accountable=)"

    def _is_copied(self, reason: str, question: str) -> bool:
        return self._reasons.setdefault(" ".join(reason.split()), question) != question
