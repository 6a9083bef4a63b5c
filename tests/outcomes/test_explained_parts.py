"""What somebody was given of one outcome is judged part by part, and each fault names what it is of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable import shapes, statement
from answerable.errors import MalformedError
from answerable.history import Verdict
from answerable.model import Outcomes
from answerable.reading import explained
from answerable.reading.explained import verify_explained
from answerable.recording import process
from answerable.signing import Keyring, parse
from tests.history.forging import name_of
from tests.ledger.logs import Log
from tests.outcomes.conftest import ANA, BANK, DEPLOYMENT


@attrs.frozen
class Given:
    """What was written of the fourth of five outcomes; what else stands in its log."""

    document: dict[str, Any]
    batch: Outcomes
    index: int
    vkey: str
    origin: str
    other: bytes
    other_id: str
    home: Path

    @property
    def id(self) -> str:
        return str(self.document["id"])

    def proof(self, **changes: Any) -> dict[str, Any]:
        return self.document | {"proof": self.document["proof"] | changes}

    def sealed(self, **changes: Any) -> dict[str, Any]:
        return self.proof(batch=self.document["proof"]["batch"] | changes)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    folder = tmp_path_factory.mktemp("given")
    ledger, home = folder / "decisions.db", folder / "home"
    ans.configure(ledger=ledger, home=home, actor=ANA, accountable=BANK, team="lending")
    ans.choose("deploy", "all", because="the pilot held", about=DEPLOYMENT)
    ids = [
        ans.outcome(DEPLOYMENT, f"application-{n}", "declined", elements={"thin": True}).id
        for n in range(5)
    ]
    ans.shutdown()
    process.replace(None)
    with ans.open(ledger, home=home) as history:
        (batch,) = (each for each in history.records() if isinstance(each, Outcomes))
        (other,) = history.decisions()
        assert batch.custody is not None and batch.custody.index is not None
        assert other.custody is not None
        document = json.loads(json.dumps(shapes.explanation(history.explain(ids[3]))))
        yield Given(
            document,
            batch,
            batch.custody.index,
            history.ledger.verifier.vkey(),
            history.ledger.origin,
            other.custody.envelope,
            other.id,
            home,
        )


def judged(document: Any, *judge: Any) -> Verdict:
    return verify_explained(json.dumps(document).encode(), *judge)


def said(document: Any, *judge: Any) -> list[tuple[str, int | None, str | None, str]]:
    found = judged(document, *judge)
    assert found.verdict == ("invalid" if found.faults else "valid-unwitnessed")
    return [(f.code, f.index, f.id, " ".join(f.message.split()[:3])) for f in found.faults]


def test_the_whole_says_which_log_it_is_of(given: Given) -> None:
    for key in (None, given.vkey):
        assert judged(given.document, key) == Verdict(
            verdict="valid-unwitnessed",
            size=1,
            root=given.batch.root,
            origin=given.origin,
            policy=None,
            unwitnessed_since=statement.timestamp(given.batch.recorded_at),
            faults=(),
        )


def test_the_key_that_is_known_from_elsewhere_is_the_one_that_counts(given: Given) -> None:
    other = Log([b"entry"], origin=given.origin).verifier.vkey()

    assert [code for code, *_ in said(given.document, other)] == ["proof"]
    assert [code for code, *_ in said(given.proof(vkey=other))] == ["proof"]
    assert said(given.proof(vkey=other), given.vkey) == []


def test_a_proof_that_does_not_hold_is_named(given: Given) -> None:
    log = given.document["proof"]["log"]
    moved = log.replace(f"index {given.index}\n", f"index {given.index - 1}\n")
    assert moved != log

    ((code, index, id, words),) = said(given.proof(log=moved))
    assert (code, index, id) == ("proof", given.index - 1, None)
    assert words


def test_what_is_no_record_is_named(given: Given) -> None:
    (proof, malformed) = said(given.proof(envelope="rubbish"))

    assert proof[:3] == ("proof", given.index, None)
    assert malformed[:3] == ("malformed", given.index, None)
    found = judged(given.proof(envelope="rubbish"))
    assert (found.root, found.unwitnessed_since) == (None, None)


def test_a_delegation_that_is_left_out_is_missed(given: Given) -> None:
    ((code, index, id, words),) = said(given.proof(delegation=None))

    assert (code, index, id) == ("signature", given.index, given.batch.id)
    assert words


def test_a_record_that_seals_nothing_is_named(given: Given) -> None:
    found = said(given.proof(envelope=given.other.decode()))

    assert ("outcome-altered", given.index) == found[-1][:2]
    assert found[-1][2:] == (given.other_id, "the record seals")
    assert [code for code, *_ in found] == ["proof", "outcome-altered"]


def test_one_of_which_there_is_no_proof_is_named(given: Given) -> None:
    assert said(given.proof(batch=None)) == [
        ("outcome-missing", given.index, given.batch.id, "there is no")
    ]


@pytest.mark.parametrize(
    "change", [{"number": 2}, {"path": []}, {"disclosure": "[]"}, {"disclosure": None}]
)
def test_one_that_its_batch_does_not_cover_is_named(given: Given, change: Any) -> None:
    document = given.sealed(**change)
    if change == {"disclosure": None}:
        document["proof"]["batch"]["leaf"] = "0" * 64
    number = change.get("number", 3)

    assert said(document) == [
        ("outcome-altered", given.index, f"{given.batch.id}.{number}", "the root that")
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "another"),
        ("outcome", None),
        ("deployment", "deployment:another"),
        ("accountable", "org:another.example"),
        ("accountable", {"id": "org:another.example"}),
        ("accountable", {}),
        ("accountable", None),
    ],
)
def test_what_is_shown_otherwise_is_named(given: Given, name: str, value: Any) -> None:
    ((code, index, id, words),) = said(given.document | {name: value})

    assert (code, index, id) == ("outcome-altered", given.index, given.id)
    assert words == f"the {name} that"


def test_a_truth_that_is_shown_as_a_number_is_named(given: Given) -> None:
    shown = given.document["outcome"] | {"elements": {"thin": 1}}

    assert [code for code, *_ in said(given.document | {"outcome": shown})] == ["outcome-altered"]


def test_who_answers_may_be_shown_by_their_id_alone(given: Given) -> None:
    assert said(given.document | {"accountable": BANK}) == []


def test_it_is_judged_by_a_policy(given: Given) -> None:
    key = name_of(Keyring(given.home).identity(ANA))
    base = f'version = 3\n[root]\nthreshold = 1\nkeys = ["{key}"]\n[principals.ana]\nkeys = ["{key}"]\n'
    other = '[log]\nvkey = "another"\n'

    assert judged(given.document, None, parse(base)).policy == 3
    assert [f.code for f in judged(given.document, None, parse(base)).faults] == []
    ours = f'[log]\nvkey = "{given.vkey}"\n'
    assert judged(given.document, None, parse(base + ours)).faults == ()
    found = judged(given.document, None, parse(base + other))
    assert [(f.code, f.index) for f in found.faults] == [("another-log", None)]
    stranger = base.replace(key, "SHA256:" + "A" * 43)
    assert said(given.document, None, parse(stranger))[0][:3] == (
        "unknown-key",
        given.index,
        given.batch.id,
    )


def test_an_erased_one_is_shown_without_its_value(given: Given) -> None:
    leaf = given.document["proof"]["batch"]["leaf"]
    erased = given.sealed(disclosure=None, leaf=leaf) | {"outcome": None}

    assert said(erased) == []
    assert [words for *_, words in said(erased | {"outcome": {"value": 1}})] == ["the outcome that"]


@pytest.mark.parametrize("gone", ["proof", "vkey", "log", "envelope", "delegation", "batch"])
def test_what_lacks_a_part_is_refused(given: Given, gone: str) -> None:
    document = json.loads(json.dumps(given.document))
    del (document if gone == "proof" else document["proof"])[gone]

    with pytest.raises(MalformedError, match=f"^not what `explain --json` writes: '{gone}'"):
        judged(document)


@pytest.mark.parametrize("gone", ["number", "leaf", "path", "disclosure"])
def test_what_lacks_a_part_of_its_batchs_proof_is_refused(given: Given, gone: str) -> None:
    document = given.sealed(disclosure=None)
    del document["proof"]["batch"][gone]

    with pytest.raises(MalformedError, match=f"^not what `explain --json` writes: '{gone}'"):
        judged(document)


@pytest.mark.parametrize("document", [None, 7, [], "a", {"proof": 1}, {"proof": None}])
def test_what_is_another_thing_is_refused(document: Any) -> None:
    with pytest.raises(MalformedError, match=r"^not what `explain --json` writes: (?!None)"):
        judged(document)


def test_what_is_too_long_is_refused(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps(given.document).encode()
    monkeypatch.setattr(explained, "MAX_EXPLANATION", len(data))
    assert verify_explained(data).holds
    monkeypatch.setattr(explained, "MAX_EXPLANATION", len(data) - 1)
    with pytest.raises(MalformedError):
        verify_explained(data)
