"""Whom a Sigstore certifies is verified under the root that lies in the ledger's home, in whichever way it is
looked at: another home of the same user may trust another Sigstore."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from answerable.history import Verdict, verify, verify_since
from answerable.ledger import Checkpoint, Ledger
from answerable.model import PolicyVersion
from answerable.signing.endorsing import endorse
from answerable.signing.sigstore import roots
from tests.history.adopting import STRANGER
from tests.history.forging import Forger, name_of
from tests.history.said import Said
from tests.parts.sigstore import NAME
from tests.signing.test_sigstore_lending import AUTHORITY, NOW, Certain, lent, sealed

POLICY = f"""
version = 1
[root]
threshold = 1
keys = ["{name_of(STRANGER)}"]
[principals.ana]
keys = ["{NAME}"]
"""


@pytest.fixture
def forger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forger:
    """Two sessions by whom the Sigstore certifies; a policy, entry 1, says that they count."""
    monkeypatch.delenv(roots.NAMED_BY, raising=False)
    made = Forger(home=tmp_path / "elsewhere", path=tmp_path / "decisions.db")
    roots.pinned(made.home).parent.mkdir(parents=True)
    AUTHORITY.write_root(roots.pinned(made.home))
    introduce(made)
    common = attrs.asdict(made.decision(decided_at=NOW, recorded_at=NOW), recurse=False)
    names = ("id", "decided_at", "recorded_at", "decided_by", "team", "emission")
    signed = tuple(endorse(POLICY, key) for key in (STRANGER,))
    told = {name: common[name] for name in names}
    made.append(made.sign(PolicyVersion(**told, version=1, text=POLICY, endorsements=signed)))
    decide(made)
    other = Forger(home=made.home, path=made.path)
    other._ids = 100
    introduce(other)
    decide(other)
    decide(made)
    return made


def introduce(forger: Forger) -> None:
    forger.append(sealed(forger, lent(forger), Certain(NAME)))


def decide(forger: Forger) -> None:
    forger.append(forger.sign(forger.decision(decided_at=NOW, recorded_at=NOW)))


def verdicts(forger: Forger) -> list[Verdict]:
    """In each way of asking."""
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        found = [verify(ledger, workers=workers) for workers in (0, 1)]
        for size in (1, 2, 3, 5):
            seen = Checkpoint(ledger.origin, size, ledger.root_at(size))
            said = Said(introduces=[0, 3][: 1 + (size > 3)], adopt=[1])
            found += [verify_since(ledger, seen, each) for each in (said, None)]
    finally:
        ledger.close()
    return found


@pytest.mark.parametrize("wrong", [False, True])
def test_they_hold_under_it_in_each_way_of_asking(forger: Forger, wrong: bool) -> None:
    if wrong:  # so that each entry is looked at by itself
        forger.append(b"rubbish")
    faults = [("malformed", 6)] if wrong else []

    for found in verdicts(forger):
        assert [(fault.code, fault.index) for fault in found.faults] == faults
        assert found.policy == 1
    roots.pinned(forger.home).unlink()
    for found in verdicts(forger):
        assert {fault.code for fault in found.faults} >= {"signature"}
