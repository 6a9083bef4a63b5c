"""The trace of a subject, and what follows from it alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import get_args

import attrs

from answerable.errors import InvalidValueError, NotFoundError
from answerable.history import Records
from answerable.lineage import (
    AccountabilityTrace,
    Difference,
    Gap,
    GapCode,
    Hearing,
    Impact,
    Why,
    diff,
    impact,
    informed,
    stitch,
    why,
)
from answerable.lineage.holding import unheld
from answerable.lineage.revising import with_predecessor
from answerable.reading.governed import Governed, as_of_time


class Stitching(Governed):
    """Answers about one subject, as of a time."""

    def trace(self, subject: str, at: str | datetime | None = None) -> AccountabilityTrace:
        """Everything that bears on `subject`, as of a time (default now).

        A bare date means the end of that day. `unheld` are the roles that nobody fills then, by the
        policy in force then. Raises `NotFoundError` if nothing names the subject,
        `InvalidReferenceError` if it is no reference.
        """
        as_of = as_of_time(at)

        def stitched(records: Records) -> AccountabilityTrace:
            try:
                return with_predecessor(stitch(subject, records, as_of), records)
            except NotFoundError as error:
                raise NotFoundError(error.message, hint=self._near(subject)) from None

        found = self._answer(stitched)
        policy = self.policy(as_of)
        return attrs.evolve(found, unheld=tuple(unheld(found.placed(), policy, as_of)))

    def why(
        self, kind: str, subject: str, at: str | datetime | None = None, *, text: str | None = None
    ) -> Why:
        """Which decisions of that kind stand behind `subject`: in force, and superseded; by what
        right, on which evidence, and who filled the roles in them. With `text`, those whose question
        has it, in any case: one parameter of several. Raises as `trace` does. What nobody decided
        has no answer, which is one."""
        found = why(self.trace(subject, at), kind, text)
        return attrs.evolve(found, holders=self.holders(found.decisions))

    def diff(
        self,
        before: str,
        after: str,
        at: str | datetime | None = None,
        *,
        since: str | datetime | None = None,
    ) -> Difference:
        """What lies between two subjects, e.g. two versions of a model; or, with `since`, between what
        the one was at that time and what the other is `at` another: of one deployment, say. Raises
        as `trace` does."""
        as_of = as_of_time(at)  # one for both, unless another is given
        return diff(self.trace(before, as_of if since is None else since), self.trace(after, as_of))

    def impact(self, ref: str, at: str | datetime | None = None) -> Impact:
        """What rests on an artifact or a record (`record:<id>`), over any number of hops, as of a
        time. Without a version, any version is meant. Raises `NotFoundError` if nothing names it,
        `InvalidReferenceError` if it is no reference."""
        as_of = as_of_time(at)
        return self._answer(lambda records: impact(ref, records, as_of))

    def informed(
        self, fact: str, *, decision: str | None = None, at: str | datetime | None = None
    ) -> tuple[Hearing, ...]:
        """Who was informed of `fact` (an artifact, or `record:<id>`), when, and by which record;
        with the id of a `decision`, whether that was before it. Raises `NotFoundError`,
        `InvalidReferenceError`."""
        as_of = as_of_time(at)
        made = None if decision is None else self.get(decision)
        return self._answer(lambda records: informed(fact, records, as_of, made))

    def gaps(
        self, subject: str, at: str | datetime | None = None, *, codes: Collection[str] = ()
    ) -> Sequence[Gap]:
        """What is missing in the trace of `subject`; with `codes`, of these codes alone. Raises as
        `trace` does, and `InvalidValueError` for a code that there is not."""
        if unknown := sorted(set(codes) - set(get_args(GapCode))):
            raise InvalidValueError(
                f"no code of a gap: {unknown[0]!r:.40}", hint=", ".join(get_args(GapCode))
            )
        return tuple(g for g in self.trace(subject, at).missing if not codes or g.code in codes)
