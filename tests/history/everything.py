"""A small ledger with something of everything in it, and everything that can be asked of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable import shapes
from answerable.ledger import Cosigner, Ledger, cosign, keep_cosigned
from answerable.ledger.checkpoint import parse
from answerable.recording import process
from answerable.recording.adopting import adopt
from answerable.recording.spool import Parcel, Spool
from answerable.signing import Keyring
from answerable.signing.endorsing import endorse
from tests.history.forging import name_of

SUBJECT = "deployment:prod/scores"
ACTOR = "person:ana@bank.example"
LATER = "2100-01-01"
WITNESS = Cosigner("w.example.org", Ed25519PrivateKey.from_private_bytes(b"w" * 32))


@attrs.frozen
class Place:
    """A ledger's file and the home directory beside it."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "decisions.db"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.path}"

    def copied(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Place(folder)

    def files(self) -> list[str]:
        """Every file in it."""
        found = (p for p in sorted(self.folder.rglob("*")) if p.is_file())
        return [p.relative_to(self.folder).as_posix() for p in found]


def made(folder: Path) -> Place:
    """Everything: decisions, a step, what is said around them, a policy whose witness has seen it
    all, a proof's checkpoint kept outside, an index, and a record that waits."""
    place = Place(folder)
    folder.mkdir(exist_ok=True)
    ans.configure(
        ledger=place.uri, home=str(place.home), actor=ACTOR, team="scoring", on_failure="raise"
    )
    with ans.step("train", used=["dataset:hmda@1990"], produced=["model:scores@1"]):
        with ans.decide("threshold", "At which score do we decline?", accountable="role:head") as d:
            d.consider(0.5, because="library default")
            d.evidence("report:own@1", kind="own_test")
            d.assume("the mix of applicants stays", review_by="2099-01-01", owner="role:risk")
            d.choose(0.62, because="measured on validation")
    ans.choose("metric", "recall", about="model:scores@1", because="misses cost more")
    with ans.step("deploy", used=["model:scores@1"], produced=[SUBJECT]):
        pass
    for reason in ("it speaks of a person", "and so does this"):
        with ans.decide("limit", private="rationale", about=SUBJECT) as d:
            d.choose(5000, because=reason)
    ans.flush()
    ans.erase(d.record, "rationale", because="the person asked for it")
    for case in ("application-1", "application-2"):
        ans.outcome(SUBJECT, case, "declined", elements={"debt ratio": 0.61}, part="decided")
    ans.flush()
    ans.dissent(SUBJECT, because="too early")
    ans.incident(SUBJECT, "declined the wrong ones", severity="high")
    with ans.open(place.uri, home=place.home) as history:
        digest = history.review(SUBJECT).digest
    ans.approve(SUBJECT, digest=digest, meaning="approval")
    _govern(place)
    ans.shutdown()
    process.exchange(None)
    _witness(place)
    _wait(place)
    answers(place)  # so that there is an index
    return place


def _govern(place: Place) -> None:
    key = Keyring(place.home).identity(ACTOR)
    keys = f'keys = ["{name_of(key)}"]'
    text = (
        f"version = 1\n[root]\nthreshold = 1\n{keys}\n[principals.ana]\n{keys}\n"
        f'[witnesses]\nthreshold = 1\nvkeys = ["{WITNESS.verifier.vkey()}"]\n'
    )
    adopt(1, text, [endorse(text, key)])


def _witness(place: Place) -> None:
    ledger = Ledger.open(place.uri, place.home)
    cosigned = cosign(ledger, lambda body: (200, _line(body)), WITNESS.verifier)
    keep_cosigned(place.home, ledger.origin, WITNESS.verifier, cosigned.note)
    ledger.close()


def _line(body: bytes) -> bytes:
    checkpoint, _ = parse(body.partition(b"\n\n")[2])
    return WITNESS.sign(checkpoint, int(datetime.now(UTC).timestamp()))


def _wait(place: Place) -> None:
    ledger = Ledger.open(place.uri, place.home)
    envelope = ledger.entry(1).envelope
    ledger.close()
    Spool.of(place.home, place.uri, 1 << 20).keep(Parcel((envelope,)))


def answers(place: Place) -> dict[str, Any]:
    """What each question is answered with, as of a settled time, in the shapes of the contract."""
    with ans.open(place.uri, home=place.home) as history:
        records = [*history.records()]
        found = {
            "verify": shapes.verdict(history.verify()),
            "records": _shown(records),
            "by id": _shown([history.get(record.id) for record in records]),
            "log": _shown(history.decisions()),
            "policies": _shown(history.policies()),
            "proofs": [history.prove(record.id).to_bytes().hex() for record in records],
        }
        for asked in _ASKED:
            found[f"log {asked}"] = _shown(history.decisions(**asked))
        for kind in ("approval", "dissent", "incident"):
            found[kind] = _shown(history.events(kind))
        trace = history.trace(SUBJECT, LATER)
        found["trace"] = shapes.trace(trace)
        found["gaps"] = [shapes.gap(gap) for gap in history.gaps(SUBJECT, LATER)]
        found["review"] = shapes.review(history.review(SUBJECT, LATER))
        for kind in ("threshold", "metric"):
            found[f"why {kind}"] = shapes.why(history.why(kind, SUBJECT, LATER))
        for ref in ("dataset:hmda@1990", "model:scores@1"):
            found[f"impact {ref}"] = shapes.impact(history.impact(ref, LATER))
        found["informed"] = [shapes.hearing(h) for h in history.informed(SUBJECT, at=LATER)]
        found["outcomes"] = [
            repr(each) for n in (1, 2) for each in history.outcomes(f"application-{n}")
        ]
        found["bundle"] = json.loads(history.bundle(SUBJECT, LATER))
    with ans.open(place.uri, home=place.home, disclose=True) as history:
        found["disclosed"] = _shown(history.decisions(kind="limit"))
    return found


_ASKED: tuple[dict[str, Any], ...] = (
    {"kind": "threshold"},
    {"kind": "metric"},
    {"actor": ACTOR},
    {"accountable": "role:head"},
    {"artifact": "model:scores"},
    {"text": "MEASURED"},
    {"capture": "explicit"},
    {"team": "scoring"},
    {"step": "train"},
    {"since": "2000-01-01", "until": LATER},
)


def _shown(records: Sequence[Any]) -> list[Any]:
    return [shapes.record(record) for record in records]
