"""What is put back, what goes along, and what is wrong with a disclosure: field by field."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable.errors import LedgerError
from answerable.history.authentication import Authenticator
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.withheld import (
    Commitments,
    as_signed,
    fitting,
    handed_over,
    revealed,
    still_told,
)
from answerable.ledger import Fault
from answerable.model import Custody, Decision, Erasure
from answerable.privacy import Wanted, digest, withhold
from answerable.privacy.store import Disclosures
from answerable.statement import timestamp
from tests.history.forging import NOW, Forger
from tests.ledger.tampering import change

LATER = NOW + timedelta(days=3)
BOTH = Wanted(fields=frozenset(("chosen", "rationale")))


@attrs.frozen
class Signed:
    """A decision that verifies, of which two fields are withheld, and their disclosures by digest."""

    record: Decision
    told: dict[str, bytes]

    @property
    def custody(self) -> Custody:
        assert self.record.custody is not None
        return self.record.custody

    def with_custody(self, **changes: Any) -> Decision:
        return attrs.evolve(self.record, custody=attrs.evolve(self.custody, **changes))

    def of(self, field: str) -> str:
        """The digest of that field's disclosure."""
        (name,) = (part.digest for part in self.record.withheld if part.field == field)
        return name


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    forger = Forger(home=tmp_path, path=tmp_path / "none")
    introducing = forger.sign(forger.delegation())
    made, told = withhold(forger.decision(rationale="a reason"), ["chosen", "rationale"])
    authenticator = Authenticator(lambda _: [(0, introducing)])
    record = authenticator.authenticate(forger.sign(made), index=7)
    assert isinstance(record, Decision)
    return Signed(record, {digest(each): each for each in told})


def said(record: Any) -> tuple[Any, str]:
    return (record.chosen if not isinstance(record.chosen, dict) else None), record.rationale


class TestWhatIsPutBack:
    def test_is_all_that_is_at_hand(self, signed: Signed) -> None:
        found = revealed(signed.record, signed.told)

        assert said(found) == (1, "a reason")
        assert found.custody is not None
        assert set(found.custody.disclosed) == {"chosen", "rationale"}
        assert found.custody.disclosures == ()

    def test_is_not_in_what_was_signed(self, signed: Signed) -> None:
        late = attrs.evolve(signed.record, recorded_at=LATER)
        found = handed_over(late, signed.told)
        again = as_signed(found)

        assert again == late and again.recorded_at == LATER
        assert again.custody == signed.custody
        assert as_signed(late) is late
        bare = attrs.evolve(signed.record, custody=None)
        assert as_signed(bare) is bare

    def test_is_the_others_too_where_one_is_gone_or_is_not_what_was_signed(
        self, signed: Signed
    ) -> None:
        gone = {signed.of("rationale"): signed.told[signed.of("rationale")]}
        wrong = signed.told | {signed.of("chosen"): b"rubbish"}

        assert said(revealed(signed.record, gone)) == (None, "a reason")
        assert said(revealed(signed.record, wrong)) == (None, "a reason")

    def test_is_nothing_of_what_was_erased(self, signed: Signed) -> None:
        erased = signed.with_custody(erased=(("chosen", NOW),))

        assert said(revealed(erased, signed.told)) == (None, "a reason")
        assert said(handed_over(erased, signed.told)) == (None, "a reason")

    def test_but_of_a_copy_from_before(self, signed: Signed) -> None:
        erased = signed.with_custody(erased=(("chosen", NOW),))
        found = handed_over(erased, signed.told, erased_too=True)

        assert said(found) == (1, "a reason")
        assert found.custody is not None and found.custody.erased == ()

    @pytest.mark.parametrize("custody", [None, False])
    def test_is_nothing_of_a_record_that_does_not_verify(
        self, signed: Signed, custody: bool | None
    ) -> None:
        other = attrs.evolve(signed.record, custody=None)
        if custody is not None:
            other = signed.with_custody(verified=False)

        assert revealed(other, signed.told) == other
        assert handed_over(other, signed.told, erased_too=True) == other


class TestWhatGoesAlong:
    def test_is_what_was_wanted_and_put_back(self, signed: Signed) -> None:
        one = Wanted(fields=frozenset(("rationale",)))
        found = handed_over(signed.record, signed.told, one)

        assert said(found) == (None, "a reason")
        assert found.custody is not None
        assert found.custody.disclosures == (signed.told[signed.of("rationale")],)

    def test_is_all_of_it_unless_told_otherwise(self, signed: Signed) -> None:
        for found in (
            handed_over(signed.record, signed.told),
            handed_over(signed.record, signed.told, BOTH),
        ):
            assert found.custody is not None
            assert set(found.custody.disclosures) == set(signed.told.values())


