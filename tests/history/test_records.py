"""Records by place, id and name, each read from the ledger's bytes and checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeGuard

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable.history import Index, Records, UnusableIndexError
from answerable.ledger import Entry, Ledger, leaf_hash
from answerable.ledger.rows import Rows
from answerable.model import Artifact, Decision, Erasure, Record, Withheld
from tests.history.forging import NOW, Forger
from tests.ledger.tampering import database

DIGEST = "sha256:" + "1" * 64
SUBJECT = "deployment:prod/scores"


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    return made


@contextmanager
def reading(forger: Forger, doubt: str | None = None) -> Iterator[Records]:
    ledger = Ledger.open(forger.uri, forger.home)
    index = Index.of(forger.home, ledger.origin)
    try:
        assert index.refresh(ledger) is None
        yield Records(ledger, index, doubt)
    finally:
        index.close()
        ledger.close()


def add(forger: Forger, **changes: object) -> Decision:
    decision = forger.decision(**changes)
    forger.append(forger.sign(decision))
    return decision


def ids(records: object) -> list[str]:
    assert isinstance(records, list)
    return [record.id for record in records]


def test_a_record_is_found_by_every_name_that_it_bears(forger: Forger) -> None:
    made = Artifact(ref="model:scores@1", digest=DIGEST)
    first = add(forger, produced=(made,), about=(SUBJECT,), step="s1", within="w1")
    second = add(forger, used=(made,), supersedes=(first.id,))

    with reading(forger) as records:
        assert ids(records.producing(Artifact(ref="model:scores@1"))) == [first.id]
        assert ids(records.producing(Artifact(ref="model:other@1", digest=DIGEST))) == [first.id]
        assert ids(records.using(made)) == [second.id]
        assert ids(records.about(SUBJECT)) == [first.id]
        assert ids(records.inside("s1")) == ids(records.inside("w1")) == [first.id]
        assert ids(records.superseding(first.id)) == [second.id]
        assert records.get(first.id) == first
        assert records.get("unknown") is None
        assert ids(records.about("deployment:prod/other")) == []


def test_a_record_knows_its_place_its_bytes_and_that_it_verified(forger: Forger) -> None:
    decision = add(forger)

    with reading(forger) as records:
        custody = records.at(1).custody

    assert custody is not None
    assert (custody.index, custody.verified, custody.fault) == (1, True, None)
    assert custody.envelope == forger.sign(decision)


def test_one_whose_signature_does_not_hold_says_so(forger: Forger) -> None:
    forger.append(forger.sign(forger.decision(), Ed25519PrivateKey.generate()))

    with reading(forger) as records:
        custody = records.at(1).custody

    assert custody is not None
    assert not custody.verified
    assert custody.fault is not None and "is not signed by exactly" in custody.fault


def test_what_stands_against_the_ledger_stands_against_each_record(forger: Forger) -> None:
    add(forger)
    forger.append(forger.sign(forger.decision(), Ed25519PrivateKey.generate()))

    with reading(forger, doubt="it was cut") as records:
        found = [records.at(place) for place in range(3)]

    faults = [record.custody.fault for record in found if record.custody is not None]
    assert faults[:2] == ["it was cut"] * 2
    assert faults[2] is not None and "is not signed by exactly" in faults[2]
    assert not any(record.custody.verified for record in found if record.custody is not None)


def test_a_second_record_under_an_id_does_not_take_the_place_of_the_first(
    forger: Forger, tmp_path: Path
) -> None:
    """Whoever may append could otherwise replace what another decided in every view."""
    first = add(forger, about=(SUBJECT,), chosen=1)
    other = Forger(home=forger.home, path=forger.path)
    other.append(other.sign(other.delegation(id="another's")))
    other.append(other.sign(other.decision(id=first.id, about=(SUBJECT,), chosen=999)))

    with ans.open(forger.uri) as history:
        assert [placed.record.id for placed in history.trace(SUBJECT).records] == [first.id]
        assert [p.record.chosen for p in history.trace(SUBJECT).records if _is(p.record)] == [1]
        shown = history.get(first.id)
        assert _is(shown) and shown.chosen == 1
        # It is not hidden, though: it is listed, with what is wrong with it.
        listed = {d.chosen: d.custody for d in history.decisions()}
    assert listed[1] is not None and listed[1].verified
    assert listed[999] is not None and listed[999].fault == "its id is that of entry 1"


def test_a_delegation_counts_only_for_what_comes_after_it(forger: Forger) -> None:
    early = Forger(home=forger.home, path=forger.path)
    early.append(early.sign(early.decision(id="early")))
    early.seq, early.prev = 0, None
    early.append(early.sign(early.delegation(id="late")))

    with reading(forger) as records:
        record = records.get("early")
    assert record is not None and record.custody is not None
    assert record.custody.fault is not None and "no delegation" in record.custody.fault


def test_an_entry_exchanged_after_it_was_indexed_is_not_the_one_that_was_indexed(
    forger: Forger,
) -> None:
    """Also not by another that its signer really made."""
    add(forger, chosen=1)
    other = forger.sign(forger.decision(chosen=999, emission=forger.emission(seq=1)))
    with reading(forger) as records:
        with database(forger.path) as connection:
            exchanged = (leaf_hash(other), other)
            connection.execute("UPDATE entries SET leaf = ?, envelope = ? WHERE idx = 1", exchanged)
        with pytest.raises(UnusableIndexError, match="entry 1 is not the one"):
            records.at(1)

    with ans.open(forger.uri) as history:
        (found,) = history.decisions()
    assert found.custody is not None and not found.custody.verified


def test_records_are_read_once(forger: Forger) -> None:
    decision = add(forger, about=(SUBJECT,))

    with reading(forger) as records:
        found = records.get(decision.id)
        assert records.about(SUBJECT)[0] is found
    assert attrs.evolve(decision, custody=None) == found


def _is(record: Record) -> TypeGuard[Decision]:
    return isinstance(record, Decision)


def test_many_records_take_as_few_questions_as_few(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in both databases; each question costs more than its answer."""
    asked = []
    for cls, name in ((Rows, "__call__"), (Index, "_rows")):
        plain = getattr(cls, name)

        def counted(self: object, sql: str, *given: object, plain: Any = plain) -> object:
            asked.append(sql)
            return plain(self, sql, *given)

        monkeypatch.setattr(cls, name, counted)
    made = [add(forger).id for _ in range(120)]

    with reading(forger) as records:
        records.at(1)  # and the delegation
        asked.clear()
        few = ids([*records.each(range(2, 4))])
        questions = len(asked)
        many = ids([*records.each(range(4, 121))])

        assert few + many == made[1:]
        assert len(asked) == 2 * questions == 6


