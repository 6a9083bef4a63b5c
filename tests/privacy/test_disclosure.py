"""A disclosure is read as RFC 9901 writes it, and no other way; what is withheld is what was named."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable.errors import InvalidValueError, MalformedError
from answerable.history.authentication import Authenticator
from answerable.model import Ballot, Considered, Decision, Delegation, Incident, Withheld
from answerable.privacy import FIELDS, checked_fields, digest, reveal, withhold
from tests.history.forging import Forger

ALL = ("question", "chosen", "previous", "considered", "rationale", "votes")
SALT = "A" * 22


@pytest.fixture
def whole(tmp_path: Path) -> Decision:
    return Forger(home=tmp_path, path=tmp_path / "none").decision(
        question="Which?",
        chosen={"a": [1]},
        previous="old",
        considered=(Considered(value=2, because="dear"), Considered(value=3)),
        rationale="a reason",
        votes=(
            Ballot(actor="person:member@bank.example", vote="against", because="too soon"),
            Ballot(actor="person:member@bank.example", vote="for"),
        ),
    )


def encoded(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


def put_back(record: Decision, disclosures: tuple[bytes, ...]) -> Decision:
    by_digest = {digest(each): each for each in disclosures}
    return reveal(record, {part.field: by_digest[part.digest] for part in record.withheld})


class TestWithholding:
    @pytest.mark.parametrize("field", ALL)
    def test_one_field_is_replaced_by_its_digest_and_comes_back(
        self, whole: Decision, field: str
    ) -> None:
        bare, (told,) = withhold(whole, [field, "no field of it"])

        assert bare.withheld == (Withheld(field=field, digest=digest(told)),)
        assert getattr(bare, field) != getattr(whole, field)
        others = {f: getattr(whole, f) for f in ALL if f != field}
        assert {f: getattr(bare, f) for f in others} == others
        back = put_back(bare, (told,))
        assert getattr(back, field) == getattr(whole, field)
        assert attrs.evolve(back, withheld=()) == whole

    def test_all_of_them_come_back(self, whole: Decision) -> None:
        bare, told = withhold(whole, ALL)

        assert [part.field for part in bare.withheld] == [*ALL]
        assert attrs.evolve(put_back(bare, told), withheld=()) == whole

    def test_what_stands_in_its_place_is_of_its_form(self, whole: Decision) -> None:
        bare, told = withhold(whole, ALL)
        of = {part.field: part.digest for part in bare.withheld}

        assert (bare.question, bare.rationale) == ("withheld", "withheld")
        assert bare.chosen == {"withheld": of["chosen"]}
        assert bare.previous == {"withheld": of["previous"]}
        assert bare.considered == (Considered(value={"withheld": of["considered"]}),)
        why, none = bare.votes
        assert (why.vote, why.because) == ("against", "withheld")
        assert none == whole.votes[1]
        for each in told:
            salt, name, _ = json.loads(base64.urlsafe_b64decode(each + b"=" * (-len(each) % 4)))
            assert len(base64.urlsafe_b64decode(salt + "==")) == 16
            assert of[name] == "sha256:" + hashlib.sha256(each).hexdigest()
            assert b"=" not in each and "=" not in salt

    def test_what_an_event_says_is_replaced_by_a_word(self, whole: Decision) -> None:
        common: dict[str, Any] = {
            "id": "a",
            "decided_at": whole.decided_at,
            "recorded_at": whole.recorded_at,
        }
        incident = Incident(**common, statement="it fell", occurred_at=whole.decided_at)
        bare, (told,) = withhold(incident, ["statement"])

        assert bare.statement == "withheld"
        assert reveal(bare, {"statement": told}).statement == "it fell"

    def test_a_second_field_is_withheld_beside_the_first(self, whole: Decision) -> None:
        once, (one,) = withhold(whole, ["rationale"])
        twice, (two,) = withhold(once, ["chosen"])

        assert [part.field for part in twice.withheld] == ["rationale", "chosen"]
        assert attrs.evolve(put_back(twice, (one, two)), withheld=()) == whole

    def test_of_what_is_not_said_and_of_no_field_nothing_is_withheld(
        self, whole: Decision, tmp_path: Path
    ) -> None:
        silent = attrs.evolve(whole, previous=None)
        assert withhold(whole, []) == (whole, ())
        assert withhold(silent, ["previous"]) == (silent, ())
        assert len(withhold(silent, ["previous", "rationale"])[1]) == 1
        unexplained = attrs.evolve(whole, votes=whole.votes[1:])
        assert withhold(unexplained, ["votes"]) == (unexplained, ())
        delegation = Forger(home=tmp_path, path=tmp_path / "none").delegation()
        assert withhold(delegation, ALL) == (delegation, ())
        assert reveal(delegation, {}) == delegation

    def test_each_name_is_taken_once_and_is_one_of_those_of_its_type(self) -> None:
        assert checked_fields(["chosen", "rationale", "chosen"], "private") == (
            "chosen",
            "rationale",
        )
        assert checked_fields(["statement"], "private") == ("statement",)
        for given, of in ((["chosen", "team"], None), (["statement"], Decision)):
            with pytest.raises(InvalidValueError) as told:
                checked_fields(given, "private", of)
            assert told.value.message == f"private: {given[-1]!r} cannot be withheld"
            known = FIELDS if of is None else ALL
            assert told.value.hint == "it is " + ", ".join(known)
        with pytest.raises(InvalidValueError, match="cannot be withheld"):
            checked_fields(["chosen"], "private", Delegation)
        with pytest.raises(InvalidValueError, match="cannot be withheld") as told:
            checked_fields(["x" * 99], "private")
        assert "x" * 40 not in told.value.message


class TestPuttingBack:
    def forged(self, whole: Decision, told: bytes) -> Decision:
        """A decision whose signer withheld just that."""
        part = Withheld(field="rationale", digest=digest(told))
        return attrs.evolve(whole, withheld=(part,), rationale="withheld")

    @pytest.mark.parametrize(
        ("told", "why"),
        [
            (encoded([SALT, "chosen", "x"]), "not a disclosure of the field rationale"),
            (encoded([SALT[1:], "rationale", "x"]), "not a disclosure of the field rationale"),
            (encoded([SALT + "A", "rationale", "x"]), "not a disclosure of the field rationale"),
            (encoded([SALT[1:] + "+", "rationale", "x"]), "not a disclosure of the field"),
            (encoded([7, "rationale", "x"]), "not a disclosure of the field rationale"),
            (encoded(["rationale", "x"]), "not a disclosure: "),
            (encoded(7), "not a disclosure: "),
            (encoded("["), ""),
            (b"!!!!", "not a disclosure"),
            (b"", "not a disclosure"),
            (encoded([SALT, "rationale", "x"]) + b"==", "not a disclosure"),
            (b"A", "not a disclosure: "),
            (b"A" * 90_001, "not a disclosure"),
        ],
    )
    def test_what_is_no_disclosure_of_the_field_is_refused(
        self, whole: Decision, told: bytes, why: str
    ) -> None:
        with pytest.raises(MalformedError) as caught:
            reveal(self.forged(whole, told), {"rationale": told})

        assert caught.value.message.startswith(why)
        assert not caught.value.message.endswith("None")

    def test_a_second_spelling_is_refused(self, whole: Decision) -> None:
        told = encoded([SALT, "rationale", "x"])
        assert reveal(self.forged(whole, told), {"rationale": told}).rationale == "x"
        while len(told) % 4 == 0:
            told = encoded([SALT, "rationale", "x" * len(told)])
        # The spare bits of the last letter.
        other = told[:-1] + bytes([told[-1] + 1])
        with pytest.raises(MalformedError, match=r"^not a disclosure: .*canonical form$"):
            reveal(self.forged(whole, other), {"rationale": other})

    def test_what_was_not_signed_is_refused_and_what_is_not_at_hand_stays(
        self, whole: Decision
    ) -> None:
        bare, (told, other) = withhold(whole, ["rationale", "chosen"])

        with pytest.raises(MalformedError, match=r"^the disclosure of its rationale is not what"):
            reveal(bare, {"rationale": other})
        assert reveal(bare, {}) == bare
        found = reveal(bare, {"chosen": other})
        assert (found.rationale, found.chosen) == ("withheld", whole.chosen)
        assert reveal(bare, {"rationale": told, "chosen": other}).rationale == "a reason"

    def test_what_is_said_and_withheld_too_is_refused(self, whole: Decision) -> None:
        bare, (told,) = withhold(whole, ["rationale"])

        for said in ("something else", None):
            forged = attrs.evolve(bare, rationale=said)
            with pytest.raises(MalformedError, match=r"^it says its rationale, and withholds it"):
                reveal(forged, {"rationale": told})

    @pytest.mark.parametrize("value", ["x", ["x"], {"by": "x"}, [{"vote": "for"}, 1]])
    def test_what_are_no_votes_is_refused(self, whole: Decision, value: Any) -> None:
        told = encoded([SALT, "votes", value])
        part = Withheld(field="votes", digest=digest(told))

        with pytest.raises(MalformedError, match=r"^not a disclosure of votes$"):
            reveal(attrs.evolve(whole, withheld=(part,)), {"votes": told})

    def test_which_were_put_back_is_told(self, whole: Decision, tmp_path: Path) -> None:
        forger = Forger(home=tmp_path, path=tmp_path / "none")
        bare, (one, two) = withhold(whole, ["rationale", "chosen"])
        introducing = forger.sign(forger.delegation())
        record = Authenticator(lambda _: [(0, introducing)]).authenticate(forger.sign(bare))
        assert isinstance(record, Decision)

        once = reveal(record, {"rationale": one})
        twice = reveal(once, {"chosen": two})
        assert once.custody is not None and twice.custody is not None
        assert once.custody.disclosed == ("rationale",)
        assert twice.custody.disclosed == ("rationale", "chosen")
        assert reveal(bare, {"rationale": one}).custody is None
