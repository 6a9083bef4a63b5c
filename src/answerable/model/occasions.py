"""When it is time to look at a system as a whole: it goes into production, somebody says yes or no to
it, or something went wrong with it."""

from __future__ import annotations

import base64
import json
from typing import Final

from answerable.model.artifacts import RECORD, Artifact
from answerable.model.events import Incident
from answerable.model.records import Approval, Decision, Dissent, Record

_DEPLOYING: Final = frozenset({"deploy", "rollback"})
# One of these stands in each statement that is an occasion.
_MARKS: Final = (
    *(b'"approval"', b'"dissent"', b'"incident"', b'"deploy"', b'"rollback"', b"deployment:"),
)


def subjects_of(record: Record) -> tuple[str, ...]:
    """The refs of what the record is an occasion to look at: nothing, for most.

    What produced a deployment is one for that; a decision to deploy for what it produced, else for
    what it is about; approvals, dissents and incidents for what they are about, where that is not a
    record.
    """
    produced: tuple[Artifact, ...] = getattr(record, "produced", ())
    found = [each.ref for each in produced if each.kind == "deployment"]
    if isinstance(record, Decision) and record.kind in _DEPLOYING:
        found = [each.ref for each in produced] or list(record.about)
    elif isinstance(record, Approval | Dissent | Incident):
        found = list(record.about)
    return tuple(dict.fromkeys(ref for ref in found if not ref.startswith(RECORD)))


def may_be(envelope: bytes) -> bool:
    """False of most envelopes that are no occasion, without reading their records."""
    try:
        payload = base64.b64decode(json.loads(envelope)["payload"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return any(mark in payload for mark in _MARKS)
