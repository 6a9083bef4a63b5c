"""The trace of a subject, and what follows from it alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from answerable.errors import NotFoundError
from answerable.history import Records, moment
from answerable.lineage import (
    AccountabilityTrace,
    Difference,
    Gap,
    Hearing,
    Impact,
    Why,
    diff,
    impact,
    informed,
    stitch,
    why,
)
from answerable.reading.finding import Finding


class Stitching(Finding):
    """Answers about one subject, as of a time."""

    def trace(self, subject: str, at: str | datetime | None = None) -> AccountabilityTrace:
        """Everything that bears on `subject`, as of a time (default now).

        A bare date means the end of that day. Raises `NotFoundError` if nothing names the
        subject, `InvalidReferenceError` if it is no reference.
        """
        as_of = _as_of(at)

        def stitched(records: Records) -> AccountabilityTrace:
            try:
                return stitch(subject, records, as_of)
            except NotFoundError as error:
                raise NotFoundError(error.message, hint=self._near(subject)) from None

        return self._answer(stitched)

    def why(self, kind: str, subject: str, at: str | datetime | None = None) -> Why:
        """Which decisions of that kind stand behind `subject`: in force, and superseded; raises
        as `trace` does. What nobody decided has no answer, which is one."""
        return why(self.trace(subject, at), kind)

    def diff(self, before: str, after: str, at: str | datetime | None = None) -> Difference:
        """What lies between two subjects, e.g. two versions of a model; raises as `trace` does."""
        return diff(self.trace(before, at), self.trace(after, at))

    def impact(self, ref: str, at: str | datetime | None = None) -> Impact:
        """What rests on an artifact or a record (`record:<id>`), over any number of hops, as of a
        time. Without a version, any version is meant. Raises `NotFoundError` if nothing names it,
        `InvalidReferenceError` if it is no reference."""
        as_of = _as_of(at)
        return self._answer(lambda records: impact(ref, records, as_of))

    def informed(
        self, fact: str, *, decision: str | None = None, at: str | datetime | None = None
    ) -> tuple[Hearing, ...]:
        """Who was informed of `fact` (an artifact, or `record:<id>`), when, and by which record;
        with the id of a `decision`, whether that was before it. Raises `NotFoundError`,
        `InvalidReferenceError`."""
        as_of = datetime.now(UTC) if at is None else moment(at, end_of_day=True)
        made = None if decision is None else self.get(decision)
        return self._answer(lambda records: informed(fact, records, as_of, made))

    def gaps(self, subject: str, at: str | datetime | None = None) -> Sequence[Gap]:
        """What is missing in the trace of `subject`; raises as `trace` does."""
        return self.trace(subject, at).gaps


def _as_of(at: str | datetime | None) -> datetime:
    return datetime.now(UTC) if at is None else moment(at, end_of_day=True)