def test_records_come_in_the_order_in_which_they_are_asked_for_also_twice(forger: Forger) -> None:
    made = [add(forger).id for _ in range(600)]

    with reading(forger) as records:
        places = [*range(600, 0, -1), 7, 7]
        assert ids([*records.each(places)]) == [made[place - 1] for place in places]


def test_a_record_is_checked_when_its_turn_comes(forger: Forger) -> None:
    add(forger)
    spoilt = add(forger)

    with reading(forger) as records:
        with database(forger.path) as ledger:
            ledger.execute("UPDATE entries SET envelope = x'00' WHERE idx = 2")
        coming = records.each([1, 2])

        assert next(coming).id != spoilt.id
        with pytest.raises(UnusableIndexError, match="entry 2 is not the one"):
            next(coming)


WITHHELD = (Withheld(field="rationale", digest=DIGEST),)


@pytest.mark.parametrize("named", [("a", "a"), ("a", "b"), ("b", "a")])
def test_records_that_are_about_each_other_are_read(forger: Forger, named: tuple[str, str]) -> None:
    """Whoever may sign chooses ids and what a record is about: nobody else must be kept from reading."""
    one, other = named
    for id in dict.fromkeys((one, other, "c")):
        about = (f"record:{other if id == one else one}",)
        add(forger, id=id, about=about, rationale="withheld", withheld=WITHHELD)

    with ans.open(forger.uri) as history:
        found = history.decisions()

    assert {record.id for record in found} == {one, other, "c"}
    assert all(record.custody and record.custody.verified for record in found)


def test_a_long_row_of_records_each_about_the_next_is_read_from_its_end(forger: Forger) -> None:
    for number in range(250):
        add(forger, id=f"{number}", about=(f"record:{number + 1}",))

    with reading(forger) as records:
        assert records.at(250).id == "249"


def test_what_is_not_about_a_record_does_not_say_when_it_came_or_what_was_erased_of_it(
    forger: Forger, home: Path
) -> None:
    other = Forger(home=home, path=forger.path)
    later = NOW + timedelta(minutes=30)
    other.append(other.sign(other.delegation(id="later", recorded_at=later)))
    erasure = Erasure(
        **other._common() | {"id": "erasure", "field": "rationale", "rationale": "asked"}
    )
    other.append(other.sign(erasure))
    made = add(forger, rationale="withheld", withheld=WITHHELD)
    with reading(forger) as records:
        assert records.get(made.id) == made

    (index,) = (home / "index").glob("*.db")
    for place in (1, 2):
        with database(index) as changed:
            changed.execute(f"INSERT INTO names VALUES ('about', 'record:{made.id}', {place})")
        with (
            reading(forger) as records,
            pytest.raises(UnusableIndexError, match=f"{place} has not the name"),
        ):
            records.get(made.id)
        with ans.open(forger.uri) as history:
            found = history.get(made.id)
        assert found == made and found.custody is not None and found.custody.erased == ()


def test_an_id_with_a_nul_in_it_is_not_taken_for_its_beginning(forger: Forger) -> None:
    for id in ("a\0b", "a\0b", "a"):
        add(forger, id=id)

    with reading(forger) as records:
        faults = [r.custody.fault if r.custody else "" for r in records.each([1, 2, 3])]

    assert faults == [None, "its id is that of entry 1", None]


def test_a_key_may_be_introduced_more_often_than_a_question_can_name_places(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a session's key can introduce it as often as they like; SQLite takes some 32,000 parameters."""
    real = sqlite3.connect

    def narrow(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*arguments, **named)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 300)
        return connection

    ledger = Ledger.open_or_create(forger.uri, forger.home)
    ledger.append_all([forger.sign(forger.delegation()) for _ in range(310)])
    ledger.close()
    decision = forger.decision()
    forger.append(forger.sign(decision))
    monkeypatch.setattr(sqlite3, "connect", narrow)

    with reading(forger) as records:
        found = records.at(311)
        assert (found.id, found.custody and found.custody.verified) == (decision.id, True)


def test_of_a_key_that_is_introduced_often_only_the_first_is_read(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.open_or_create(forger.uri, forger.home)
    ledger.append_all([forger.sign(forger.delegation()) for _ in range(900)])
    ledger.close()
    forger.append(forger.sign(forger.decision()))
    taken: list[int] = []
    those = Ledger.those

    def counted(self: Ledger, places: Sequence[int]) -> list[Entry]:
        taken.extend(places)
        return those(self, places)

    monkeypatch.setattr(Ledger, "those", counted)
    with reading(forger) as records:
        records.at(901)
    assert len(taken) < 300
