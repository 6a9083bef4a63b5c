"""What exactly was shown to whoever approved: found again from the digest that the approval binds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs

from answerable.errors import NotFoundError
from answerable.lineage.asked.whole import in_force
from answerable.lineage.lookup import Lookup
from answerable.lineage.stitch import stitch
from answerable.lineage.trace import AccountabilityTrace
from answerable.lineage.turning import shown_since
from answerable.model import Approval, Dissent, Record
from answerable.model.artifacts import RECORD

_MOMENT = timedelta(microseconds=1)
# How many changes back one looks: an approval of something older was refused when it was given.
_STEPS = 64


@attrs.frozen(kw_only=True)
class Presented:
    """What `approval` binds. `trace` is the subject as it was presented, or None: then either the
    approval binds the envelope of one record alone (`record`, its id), or nothing that is recorded
    here has that digest, and nobody can tell what it was. That it was read, nobody can tell.
    """

    approval: Approval
    subject: str
    trace: AccountabilityTrace | None
    record: str | None = None


class Shown:
    """What approvals presented. It stitches `_STEPS` times at most, over all that it is asked: whoever
    appends approvals of nothing makes no review expensive."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._left = _STEPS

    def to(self, approval: Approval, subject: str | None = None) -> Presented:
        """Step back from when it was given, change by change, to the state that has its digest: of
        `subject`, or of each that it is about."""
        for each in approval.about if subject is None else (subject,):
            if (alone := _alone(approval, each, self._lookup)) is not None:
                return Presented(approval=approval, subject=each, trace=None, record=alone)
            for trace in self._back(each, approval.recorded_at):
                if trace.digest == approval.digest:
                    return Presented(approval=approval, subject=each, trace=trace)
        return Presented(approval=approval, subject=subject or approval.about[0], trace=None)

    def _back(self, subject: str, at: datetime) -> Iterator[AccountabilityTrace]:
        while self._left:
            self._left -= 1
            try:
                trace = stitch(subject, self._lookup, at)
            except NotFoundError:
                return
            yield trace
            since = shown_since(trace.placed(), trace.gaps, at)
            if since is None:
                return
            at = since - _MOMENT


def unseen(shown: AccountabilityTrace, now: AccountabilityTrace) -> tuple[str, ...]:
    """The ids of the records in force now that were not in view, oldest first; approvals and
    dissents, which nobody is shown, are not among them."""
    there = {placed.record.id for placed in shown.placed()}
    records = in_force(now, Record)
    return tuple(
        r.id for r in records if r.id not in there and not isinstance(r, Approval | Dissent)
    )


def _alone(approval: Approval, subject: str, lookup: Lookup) -> str | None:
    record = lookup.get(subject.removeprefix(RECORD)) if subject.startswith(RECORD) else None
    kept = record.custody.digest if record is not None and record.custody is not None else None
    return record.id if record is not None and kept == approval.digest else None
