"""Each field of each record, changed by somebody who holds the log's key but not the signer's.

Every hash is computed anew and the log's own checkpoint signed over them; nobody has kept an older
one. Then nothing but the records' own signatures and chains is left to tell.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.history import Verdict, verify
from answerable.ledger import Ledger
from answerable.model import (
    Acknowledgement,
    Action,
    Approval,
    Artifact,
    Assumption,
    AssumptionEvent,
    Ballot,
    Considered,
    Decision,
    Delegation,
    Dissent,
    Erasure,
    Evidence,
    Incident,
    Mandate,
    Notice,
    Observed,
    Outcomes,
    Override,
    PolicyVersion,
    Record,
    ResidualRisk,
    Revocation,
    Scope,
    Source,
    Step,
    Supersession,
    Withheld,
)
from answerable.model.types import TYPES
from answerable.signing import Keyring
from answerable.signing.endorsing import endorse
from tests.history.forging import ANALYST, NOW, Forger, name_of
from tests.ledger.tampering import rewrite

DIGEST = "sha256:" + "1" * 64
SHOWN = Evidence(
    artifact=Artifact(ref="report:after@1", digest=DIGEST, uri="file:a"),
    kind="third_party",
    valid_until="2027-01-01",
)


HIDDEN = (Withheld(field="rationale", digest=DIGEST),)


@attrs.frozen
class Whole:
    """A ledger with a record of each type, every field of it set."""

    path: Path
    entries: list[bytes]
    log: tuple[str, Ed25519PrivateKey]

    def verdict_over(self, entries: list[bytes], strangers: Path) -> Verdict:
        """What somebody who never saw the log says of `entries` under the log's signature."""
        rewrite(self.path, entries, signer=self.log)
        ledger = Ledger.open(str(self.path), strangers)
        try:
            return verify(ledger)
        finally:
            # Not closed by the ledger: it would keep the checkpoint.
            ledger._database.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    forger = Forger(home=folder / "home", path=folder / "decisions.db")
    entries = []
    for make in (_delegation, _decision, _step, _approval, _dissent, *_EVENTS, _policy, _last):
        envelope = forger.sign(make(forger))
        entries.append(envelope)
        forger.append(envelope)
    ledger = Ledger.open(forger.uri, forger.home)
    log = ledger.origin, Keyring(forger.home).log_key(ledger.origin)
    ledger.close()
    return Whole(forger.path, entries, log)


def _shared(forger: Forger) -> dict[str, Any]:
    size = forger.seq
    return {
        "about": ("deployment:prod/scores",),
        "step": "s",
        "within": "w",
        "run": "r",
        "trace_id": "1" * 32,
        "span_id": "2" * 16,
        "decided_by": ANALYST,
        "source": Source(function="f", file="f.py", line=3, commit="abc", dirty=True),
        "emission": forger.emission(observed=forger.observed(size) if size else None),
    }


def _common(forger: Forger) -> dict[str, Any]:
    decision = forger.decision()
    return {
        **{name: getattr(decision, name) for name in ("id", "decided_at", "recorded_at", "team")},
        **_shared(forger),
    }


