"""A bundle is judged by what it holds itself: its proofs, its signatures, its delegations, its disclosures."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable import statement
from answerable.errors import MalformedError
from answerable.history import Verdict
from answerable.history import bundles as room
from answerable.history.bundles import Bundle, make, records_of, verify_bundle
from answerable.ledger import Ledger
from answerable.model import Erasure
from answerable.privacy import withhold
from answerable.signing import parse
from tests.history.adopting import adopt, text
from tests.history.forging import NOW, Forger, name_of

SUBJECT = "deployment:prod/scores"
SIZE = 6


@attrs.frozen
class Made:
    forger: Forger
    ledger: Ledger
    told: tuple[bytes, ...]

    def document(self, *places: int, disclosing: bool = False) -> dict[str, Any]:
        data = make(SUBJECT, self.ledger, places or range(SIZE), self.told if disclosing else ())
        found: dict[str, Any] = json.loads(data)
        return found

    def append(self, envelope: bytes) -> None:
        self.forger.append(envelope)


def judged(document: dict[str, Any], **judge: Any) -> Verdict:
    return verify_bundle(Bundle.from_bytes(json.dumps(document).encode()), **judge)


def said(verdict: Verdict) -> list[tuple[str, int | None, str | None]]:
    return [(fault.code, fault.index, fault.id) for fault in verdict.faults]


def name(number: int) -> str:
    return f"00000000-0000-7000-8000-{number + 1:012d}"


@pytest.fixture
def made(tmp_path: Path, home: Path) -> Iterator[Made]:
    """A log of a delegation and five decisions, the last of which has something private."""
    forger = Forger(home=home, path=tmp_path / "decisions.db")
    forger.append(forger.sign(forger.delegation()))
    for _ in range(SIZE - 2):
        forger.append(forger.sign(forger.decision()))
    bare, told = withhold(forger.decision(rationale="a reason"), ["rationale"])
    forger.append(forger.sign(bare))
    ledger = Ledger.open(forger.uri, home)
    yield Made(forger, ledger, told)
    ledger.close()


class TestAWholeOne:
    def test_holds_and_says_which_log_it_is_of(self, made: Made) -> None:
        found = judged(made.document())

        assert found == Verdict(
            verdict="valid-unwitnessed",
            size=SIZE,
            root=made.ledger.root_at(SIZE).hex(),
            origin=made.ledger.origin,
            policy=None,
            unwitnessed_since=statement.timestamp(NOW),
            faults=(),
        )

    def test_is_as_its_format_says(self, made: Made) -> None:
        found = made.document(0, 5, disclosing=True)

        assert {key: found[key] for key in ("format", "subject", "vkey", "disclosures")} == {
            "format": "answerable-bundle/1",
            "subject": SUBJECT,
            "vkey": made.ledger.verifier.vkey(),
            "disclosures": [each.decode() for each in made.told],
        }
        assert base64.b64decode(found["checkpoint"]) == made.ledger.checkpoint()
        assert [entry["index"] for entry in found["entries"]] == [0, 5]
        for entry in found["entries"]:
            path = made.ledger.inclusion(entry["index"], SIZE)
            assert [base64.b64decode(step) for step in entry["path"]] == path
            assert base64.b64decode(entry["envelope"]) == made.ledger.entry(entry["index"]).envelope
        assert "disclosures" not in made.document()

    def test_gives_its_records_as_far_as_they_hold(self, made: Made) -> None:
        document = made.document(0, 1, 5, disclosing=True)
        document["entries"][1]["path"] = []
        records = records_of(Bundle.from_bytes(json.dumps(document).encode()))

        assert [record.id for record in records] == [name(0), name(1), name(5)]
        custodies = [record.custody for record in records]
        assert [c is not None and c.verified for c in custodies] == [True, False, True]
        assert [c.index for c in custodies if c is not None] == [0, 1, 5]
        assert custodies[1] is not None and custodies[1].fault == judged(document).faults[0].message
        assert records[2].rationale == "a reason"  # type: ignore[attr-defined]

    def test_of_nothing_is_of_no_time(self, made: Made) -> None:
        document = made.document() | {"entries": []}
        found = judged(document)

        assert (found.verdict, found.size, found.unwitnessed_since) == (
            "valid-unwitnessed",
            0,
            None,
        )

    def test_is_judged_by_a_policy(self, made: Made) -> None:
        key = name_of(made.forger.identity)
        base = f'version = 3\n[root]\nthreshold = 1\nkeys = ["{key}"]\n[principals.ana]\nkeys = ["{key}"]\n'
        nobody = '[principals.bo]\nkeys = ["' + name_of(made.forger.session) + '"]\n'
        rule = '[[rule]]\nkind = "threshold"\nprincipals = ["bo"]\n[log]\nvkey = "another"\n'

        assert judged(made.document(), policy=parse(base)).policy == 3
        found = judged(made.document(0, 1), policy=parse(base + nobody + rule))
        assert said(found) == [("not-permitted", 1, name(1)), ("another-log", None, None)]
        assert (found.verdict, found.policy) == ("invalid", 3)
        ours = f'[log]\nvkey = "{made.ledger.verifier.vkey()}"\n'
        assert judged(made.document(), policy=parse(base + ours)).faults == ()


class TestWhatIsWrongIsNamed:
    def test_a_checkpoint_that_the_log_has_not_signed(self, made: Made) -> None:
        document = made.document(0, 1)
        note = base64.b64decode(document["checkpoint"])
        document["checkpoint"] = base64.b64encode(note.replace(b"\n6\n", b"\n7\n")).decode()
        found = judged(document)

        assert said(found)[0] == ("checkpoint", None, None)
        assert {code for code, _, _ in said(found)[1:]} == {"proof"}
        with pytest.raises(MalformedError) as why:
            made.ledger.verifier.open(base64.b64decode(document["checkpoint"]))
        assert found.faults[0].message == why.value.message
        assert (found.verdict, found.root) == ("invalid", None)

    def test_entries_out_of_order_or_twice(self, made: Made) -> None:
        document = made.document(0, 2, 1)
        document["entries"].append(document["entries"][2])
        found = judged(document)

        assert said(found) == [("order", 1, None), ("order", 1, None)]
        assert ["1" in f.message for f in found.faults] == [True, True]
        assert "after entry 2" in found.faults[0].message
        assert "after entry 1" in found.faults[1].message

    def test_an_entry_at_another_place(self, made: Made) -> None:
        document = made.document(0, 1, 2)
        document["entries"][1]["index"] = 2
        document["entries"][2]["index"] = 3
        found = judged(document)

        assert said(found) == [("proof", 2, None), ("proof", 3, None)]
        assert all(fault.message for fault in found.faults)

    def test_what_is_no_record_and_what_comes_after_it_is_judged_all_the_same(
        self, made: Made
    ) -> None:
        made.append(b"rubbish")
        made.append(made.forger.sign(made.forger.decision(), made.forger.identity))
        document = made.document(0, SIZE, SIZE + 1)
        found = judged(document)

        assert [(code, index) for code, index, _ in said(found)] == [
            ("malformed", SIZE),
            ("signature", SIZE + 1),
        ]
        assert all(fault.message for fault in found.faults)
        assert found.faults[1].id is not None

    def test_a_record_whose_delegation_was_left_out(self, made: Made) -> None:
        assert said(judged(made.document(1, 2))) == [
            ("signature", 1, name(1)),
            ("signature", 2, name(2)),
        ]

    def test_another_key_does_not_stand_for_it(self, made: Made) -> None:
        other = attrs.evolve(made.forger, identity=made.forger.session)
        made.append(other.sign(other.delegation(emission=other.emission(key_id="SHA256:x"))))
        assert said(judged(made.document(1, SIZE)))[0] == ("signature", 1, name(1))

    def test_what_a_key_signed_before_anybody_said_that_it_was_revoked(self, made: Made) -> None:
        """Of those that it holds, whoever chose them."""
        forger = made.forger
        owner = Forger(home=forger.home, path=forger.path, identity=forger.identity)
        owner._ids = 100
        owner.append(owner.sign(owner.delegation()))
        revoked = f'[[revoked]]\nkey = "{name_of(forger.session)}"\nafter_index = 2'
        adopt(owner, text(owner, more=revoked), owner.identity)
        made.append(forger.sign(forger.decision()))
        lent, version, after = SIZE, SIZE + 1, SIZE + 2

        found = judged(made.document(*range(SIZE + 3)))
        assert said(found) == [
            ("revoked-key", place, name(number))
            for place, number in ((after, SIZE), (3, 3), (4, 4), (5, 5))
        ]
        assert said(judged(made.document(0, 2, 5, lent, version))) == [("revoked-key", 5, name(5))]
        assert said(judged(made.document(0, 1, 2, lent, version))) == []
        # Whoever is given the policy has it judge all of them; and then nothing is told twice.
        policy = parse(text(owner, more=revoked))
        assert sorted(said(judged(made.document(*range(SIZE + 3)), policy=policy))) == sorted(
            said(found)
        )

    def test_what_several_keys_signed_before_that_was_said_is_told_once_each(
        self, made: Made
    ) -> None:
        thief = made.forger
        owner, heir = (
            Forger(home=thief.home, path=thief.path, identity=thief.identity) for _ in range(2)
        )
        owner._ids, heir._ids = 100, 200
        revoked = f'[[revoked]]\nkey = "{name_of(thief.session)}"\nafter_index = 2\n'
        owner.append(owner.sign(owner.delegation()))
        adopt(owner, text(owner, more=revoked), owner.identity)  # entry 7
        owner.append(owner.sign(owner.decision(), thief.identity))  # not by its session
        heir.append(heir.sign(heir.delegation()))
        revoked += f'[[revoked]]\nkey = "{name_of(owner.session)}"\nafter_index = 6\n'
        adopt(heir, text(heir, 2, more=revoked), heir.identity, version=2)

        found = said(judged(made.document(*range(SIZE + 5))))
        assert [(code, index) for code, index, _ in found] == [
            ("signature", 8),
            *(("revoked-key", place) for place in (3, 4, 5, 7)),
        ]

    def test_what_it_says_was_erased_and_tells_all_the_same(self, made: Made) -> None:
        common = made.forger.decision()
        erasure = Erasure(
            id=common.id,
            decided_at=NOW,
            recorded_at=NOW,
            decided_by=common.decided_by,
            team=common.team,
            emission=common.emission,
            about=(f"record:{name(SIZE - 1)}",),
            field="rationale",
            rationale="asked for",
        )
        made.append(made.forger.sign(erasure))
        places = range(SIZE + 1)

        assert said(judged(made.document(*places))) == []
        found = said(judged(made.document(*places, disclosing=True)))
        assert found == [("not-erased", SIZE - 1, name(SIZE - 1))]

    def test_a_disclosure_of_something_else(self, made: Made) -> None:
        document = made.document(disclosing=True)
        assert said(judged(document)) == []
        document["disclosures"].append("AAAA")

        found = judged(document)
        assert said(found) == [("disclosure", None, None)]
        assert found.faults[0].message.split()[:2] == ["it", "discloses"]
        assert found.faults[0].message.endswith(" signed")


class TestWhatIsNone:
    @pytest.mark.parametrize(
        "change",
        [
            {"format": "answerable-bundle/2"},
            {"subject": 1},
            {"subject": None},
            {"vkey": "nonsense"},
            {"checkpoint": "AAA!A"},
            {"checkpoint": None},
            {"entries": 1},
            {"entries": [1]},
            {"entries": [{"index": True, "envelope": "", "path": []}]},
            {"entries": [{"index": -1, "envelope": "", "path": []}]},
            {"entries": [{"index": 1.0, "envelope": "", "path": []}]},
            {"entries": [{"index": "1", "envelope": "", "path": []}]},
            {"entries": [{"index": 1, "envelope": "AA!AA", "path": []}]},
            {"entries": [{"index": 1, "envelope": "", "path": ["A"]}]},
            {"entries": [{"index": 1, "envelope": ""}]},
            {"disclosures": 1},
            {"disclosures": [1]},
            {"disclosures": ["\N{LATIN SMALL LETTER A WITH DIAERESIS}"]},
        ],
    )
    def test_is_refused_with_what_is_wrong(self, made: Made, change: dict[str, Any]) -> None:
        with pytest.raises(MalformedError) as caught:
            judged(made.document() | change)
        if "vkey" not in change:
            assert caught.value.message.startswith("not a bundle: ")
            assert not caught.value.message.endswith("None")

    @pytest.mark.parametrize("gone", ["format", "subject", "vkey", "checkpoint", "entries"])
    def test_is_refused_where_a_part_is_not_there(self, made: Made, gone: str) -> None:
        document = made.document()
        del document[gone]

        with pytest.raises(MalformedError, match=gone):
            judged(document)

    @pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"a"'])
    def test_is_refused_where_it_is_no_object(self, data: bytes) -> None:
        with pytest.raises(MalformedError, match="not a bundle"):
            Bundle.from_bytes(data)

    def test_is_refused_where_it_is_too_long(
        self, made: Made, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = json.dumps(made.document()).encode()
        monkeypatch.setattr(room, "MAX_BUNDLE", len(data))
        assert Bundle.from_bytes(data).subject == SUBJECT
        monkeypatch.setattr(room, "MAX_BUNDLE", len(data) - 1)
        with pytest.raises(MalformedError):
            Bundle.from_bytes(data)

    def test_is_told_in_what_it_is_none(self, made: Made) -> None:
        entry = {"index": -1, "envelope": "", "path": []}
        for change, why in (
            ({"format": "another/1"}, "another format"),
            ({"entries": [entry]}, "an index that is no whole number"),
        ):
            with pytest.raises(MalformedError, match=f"^not a bundle: {why}$"):
                judged(made.document() | change)

    def test_first_entry_may_be_at_the_first_place(self, made: Made) -> None:
        assert Bundle.from_bytes(json.dumps(made.document(0)).encode()).entries[0][0] == 0
