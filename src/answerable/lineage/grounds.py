"""What a choice rests on: evidence, for how long it holds, and a reason of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from answerable.lineage.around import Made
from answerable.lineage.expiry import passed
from answerable.lineage.known import Known
from answerable.lineage.trace import Gap
from answerable.lineage.wording import named
from answerable.model import Decision, Record

# What nobody should settle on a feeling: a limit, whom it treats how, who sells it, what goes out,
# what is left to chance. Of other kinds the reason and the rivals are asked for.
EVIDENCED = frozenset(("threshold", "fairness", "vendor", "model", "risk_acceptance"))

# Below this many letters a reason ("measured", "as before") says the same of many things.
_A_SENTENCE = 20


def founded(decision: Decision, known: Known, gap: Made) -> Iterator[Gap]:
    """Whether it rests on anything, on whose word, and for how long that holds."""
    name = named(decision)
    rests = decision.evidence or decision.used or decision.legal_refs
    if decision.capture == "explicit" and decision.kind in EVIDENCED and not rests:
        yield gap("no-evidence", f"{name} names nothing that it rests on", decision)
    if decision.evidence and all(e.kind == "vendor_assertion" for e in decision.evidence):
        yield gap("vendor-assertion-only", f"{name} rests on a vendor's word alone", decision)
    for evidence in decision.evidence:
        if passed(evidence.valid_until, known.at):
            ref = evidence.artifact.ref
            text = f"the evidence {ref} for {name} was valid until {evidence.valid_until}"
            yield gap("expired-evidence", text, decision, ref=ref)


def repeated(records: Iterable[Record], gap: Made) -> Iterator[Gap]:
    """Decisions whose reason was given before, word for word, in answer to another question.
    `records` are oldest first."""
    first: dict[str, Decision] = {}
    for record in records:
        if not isinstance(record, Decision) or record.capture in ("default", "passed"):
            continue
        reason = _plain(record.rationale or "")
        if len(reason) < _A_SENTENCE:
            continue
        before = first.setdefault(reason, record)
        if _plain(before.question) != _plain(record.question):
            text = f"{named(record)} gives the same reason, word for word, as {named(before)}"
            yield gap("duplicate-rationale", text, record)


def _plain(text: str) -> str:
    """Without what no reader would call a difference: case, spaces, the full stop."""
    return " ".join(text.casefold().split()).rstrip(".!")