class TestACopy:
    def test_what_lies_beside_a_record_and_is_of_no_field_of_it_is_named(
        self, signed: Signed
    ) -> None:
        found, (fault,) = fitting(signed.record, [b"rubbish", *signed.told.values()])

        assert found == signed.told
        assert (fault.code, fault.index, fault.id) == ("disclosure", 7, signed.record.id)
        assert fault.message == "a disclosure beside it is not what was signed"

    def test_also_of_a_record_that_is_read_without_custody_or_has_nothing_private(
        self, signed: Signed, tmp_path: Path
    ) -> None:
        bare = attrs.evolve(signed.record, custody=None)
        forger = Forger(home=tmp_path, path=tmp_path / "none")

        assert [f.index for f in fitting(bare, [b"rubbish"])[1]] == [None]
        assert [f.code for f in fitting(forger.delegation(), [b"rubbish"])[1]] == ["disclosure"]

    def erasure(self, signed: Signed, **changes: Any) -> Erasure:
        fields: dict[str, Any] = {
            "id": "b",
            "decided_at": LATER,
            "recorded_at": LATER,
            "about": (f"record:{signed.record.id}",),
            "field": "rationale",
            "rationale": "asked for",
            "custody": signed.custody,
        }
        return Erasure(**(fields | changes))

    def test_that_tells_what_was_erased_is_named_with_the_day(self, signed: Signed) -> None:
        record = signed.with_custody(erased=(("rationale", NOW),))
        (fault,) = still_told(record, signed.told, [self.erasure(signed)])

        assert (fault.code, fault.index, fault.id) == ("not-erased", 7, record.id)
        assert "its rationale was erased on " + timestamp(NOW) in fault.message

    def test_by_an_erasure_that_lies_beside_it_too(self, signed: Signed) -> None:
        for record, index in (
            (signed.record, 7),
            (attrs.evolve(signed.record, custody=None), None),
        ):
            (fault,) = still_told(record, signed.told, [self.erasure(signed)])
            assert fault.index == index
            assert timestamp(LATER) in fault.message

    def test_is_not_where_it_tells_nothing_of_that_field(self, signed: Signed) -> None:
        one = {signed.of("chosen"): b"x"}
        assert [*still_told(signed.record, one, [self.erasure(signed)])] == []
        assert [*still_told(signed.record, signed.told)] == []

    def test_is_not_by_what_is_no_erasure_of_it(self, signed: Signed, tmp_path: Path) -> None:
        this, other = f"record:{signed.record.id}", "record:another"
        none = [
            self.erasure(signed, custody=None),
            self.erasure(signed, custody=attrs.evolve(signed.custody, verified=False)),
            self.erasure(signed, about=(other,)),
            self.erasure(signed, about=(this, other)),
            attrs.evolve(signed.record, about=(this,)),
        ]

        assert [*still_told(signed.record, signed.told, none)] == []
        assert len([*still_told(signed.record, signed.told, [*none, self.erasure(signed)])]) == 1
        forger = Forger(home=tmp_path, path=tmp_path / "none")
        assert [*still_told(forger.delegation(), signed.told, none)] == []


class TestWhatLiesBesideALedger:
    def found(self, signed: Signed, disclosures: Disclosures, *erased: str) -> list[Fault]:
        commitments = Commitments(disclosures)
        assert not commitments.asks(
            Brief(0, (), (), (), (), (), NOW, NOW, NOW, ())
        )  # what it is about is noted
        parts = tuple((part.field, part.digest) for part in signed.record.withheld)
        entry = Checked(7, b"", b"", id=signed.record.id, withheld=parts)
        commitments.saw(entry)
        for number, field in enumerate(erased, 8):
            commitments.saw(Checked(number, b"", b"", erases=(signed.record.id, field)))
        found = [*commitments.faults()]
        assert all((fault.index, fault.id) == (7, signed.record.id) for fault in found)
        return found

    @pytest.fixture
    def beside(self, tmp_path: Path, home: Path) -> Disclosures:
        return Disclosures(str(tmp_path / "decisions.db"), home)

    def test_each_that_is_gone_without_a_word_is_named(
        self, signed: Signed, beside: Disclosures
    ) -> None:
        beside.keep(signed.told.values())
        for name in signed.told:
            beside.forget(name)
        one, two = self.found(signed, beside)

        assert (one.code, two.code) == ("disclosure-missing",) * 2
        assert "its chosen says" in one.message and "its rationale says" in two.message

    def test_each_that_is_gone_as_is_recorded_is_no_fault(
        self, signed: Signed, beside: Disclosures
    ) -> None:
        beside.keep(signed.told.values())
        beside.forget(signed.of("rationale"))

        assert self.found(signed, beside, "rationale") == []

    def test_each_that_is_there_though_it_was_erased_is_named(
        self, signed: Signed, beside: Disclosures
    ) -> None:
        beside.keep(signed.told.values())
        (fault,) = self.found(signed, beside, "rationale")

        assert fault.code == "not-erased"
        assert fault.message.startswith("its rationale ")

    def test_each_that_is_another_is_named(
        self, signed: Signed, beside: Disclosures, tmp_path: Path
    ) -> None:
        beside.keep(signed.told.values())
        change(tmp_path / "decisions.db.private", "UPDATE disclosures SET disclosure = x'00'")
        one, two = self.found(signed, beside)

        assert (one.code, two.code) == ("disclosure", "disclosure")
        assert "its chosen is" in one.message and "its rationale is" in two.message

    def test_nothing_is_missed_where_nothing_was_ever_kept(
        self, signed: Signed, beside: Disclosures
    ) -> None:
        assert self.found(signed, beside) == []
        assert self.found(signed, beside, "rationale") == []

    def test_where_they_cannot_be_read_each_field_says_so(
        self, signed: Signed, beside: Disclosures, tmp_path: Path
    ) -> None:
        (tmp_path / "decisions.db.private").write_bytes(b"no database" * 99)
        with pytest.raises(LedgerError) as why:
            beside.are_expected()

        assert [(fault.code, fault.message) for fault in self.found(signed, beside)] == [
            ("disclosure", why.value.message)
        ] * 2
