"""Whether what there is to see was approved, as it is: the gaps that approvals open and close.

They are found when the digest that approvals bind is known, and are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from answerable.lineage.around import Made
from answerable.lineage.closure import RECORD, Closure
from answerable.lineage.trace import Gap, GapCode
from answerable.lineage.wording import named
from answerable.model import Approval, Artifact, Record

# What approving itself opens and closes: whoever approves is not shown it, and the gate, which
# judges the approvals themselves, does not count it.
OF_APPROVALS: frozenset[GapCode] = frozenset(("unapproved", "stale-approval"))


def approved(closure: Closure, presented: str, gap: Made) -> Iterator[Gap]:
    """The gaps of the subject's own approvals; `presented` is the digest of what there is to see.

    An approval counts if it is in force and verifies. That it is stale is no longer said once the
    same actor has approved what there is to see now.
    """
    subject = closure.subject
    given = [record for record in closure.records.values() if _is_given(record, closure)]
    own = [yes for yes in given if subject in yes.about]
    if not own and Artifact(ref=subject).kind == "deployment" and closure.makers.get(subject):
        parts = {ref for yes in given for ref in yes.about if not ref.startswith(RECORD)}
        only = f", only {', '.join(sorted(parts))}" if parts else ""
        yield gap("unapproved", f"nobody has approved {subject}{only}", None, ref=subject)
    present = {yes.decided_by for yes in own if yes.digest == presented}
    bound = {presented, _envelope(closure.records.get(subject.removeprefix(RECORD)))}
    for yes in own:
        # Of what it binds of several subjects nobody can tell which it was.
        if yes.about == (subject,) and yes.digest not in bound and yes.decided_by not in present:
            text = f"what {named(yes)} presented of {subject} has changed since"
            yield gap("stale-approval", text, yes, ref=subject)


def _is_given(record: Record, closure: Closure) -> TypeGuard[Approval]:
    return (
        isinstance(record, Approval)
        and record.meaning == "approval"
        and (record.custody is None or record.custody.verified)
        and closure.known.in_force(record)
    )


def _envelope(record: Record | None) -> str | None:
    """What a yes to the record alone binds."""
    return record.custody.digest if record and record.custody else None
