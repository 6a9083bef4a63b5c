"""A private field is signed as a salted digest; what it says lies beside the ledger, and can go."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable.cli import main
from answerable.errors import InvalidValueError, MalformedError, NotFoundError
from answerable.history.bundles import Bundle, records_of, verify_bundle
from answerable.model import Decision
from answerable.privacy import digest, reveal, withhold
from answerable.privacy.disclosure import OF
from answerable.recording import process

SECRET = "the applicant's mother called twice"  # noqa: S105


@attrs.frozen
class Place:
    path: Path
    home: Path

    @property
    def beside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.private")

    def change(self, sql: str, *values: Any) -> None:
        connection = sqlite3.connect(self.beside)
        with connection:
            connection.execute(sql, values)
        connection.close()

    def get(self, id: str, *, disclose: bool = True) -> Decision:
        with ans.open(str(self.path), disclose=disclose) as history:
            found = history.get(id)
            assert isinstance(found, Decision)
            return found

    def faults(self) -> list[str]:
        with ans.open(str(self.path)) as history:
            return [fault.code for fault in history.verify().faults]


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Iterator[Place]:
    place = Place(tmp_path / "decisions.db", home)
    ans.configure(ledger=str(place.path), home=home, actor="analyst@bank.example")
    yield place
    process.replace(None)


def decided(**details: Any) -> Decision:
    with ans.decide(
        "threshold", question="At which score?", about="model:m@1", private="rationale", **details
    ) as d:
        d.consider(0.5, because="too low")
        d.choose(0.62, because=SECRET)
    ans.flush()
    return d.record


def test_what_is_private_is_nowhere_but_beside_the_ledger(place: Place) -> None:
    made = decided()
    ans.shutdown()

    assert made.rationale == "withheld"
    assert made.chosen == 0.62
    for file in [*place.path.parent.rglob("*")]:
        if file.is_file() and file != place.beside:
            assert SECRET.encode() not in file.read_bytes(), file
            assert base64.urlsafe_b64encode(SECRET.encode())[4:-4] not in file.read_bytes(), file
    assert place.beside.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("how", ["call", "settings"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_private_question_is_in_no_warning_and_no_error(
    place: Place, how: str, strict: bool
) -> None:
    """Logs keep both."""
    mine = "question" if how == "call" else None
    private = None if mine else "question"
    ans.configure(ledger=str(place.path), home=place.home, private=private, strict=strict)
    told: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for choose in (True, False):
            try:
                with ans.decide("threshold", question=SECRET, private=mine) as made:
                    if choose:
                        made.choose(1)
            except ans.IncompleteDecisionError as error:
                told.append(f"{error}")
    told += [f"{each.message}" for each in caught]

    assert len(told) == 2
    assert all("'threshold'" in each and SECRET not in each for each in told)


def test_who_is_to_see_it_sees_it_and_whoever_exports_does_not(place: Place) -> None:
    made = decided()

    assert place.get(made.id).rationale == SECRET
    assert place.get(made.id, disclose=False).rationale == "withheld"
    with ans.open(str(place.path), disclose=True) as history:
        assert [d.rationale for d in history.decisions()] == [SECRET]
        (placed,) = history.trace("model:m@1").records
        assert placed.record.rationale == "withheld"  # type: ignore[attr-defined]
    assert place.faults() == []


@pytest.mark.parametrize("field", OF[Decision])
def test_every_field_that_may_be_private_comes_back_as_it_was(place: Place, field: str) -> None:
    said: dict[str, Any] = {"question": "Which?", "previous": {"a": [1, None]}}
    with ans.decide("threshold", private=field, **said) as d:
        d.consider({"b": 2}, because="no")
        d.consider(None)
        d.vote("role:head", "against", "no")
        d.choose([1, "é"], because="yes")
    ans.flush()

    bare, whole = place.get(d.record.id, disclose=False), place.get(d.record.id)

    assert [part.field for part in bare.withheld] == [field]
    for name in OF[Decision]:
        same = getattr(bare, name) == getattr(whole, name)
        assert same != (name == field), name
    assert (whole.question, whole.previous, whole.chosen) == ("Which?", {"a": [1, None]}, [1, "é"])
    assert [(o.value, o.because) for o in whole.considered] == [({"b": 2}, "no"), (None, None)]
    assert whole.custody is not None and whole.custody.verified


def test_the_same_value_has_another_digest_each_time(place: Place) -> None:
    one, two = decided(), decided()

    assert one.withheld[0].digest != two.withheld[0].digest


def test_a_disclosure_is_what_rfc_9901_says(place: Place) -> None:
    made = decided()
    (told,) = [
        row[0]
        for row in sqlite3.connect(place.beside).execute("SELECT disclosure FROM disclosures")
    ]

    # As section 4.2.1 has it, without a line of the package.
    salt, name, value = json.loads(base64.urlsafe_b64decode(told + b"=" * (-len(told) % 4)))
    assert (name, value) == ("rationale", SECRET)
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16
    assert made.withheld[0].digest == "sha256:" + hashlib.sha256(told).hexdigest()


def test_settings_can_say_it_for_all(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_PRIVATE", "rationale, considered")
    ans.configure(ledger=str(place.path), home=place.home)
    ans.choose("threshold", 1, over={2: "no"}, because="why")
    monkeypatch.delenv("ANSWERABLE_PRIVATE")
    ans.configure(ledger=str(place.path), home=place.home, private=["chosen"])
    ans.choose("threshold", 1, over={2: "no"}, because="why")
    ans.flush()

    with ans.open(str(place.path)) as history:
        fields = [[part.field for part in d.withheld] for d in history.decisions()]
    assert sorted(fields) == [["chosen"], ["rationale", "considered"]]
    with pytest.raises(InvalidValueError, match="cannot be withheld"):
        ans.configure(private="used")
    with pytest.raises(InvalidValueError, match="cannot be withheld"):
        ans.decide("threshold", private=["accountable"])


class TestErasing:
    def test_it_is_gone_and_everything_verifies_and_answers_say_when(self, place: Place) -> None:
        made = decided()
        with ans.open(str(place.path)) as history:
            before = history.review("model:m@1").digest
        erasure = ans.erase(place.get(made.id), "rationale", "the applicant asked for it")
        ans.shutdown()

        found = place.get(made.id)
        assert found.rationale == "withheld"
        assert found.custody is not None and found.custody.verified
        assert found.custody.erased == (("rationale", erasure.decided_at),)
        assert place.faults() == []
        assert SECRET.encode() not in place.beside.read_bytes()
        with ans.open(str(place.path)) as history:
            assert history.review("model:m@1").digest == before

    def test_only_what_is_private_can_be_erased(self, place: Place) -> None:
        made = decided()

        with pytest.raises(NotFoundError, match="withholds rationale, and not 'chosen'"):
            ans.erase(made, "chosen", "because")

    def test_what_was_removed_without_a_word_is_no_erasure(self, place: Place) -> None:
        made = decided()
        place.change("DELETE FROM disclosures")

        assert place.faults() == ["disclosure-missing"]
        found = place.get(made.id)
        assert found.rationale == "withheld"
        assert found.custody is not None and found.custody.erased == ()

    def test_to_remove_the_whole_file_is_no_erasure_either(self, place: Place) -> None:
        decided()
        place.beside.unlink()

        assert place.faults() == ["disclosure-missing"]

    def test_who_was_given_the_ledger_without_it_has_nothing_to_miss(
        self, place: Place, tmp_path: Path
    ) -> None:
        made = decided()
        ans.shutdown()
        place.beside.unlink()

        with ans.open(str(place.path), home=tmp_path / "another", disclose=True) as history:
            assert history.verify().faults == ()
            assert history.get(made.id).rationale == "withheld"  # type: ignore[attr-defined]

    def test_a_copy_that_brings_it_back_is_told(self, place: Place) -> None:
        made = decided()
        copy = place.beside.read_bytes()
        ans.erase(place.get(made.id), "rationale", "asked for")
        ans.flush()
        place.beside.write_bytes(copy)

        assert place.faults() == ["not-erased"]
        assert place.get(made.id).rationale == "withheld"
        ans.erase(place.get(made.id), "rationale", "once more")
        assert place.faults() == []

    def test_a_disclosure_that_was_changed_is_told_and_not_shown(self, place: Place) -> None:
        made = decided()
        other = base64.urlsafe_b64encode(json.dumps(["A" * 22, "rationale", "a lie"]).encode())
        place.change("UPDATE disclosures SET disclosure = ?", other.rstrip(b"="))

        assert place.faults() == ["disclosure"]
        assert place.get(made.id).rationale == "withheld"

    def test_one_that_is_moved_to_another_digest_is_told(self, place: Place) -> None:
        one, two = decided(), decided()
        names = one.withheld[0].digest, two.withheld[0].digest
        place.change("UPDATE disclosures SET digest = 'x' WHERE digest = ?", names[0])
        place.change("UPDATE disclosures SET digest = ? WHERE digest = ?", names[0], names[1])

        assert place.faults() == ["disclosure", "disclosure-missing"]
        assert place.get(one.id).rationale == place.get(two.id).rationale == "withheld"


class TestABundle:
    def test_it_discloses_nothing_unless_told_to_and_verifies_alone(self, place: Place) -> None:
        decided()
        with ans.open(str(place.path)) as history:
            closed, open_ = (
                history.bundle("model:m@1"),
                history.bundle("model:m@1", disclose=["rationale"]),
            )

        for data, told in ((closed, "withheld"), (open_, SECRET)):
            bundle = Bundle.from_bytes(data)
            assert verify_bundle(bundle).faults == ()
            assert told in [getattr(r, "rationale", None) for r in records_of(bundle)]
        assert SECRET.encode() not in closed

    def test_what_was_erased_is_not_handed_over(self, place: Place) -> None:
        made = decided()
        ans.erase(place.get(made.id), "rationale", "asked for")
        ans.flush()
        with ans.open(str(place.path)) as history:
            bundle = Bundle.from_bytes(history.bundle("model:m@1", disclose=["rationale"]))

        assert bundle.disclosures == ()
        assert verify_bundle(bundle).faults == ()

    def test_what_was_erased_and_is_told_all_the_same_is_a_fault(self, place: Place) -> None:
        """By whoever was given it before, in a bundle that says itself that it was erased."""
        made = decided()
        with ans.open(str(place.path)) as history:
            before = json.loads(history.bundle("model:m@1", disclose=["rationale"]))
        ans.erase(place.get(made.id), "rationale", because="they asked for it")
        ans.flush()
        with ans.open(str(place.path)) as history:
            after = json.loads(history.bundle("model:m@1"))
        assert verify_bundle(Bundle.from_bytes(json.dumps(after).encode())).holds

        told = json.dumps(after | {"disclosures": before["disclosures"]}).encode()
        (fault,) = verify_bundle(Bundle.from_bytes(told)).faults
        assert (fault.code, fault.id) == ("not-erased", made.id)

    def test_a_disclosure_of_something_else_is_a_fault(self, place: Place) -> None:
        decided()
        with ans.open(str(place.path)) as history:
            found = json.loads(history.bundle("model:m@1", disclose=["rationale"]))
        found["disclosures"] = [
            base64.urlsafe_b64encode(b'["AAAAAAAAAAAAAAAAAAAAAA","rationale","a lie"]')
            .decode()
            .rstrip("=")
        ]

        bundle = Bundle.from_bytes(json.dumps(found).encode())
        assert [f.code for f in verify_bundle(bundle).faults] == ["disclosure"]
        assert "a lie" not in [getattr(r, "rationale", None) for r in records_of(bundle)]


class TestWhatASignerCannotDo:
    """Who signs a record decides what it says, and cannot have it say two things."""

    def made(self) -> tuple[Decision, bytes]:
        now = datetime.now(UTC)
        whole = Decision(
            id="a",
            decided_at=now,
            recorded_at=now,
            kind="k",
            question="q",
            chosen=1,
            rationale=SECRET,
        )
        bare, (told,) = withhold(whole, ["rationale"])
        return bare, told

    def test_of_a_field_that_is_withheld_twice_neither_is_put_back(self) -> None:
        """Whoever signed it could else have told each reader another one."""
        (once, one), (other, two) = self.made(), self.made()
        twice = attrs.evolve(once, withheld=(*once.withheld, *other.withheld))

        for told in (one, two):
            with pytest.raises(MalformedError):
                reveal(twice, {"rationale": told})

    def test_a_field_that_is_said_and_withheld_is_not_put_back(self) -> None:
        bare, told = self.made()

        with pytest.raises(MalformedError, match="withholds it too"):
            reveal(attrs.evolve(bare, rationale="something else"), {"rationale": told})

    @pytest.mark.parametrize(
        "value",
        [
            '["AAAAAAAAAAAAAAAAAAAAAA","chosen","x"]',
            '["short","rationale","x"]',
            '["AAAAAAAAAAAAAAAAAAAAAA","rationale",{"a":1}]',
            '["rationale","x"]',
            "{}",
            "[",
            '["AAAAAAAAAAAAAAAAAAAAAA","rationale","a","b"]',
        ],
    )
    def test_what_is_no_disclosure_of_that_field_is_refused(self, value: str) -> None:
        bare, _ = self.made()
        told = base64.urlsafe_b64encode(value.encode()).rstrip(b"=")
        part = attrs.evolve(bare.withheld[0], digest=digest(told))

        with pytest.raises(MalformedError):
            reveal(attrs.evolve(bare, withheld=(part,)), {"rationale": told})


def test_what_waits_in_the_spool_is_private_too(place: Place) -> None:
    from tests.recording.outage import nothing_goes_in, quietly

    ans.choose("threshold", 0)
    with nothing_goes_in(), quietly():
        with ans.decide("threshold", private="rationale") as d:
            d.choose("x" * 8000, because=SECRET)
    waiting = [f for f in (place.home / "spool").rglob("*") if f.is_file()]
    assert waiting
    for file in waiting:
        assert SECRET.encode() not in file.read_bytes()
    assert ans.flush() > 0

    assert place.get(d.record.id).rationale == SECRET
    assert place.faults() == []


def test_the_command_line_shows_erases_and_says_so(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    made = decided()
    ans.shutdown()

    def told(*words: str) -> Any:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--ledger", str(place.path), "--json"])
        assert ended.value.code == 0
        return json.loads(capsys.readouterr().out)

    shown = told("show", made.id)
    assert (shown["rationale"], shown["withheld"][0]["state"]) == (SECRET, "disclosed")
    assert SECRET not in json.dumps(told("trace", "model:m@1"))
    erased = told(
        "erase", made.id, "rationale", "--because", "asked for", "--as", "dpo@bank.example"
    )
    assert (erased["type"], erased["field"]) == ("erasure", "rationale")
    shown = told("show", made.id)
    assert (shown["rationale"], shown["withheld"][0]["state"]) == ("withheld", "erased")
    assert shown["withheld"][0]["erased_at"] == erased["decided_at"]
    assert told("verify")["faults"] == []