def _delegation(forger: Forger) -> Delegation:
    empty = Observed(
        size=0, root="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    return forger.delegation(**_shared(forger) | {"emission": forger.emission(observed=empty)})


def _decision(forger: Forger) -> Decision:
    artifact = Artifact(ref="report:r@1", digest=DIGEST, uri="file:r")
    return forger.decision(
        **_shared(forger),
        chosen={"cut": 0.5},
        previous={"cut": 0.4},
        considered=(Considered(value=1, because="b"),),
        rationale="r",
        accountable="role:head",
        authority="policy:credit@2",
        evidence=(Evidence(artifact=artifact, kind="own_test", valid_until="2027-01-01"),),
        assumptions=(
            Assumption(statement="s", review_by="2027-01-01", holds_while="h", owner="role:o"),
        ),
        used=(artifact,),
        produced=(Artifact(ref="model:m@1", digest=DIGEST, uri="file:m"),),
        supersedes=("another",),
        scope=Scope(deployment="d", intended_purpose="i", population="p"),
        votes=(Ballot(actor="role:member", vote="against", because="b"),),
        residual_risk=(ResidualRisk(statement="s", owner="role:o", until="2027-01-01"),),
        consulted=("role:c",),
        informed=("role:i",),
        legal_refs=("l",),
        valid_from="2026-01-01",
        valid_to="2027-01-01",
        pre_determined_change="p",
        drafted_by="agent:d",
        withheld=HIDDEN,
        capture="explicit",
        abandoned="no",
    )


def _step(forger: Forger) -> Step:
    artifact = Artifact(ref="model:m@1", digest=DIGEST, uri="file:m")
    return Step(
        **_common(forger),
        name="train",
        phase="training",
        started_at=NOW - timedelta(minutes=5),
        used=(artifact,),
        produced=(artifact,),
        abandoned="no",
    )


def _approval(forger: Forger) -> Approval:
    return Approval(
        **_common(forger), meaning="review", digest=DIGEST, rationale="r", withheld=HIDDEN
    )


def _dissent(forger: Forger) -> Dissent:
    return Dissent(**_common(forger), rationale="r", withheld=HIDDEN)


def _event(cls: Callable[..., Record], **fields: Any) -> Callable[[Forger], Record]:
    if cls is not Outcomes:
        fields["withheld"] = HIDDEN
    return lambda forger: cls(**fields, capture="explicit", **_common(forger))


_EVENTS = (
    _event(
        Override,
        control="c",
        rationale="r",
        until="2027-01-01",
        accountable="role:o",
        authority="record:m",
    ),
    _event(Revocation, rationale="r", revokes=("another",)),
    _event(Supersession, rationale="r", replaces=("another",), successor="later"),
    _event(
        Mandate,
        holder="role:h",
        kinds=("threshold",),
        limit="l",
        valid_until="2027-01-01",
        rationale="r",
        authority="policy:p@1",
    ),
    _event(Notice, statement="s", addressees=("role:a",)),
    _event(Acknowledgement, rationale="r"),
    _event(
        AssumptionEvent,
        assumption="a",
        state="violated",
        review_by="2027-01-01",
        rationale="r",
        evidence=(SHOWN,),
    ),
    _event(Incident, statement="s", occurred_at=NOW, severity="high", evidence=(SHOWN,)),
    _event(
        Action,
        statement="s",
        owner="role:o",
        due="2027-01-01",
        state="done",
        rationale="r",
        authority="record:m",
        evidence=(SHOWN,),
        supersedes=("x",),
    ),
    _event(Erasure, field="rationale", rationale="r"),
    _event(
        Outcomes,
        deployment="deployment:prod/scores",
        size=3,
        root="4" * 64,
        started_at=NOW,
        accountable="org:bank.example",
    ),
)
LAST = len(TYPES)


def _policy(forger: Forger) -> PolicyVersion:
    key = name_of(forger.identity)
    text = f'version = 1\nroot = {{threshold = 1, keys = ["{key}"]}}\n[principals.ana]\nkeys = ["{key}"]'
    endorsements = (endorse(text, forger.identity),)
    return PolicyVersion(version=1, text=text, endorsements=endorsements, **_common(forger))


def _last(forger: Forger) -> Decision:
    """So that none of those above is the end of its chain."""
    return forger.decision()


def test_nothing_is_wrong_with_what_nobody_changed(whole: Whole, tmp_path: Path) -> None:
    verdict = whole.verdict_over(whole.entries, tmp_path / "strangers")

    assert (verdict.verdict, verdict.faults) == ("valid-unwitnessed", ())


def test_every_field_of_every_type_is_there_to_be_changed(whole: Whole) -> None:
    for name, envelope in zip(TYPES, _by_type(whole), strict=True):
        predicate = _payload(envelope)["predicate"]
        fields = {f.name for f in attrs.fields(TYPES[name])} - {"custody"}
        assert set(predicate) == fields | {"type"}


def test_every_field_of_every_part_of_a_record_is_there_too(whole: Whole) -> None:
    """Parts are found through the fields' types, so that a new one, or a new field, is missed here."""
    for name, envelope in zip(TYPES, _by_type(whole), strict=True):
        predicate = _payload(envelope)["predicate"]
        for path, part in _parts(TYPES[name]):
            held = predicate
            for step in path:
                held = held[step][0] if _is_list(held[step]) else held[step]
            # A delegation is the first word of its key: there is none before it to name.
            first = {"prev"} if (name, path) == ("delegation", ("emission",)) else set()
            assert set(held) == {f.name for f in attrs.fields(part)} - first, (name, path)


@pytest.mark.parametrize("index", range(LAST))
def test_a_change_of_any_field_is_found_out(whole: Whole, tmp_path: Path, index: int) -> None:
    unnoticed = []
    tried = 0
    for place, mutant in _changed(_payload(whole.entries[index])):
        envelope = json.loads(whole.entries[index])
        envelope["payload"] = base64.b64encode(json.dumps(mutant).encode()).decode()
        entries = [*whole.entries]
        entries[index] = json.dumps(envelope).encode()
        verdict = whole.verdict_over(entries, tmp_path / "strangers")
        if index not in {f.index for f in verdict.faults if f.code in ("signature", "malformed")}:
            unnoticed.append(place)
        tried += 1

    assert unnoticed == []
    assert tried > 30


@pytest.mark.parametrize("index", range(LAST))
def test_a_change_of_the_envelope_around_it_is_found_out(
    whole: Whole, tmp_path: Path, index: int
) -> None:
    unnoticed = []
    for place, mutant in _changed(json.loads(whole.entries[index])):
        entries = [*whole.entries]
        entries[index] = json.dumps(mutant).encode()
        if whole.verdict_over(entries, tmp_path / "strangers").holds:
            unnoticed.append(place)

    assert unnoticed == []


def test_the_same_record_in_another_spelling_is_found_out(whole: Whole, tmp_path: Path) -> None:
    """Its signature still holds, which is why each record names the bytes of the one before."""
    for index in range(LAST):
        entries = [*whole.entries]
        entries[index] = json.dumps(json.loads(entries[index]), indent=1).encode()

        verdict = whole.verdict_over(entries, tmp_path / "strangers")

        assert ("chain", index + 1) in {(fault.code, fault.index) for fault in verdict.faults}


@pytest.mark.parametrize("index", range(LAST + 1))
def test_a_record_left_out_is_found_out_unless_it_is_its_signers_last(
    whole: Whole, tmp_path: Path, index: int
) -> None:
    entries = [*whole.entries[:index], *whole.entries[index + 1 :]]

    verdict = whole.verdict_over(entries, tmp_path / "strangers")

    # The last can be cut off by the log's own keeper; a kept checkpoint shows it, or a witness.
    assert verdict.holds == (index == LAST)


@pytest.mark.parametrize("index", range(LAST))
def test_records_that_change_places_are_found_out(whole: Whole, tmp_path: Path, index: int) -> None:
    entries = [*whole.entries]
    entries[index], entries[index + 1] = entries[index + 1], entries[index]

    assert not whole.verdict_over(entries, tmp_path / "strangers").holds


@pytest.mark.parametrize("index", range(LAST + 1))
def test_a_record_that_stands_twice_is_found_out(whole: Whole, tmp_path: Path, index: int) -> None:
    again = json.dumps(json.loads(whole.entries[index]), indent=1).encode()

    verdict = whole.verdict_over([*whole.entries, again], tmp_path / "strangers")

    assert ("repeated-id", LAST + 1) in {(fault.code, fault.index) for fault in verdict.faults}


def _by_type(whole: Whole) -> list[bytes]:
    by_name = {_payload(e)["predicate"]["type"]: e for e in reversed(whole.entries)}
    return [by_name[name] for name in TYPES]


def _parts(cls: type[Any], path: tuple[str, ...] = ()) -> Iterator[tuple[Any, type[Any]]]:
    """(where, class) of every part of a record, and of its parts."""
    for name, hint in get_type_hints(cls).items():
        if name == "custody":
            continue
        for inner in (hint, *get_args(hint)):
            if isinstance(inner, type) and attrs.has(inner):
                yield (*path, name), inner
                yield from _parts(inner, (*path, name))


def _payload(envelope: bytes) -> Any:
    return json.loads(base64.b64decode(json.loads(envelope)["payload"]))


def _changed(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value in it changed, left out, or joined by one more; one at a time."""
    for path in _paths(value):
        for name, change in (("changed", _other), ("gone", None), ("more", _more)):
            mutant = copy.deepcopy(value)
            holder = mutant
            for step in path[:-1]:
                holder = holder[step]
            if change is None:
                del holder[path[-1]]
            else:
                holder[path[-1]] = change(holder[path[-1]])
            if mutant != value:
                yield f"{'.'.join(map(str, path))} {name}", mutant


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    steps = value if isinstance(value, dict) else range(len(value) if _is_list(value) else 0)
    for step in steps:
        yield from _paths(value[step], (*path, step))


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        # Well-formed where it can be: another digit, another letter.
        return value[:-1] + ("1" if value[-1:] != "1" else "2")
    return None


def _more(value: Any) -> Any:
    if isinstance(value, list):
        return [*value, *value[:1]]
    if isinstance(value, dict):
        return value | {"more": 1}
    return value
