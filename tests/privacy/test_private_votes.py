"""Who voted, and how, is signed as it is; why may be private, as a reason is."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import answerable as ans
from answerable.errors import InvalidValueError, MalformedError
from answerable.exporters import otlp_copy, otlp_json
from answerable.history.bundles import Bundle, records_of, verify_bundle
from answerable.model import Ballot, Decision, Withheld
from answerable.model.records import Vote
from answerable.privacy import digest, reveal, withhold
from answerable.recording import process

SECRET = "the applicant's mother called twice"  # noqa: S105
HEAD, LAWYER, CLERK = "role:head-of-risk", "role:counsel", "role:clerk"


@pytest.fixture
def path(tmp_path: Path, home: Path) -> Iterator[Path]:
    path = tmp_path / "decisions.db"
    ans.configure(ledger=str(path), home=home, actor="analyst@bank.example")
    yield path
    process.replace(None)


def decided(private: str | None = "votes") -> Decision:
    with ans.decide(
        "deploy", question="Now?", produced="deployment:prod/loans", private=private
    ) as d:
        d.vote(HEAD, "for")
        d.vote(LAWYER, "against", SECRET)
        d.vote(CLERK, "abstain", "was away")
        d.choose("yes", because="the pilot held")
    ans.flush()
    return d.record


def got(path: Path, id: str, *, disclose: bool = True) -> Decision:
    with ans.open(str(path), disclose=disclose) as history:
        found = history.get(id)
        assert isinstance(found, Decision)
        return found


def votes(decision: Decision) -> list[tuple[str, Vote, str | None]]:
    return [(each.actor, each.vote, each.because) for each in decision.votes]


TOLD = [(HEAD, "for", None), (LAWYER, "against", SECRET), (CLERK, "abstain", "was away")]
KEPT = [(HEAD, "for", None), (LAWYER, "against", "withheld"), (CLERK, "abstain", "withheld")]


@pytest.mark.parametrize("how", ["call", "settings"])
def test_the_reasons_are_nowhere_but_beside_the_ledger(path: Path, home: Path, how: str) -> None:
    if how == "settings":
        ans.configure(ledger=str(path), home=home, actor="analyst@bank.example", private="votes")
    made = decided("votes" if how == "call" else None)
    ans.shutdown()

    assert votes(made) == KEPT
    assert [part.field for part in made.withheld] == ["votes"]
    for file in path.parent.rglob("*"):
        if file.is_file() and file.name != f"{path.name}.private":
            data = file.read_bytes()
            assert SECRET.encode() not in data, file
            assert base64.urlsafe_b64encode(SECRET.encode())[4:-4] not in data, file
            assert base64.b64encode(SECRET.encode())[4:-4] not in data, file


def test_whoever_has_the_disclosure_reads_them_and_nobody_else(path: Path) -> None:
    made = decided()

    assert votes(got(path, made.id)) == TOLD
    assert votes(got(path, made.id, disclose=False)) == KEPT
    with ans.open(str(path)) as history:
        assert history.verify().holds


def test_that_somebody_was_against_it_is_no_secret(path: Path) -> None:
    made = decided()
    with ans.open(str(path)) as history:
        found = history.review("deployment:prod/loans").opposition

    assert [(each.actor, each.how) for each in found if each.record == made.id] == [
        (LAWYER, "against"),
        (CLERK, "abstain"),
    ]
    assert all(SECRET not in str(each) for each in found)


def test_votes_without_a_reason_have_nothing_to_withhold(path: Path) -> None:
    with ans.decide("deploy", question="Now?", private="votes") as d:
        d.vote(HEAD, "for")
        d.choose("yes", because="the pilot held")
    ans.flush()

    assert (votes(d.record), d.record.withheld) == ([(HEAD, "for", None)], ())


def test_what_is_erased_is_gone_and_everything_verifies(path: Path) -> None:
    made = decided()
    ans.erase(got(path, made.id), "votes", "counsel asked for it")
    ans.flush()

    found = got(path, made.id)
    assert votes(found) == KEPT
    assert found.custody is not None
    assert [field for field, _ in found.custody.erased] == ["votes"]
    with ans.open(str(path)) as history:
        assert history.verify().holds
    with sqlite3.connect(f"{path}.private") as beside:
        assert beside.execute("SELECT count(*) FROM disclosures").fetchone() == (0,)
    beside.close()


def test_a_bundle_tells_them_if_it_is_asked_to(path: Path) -> None:
    made = decided()
    for disclose, told in ((["votes"], TOLD), ([], KEPT)):
        with ans.open(str(path)) as history:
            data = history.bundle("deployment:prod/loans", disclose=disclose)
        bundle = Bundle.from_bytes(data)
        assert verify_bundle(bundle).holds
        (found,) = [each for each in records_of(bundle) if each.id == made.id]
        assert isinstance(found, Decision)
        assert votes(found) == told


def test_a_copy_tells_them_and_proves_it_and_an_edited_one_is_found(path: Path) -> None:
    decided()
    for disclose, told in (("votes", True), ((), False)):
        with ans.open(str(path)) as history:
            trace = history.trace("deployment:prod/loans", disclose=disclose)
        document = otlp_json.to_json(trace).encode()
        assert (SECRET.encode() in document) == told
        assert otlp_copy.verify(otlp_copy.from_document(document)).holds
        for edited in (
            document.replace(SECRET.encode(), b"no reason"),
            document.replace(b"against", b"abstain"),
        ):
            if edited != document:
                assert not otlp_copy.verify(otlp_copy.from_document(edited)).holds


BALLOTS = (Ballot(actor=HEAD, vote="for", because="a"), Ballot(actor=LAWYER, vote="against"))


@pytest.mark.parametrize(
    "signed",
    [
        # Other votes than those that are signed, and a reason that is signed as well.
        (attrs.evolve(BALLOTS[0], vote="against", because="withheld"), BALLOTS[1]),
        (attrs.evolve(BALLOTS[0], actor=CLERK, because="withheld"), BALLOTS[1]),
        (attrs.evolve(BALLOTS[0], because="withheld"),),
        (BALLOTS[0], BALLOTS[1]),
        (),
    ],
)
def test_a_record_that_signs_other_votes_than_it_discloses_is_not_put_together(
    path: Path, signed: tuple[Ballot, ...]
) -> None:
    made = attrs.evolve(decided(None), votes=BALLOTS, custody=None)
    hidden, (told,) = withhold(made, ["votes"])

    assert reveal(hidden, {"votes": told}) == attrs.evolve(made, withheld=hidden.withheld)
    with pytest.raises(MalformedError, match="it says its votes, and withholds it too"):
        reveal(attrs.evolve(hidden, votes=signed), {"votes": told})


@pytest.mark.parametrize("value", ['"text"', "1", "{}", '["text"]', "[1]", "null"])
def test_what_are_no_votes_is_no_disclosure_of_them(path: Path, value: str) -> None:
    salt = base64.urlsafe_b64encode(bytes(16)).rstrip(b"=").decode()
    told = base64.urlsafe_b64encode(f'["{salt}","votes",{value}]'.encode()).rstrip(b"=")
    made = attrs.evolve(
        decided(None), withheld=(Withheld(field="votes", digest=digest(told)),), custody=None
    )

    with pytest.raises(MalformedError, match="not a disclosure of votes"):
        reveal(made, {"votes": told})


def test_no_other_record_has_votes_to_withhold(path: Path) -> None:
    with pytest.raises(InvalidValueError, match="'votes' cannot be withheld"):
        ans.dissent("model:m@1", "no", private="votes")
