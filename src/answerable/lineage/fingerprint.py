"""Names for what a trace shows: its revision, its trace id, and the digest approvals bind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from answerable import jsontext, statement
from answerable.lineage.trace import Gap, Placed
from answerable.model import Approval, Dissent, Record


def revision(subject: str, placed: Iterable[Placed], gaps: Iterable[Gap]) -> str:
    """16 hex digits over everything shown but the time it was asked for."""
    placed = tuple(placed)
    content = _content(subject, placed, gaps)
    # Where each lies, and what is wrong with it, is shown too, though nobody approves it.
    custody = [p.record.custody for p in placed]
    places = jsontext.dumps([[c.index, c.fault] if c else None for c in custody])
    return _sha256(content + b"\0" + places)[:16]


def trace_id(subject: str, revision: str) -> str:
    """32 hex digits: the same subject and revision are the same trace everywhere."""
    return _sha256(f"answerable trace\0{subject}\0{revision}".encode())[:32]


def presented(subject: str, placed: Iterable[Placed], gaps: Iterable[Gap]) -> str:
    """`sha256:<hex>` over what an approver is shown: approvals and dissents, links to them and
    their gaps left out, so that approving does not change it."""
    placed = tuple(placed)
    voices = {p.record.id for p in placed if isinstance(p.record, Approval | Dissent)}
    shown = (p for p in placed if p.record.id not in voices)
    content = _content(subject, shown, (g for g in gaps if g.record not in voices), voices)
    return "sha256:" + _sha256(content)


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
