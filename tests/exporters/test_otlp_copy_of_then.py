"""A copy that was made before something came to the ledger shows what was known then, and on which axis; what it
tells of private fields is what was signed, until it was erased."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import answerable as ans
from answerable.exporters import otlp_copy, otlp_json
from answerable.history.withheld import handed_over
from answerable.ledger import Fault
from answerable.lineage import AccountabilityTrace
from answerable.lineage.telling import telling
from answerable.model import Decision
from answerable.otel import attributes as names
from answerable.privacy import digest
from answerable.recording import process
from tests.exporters.otlp_copies import Document, attribute, span

SUBJECT = "deployment:prod/private"


@attrs.frozen
class Told:
    """Two decisions that withhold why, and what it was before the second of them."""

    uri: str
    first: Decision
    second: Decision
    before: AccountabilityTrace

    def trace(self, *disclose: str) -> AccountabilityTrace:
        with ans.open(self.uri) as history:
            return history.trace(SUBJECT, disclose=disclose)

    def document(self, *disclose: str) -> Document:
        found: Document = json.loads(otlp_json.to_json(self.trace(*disclose)))
        return found

    def faults(self, document: Document | str, *, with_ledger: bool) -> tuple[Fault, ...]:
        text = document if isinstance(document, str) else json.dumps(document)
        shown = otlp_copy.from_document(text.encode())
        if not with_ledger:
            return otlp_copy.verify(shown).faults
        with ans.open(self.uri) as history:
            return otlp_copy.verify(shown, history.trace).faults

    def erase(self) -> None:
        ans.erase(self.first, "rationale", "asked for")
        ans.flush()


@pytest.fixture
def told(tmp_path: Path, home: Path) -> Iterator[Told]:
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=uri, home=home, actor="person:ana@bank.example", private="rationale")
    with ans.decide("threshold", about=SUBJECT) as first:
        first.choose(0.62, because="seen of Smith")
    ans.flush()
    with ans.open(uri) as history:
        before = history.trace(SUBJECT)
    with ans.decide("rollout", about=SUBJECT) as second:
        second.choose("all", because="tried with Smith")
    ans.flush()
    yield Told(uri, first.record, second.record, before)
    process.replace(None)


@pytest.mark.parametrize("with_ledger", [False, True])
class TestWhatWasDrawn:
    def test_holds_on_the_true_axis_too(self, told: Told, with_ledger: bool) -> None:
        trace = told.trace()
        drawn = [otlp_json.to_json(trace, time_axis=axis) for axis in ("compressed", "true")]

        assert drawn[0] != drawn[1]
        assert [told.faults(each, with_ledger=with_ledger) for each in drawn] == [(), ()]

    def test_holds_where_it_was_nothing_before_and_as_of_then(
        self, told: Told, with_ledger: bool
    ) -> None:
        assert told.before.predecessor is None
        assert told.trace().predecessor == told.before.revision

        assert told.faults(otlp_json.to_json(told.before), with_ledger=with_ledger) == ()

    def test_holds_with_all_that_it_discloses(self, told: Told, with_ledger: bool) -> None:
        document = told.document("rationale")

        for start in ("threshold", "rollout"):
            assert attribute(span(document, start), names.DISCLOSURES)
        assert told.faults(document, with_ledger=with_ledger) == ()


def test_each_disclosure_of_something_else_is_named(told: Told) -> None:
    lie = base64.urlsafe_b64encode(b'["AAAAAAAAAAAAAAAAAAAAAA","rationale","a lie"]').rstrip(b"=")
    document = told.document("rationale")
    for start in ("threshold", "rollout"):
        held = attribute(span(document, start), names.DISCLOSURES)
        held["arrayValue"]["values"][0]["stringValue"] = lie.decode()
    found = told.faults(document, with_ledger=False)

    named = {fault.id for fault in found if fault.code == "disclosure"}
    assert named == {told.first.id, told.second.id}


class TestWhatWasErased:
    def test_is_named_in_a_copy_from_before_by_the_ledger(self, told: Told) -> None:
        bare, document = told.document(), told.document("rationale")
        told.erase()
        (fault,) = told.faults(document, with_ledger=True)

        assert (fault.code, fault.id) == ("not-erased", told.first.id)
        assert told.faults(bare, with_ledger=True) == ()

    def test_is_named_by_the_erasure_that_the_copy_shows(self, told: Told) -> None:
        with ans.open(told.uri, disclose=True) as history:
            kept = history.trace(SUBJECT, disclose=["rationale"])
        custodies = [p.record.custody for p in kept.records if p.record.custody]
        beside = {digest(each): each for custody in custodies for each in custody.disclosures}
        told.erase()
        later = telling(told.trace(), lambda r: handed_over(r, beside, erased_too=True))
        found = told.faults(otlp_json.to_json(later), with_ledger=False)

        assert [(f.code, f.id) for f in found if f.code != "changed"] == [
            ("not-erased", told.first.id)
        ]
