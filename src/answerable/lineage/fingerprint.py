"""Names for what a trace shows: its revision, its trace id, and the digest approvals bind."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from answerable import jsontext, statement
from answerable.lineage.approved import OF_APPROVALS
from answerable.lineage.trace import Gap, Placed
from answerable.model import (
    Acknowledgement,
    Approval,
    Dissent,
    Erasure,
    Record,
    Revocation,
    Supersession,
)
from answerable.model.artifacts import RECORD
from answerable.model.naming import replaces


def revision(
    subject: str, placed: Iterable[Placed], gaps: Iterable[Gap], since: datetime | None = None
) -> str:
    """16 hex digits over everything shown but the time it was asked for. `since` is when it came
    to be so, which is shown."""
    placed = tuple(placed)
    content = _content(subject, placed, gaps)
    # Where each lies, and what is wrong with it, is shown too, though nobody approves it.
    custody = [p.record.custody for p in placed]
    places = jsontext.dumps([[c.index, c.fault] if c else None for c in custody])
    from_then = statement.timestamp(since).encode() if since else b""
    return _sha256(b"\0".join((content, places, from_then)))[:16]


def trace_id(subject: str, revision: str) -> str:
    """32 hex digits: the same subject and revision are the same trace everywhere."""
    return _sha256(f"answerable trace\0{subject}\0{revision}".encode())[:32]


def telling_id(trace_id: str, disclosed: Iterable[str]) -> str:
    """32 hex digits, for that trace where it tells what has these digests (`sha256:<hex>`)."""
    return _sha256("\0".join(("answerable telling", trace_id, *disclosed)).encode())[:32]


def presented(subject: str, placed: Iterable[Placed], gaps: Iterable[Gap]) -> str:
    """`sha256:<hex>` over what an approver is shown: approvals and dissents, what is said of them
    alone, links to them and their gaps left out, so that approving does not change it."""
    placed = tuple(placed)
    voices = _voices(p.record for p in placed)
    shown = (p for p in placed if p.record.id not in voices)
    open_ = (g for g in gaps if g.record not in voices and g.code not in OF_APPROVALS)
    content = _content(subject, shown, open_, voices)
    return "sha256:" + _sha256(content)


def _voices(records: Iterable[Record]) -> set[str]:
    """The ids of approvals and dissents, and of what withdraws, replaces or notes nothing else; of
    erasures too: what was private was not presented."""
    voices: set[str] = set()
    # By each that they are about: those that follow where all of that does.
    following: defaultdict[str, list[str]] = defaultdict(list)
    left: dict[str, int] = {}
    for record in records:
        if isinstance(record, Approval | Dissent | Erasure):
            voices.add(record.id)
        elif isinstance(record, Revocation | Supersession | Acknowledgement):
            about = {*(ref.removeprefix(RECORD) for ref in record.about), *replaces(record)}
            left[record.id] = len(about)
            for id in about:
                following[id].append(record.id)
    waiting = [*voices]
    while waiting:
        for id in following[waiting.pop()]:
            left[id] -= 1
            if not left[id] and id not in voices:
                voices.add(id)
                waiting.append(id)
    return voices


def _content(
    subject: str,
    placed: Iterable[Placed],
    gaps: Iterable[Gap],
    left_out: Iterable[str] = (),
) -> bytes:
    left_out = frozenset(left_out)
    return jsontext.dumps(
        {
            "subject": subject,
            "records": [
                [
                    p.record.id,
                    _digest(p.record),
                    p.record.custody is None or p.record.custody.verified,
                    p.phase,
                    p.parent,
                    p.superseded_by,
                    p.standing,
                    [[link.to, link.role, link.by] for link in p.links if link.to not in left_out],
                ]
                for p in placed
            ],
            "gaps": [[g.code, g.message, g.record, g.ref, g.owner] for g in gaps],
        }
    )


def _digest(record: Record) -> str:
    """The envelope's, else that of what would be signed."""
    if record.custody and record.custody.digest:
        return record.custody.digest
    return "sha256:" + _sha256(jsontext.dumps(statement.to_plain(record)))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
