"""What an index holds of an entry: every field that it is asked for, and the words that a search looks through."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from answerable import usual
from answerable.history.rows import Row, row_of
from answerable.model import Artifact, Assumption, Considered, Incident, ResidualRisk
from answerable.signing import Envelope
from tests.history.forging import ANALYST, Forger, name_of

COLUMNS = (
    *("place", "leaf", "id", "type", "kind", "actor", "accountable", "team", "step", "run"),
    *("capture", "decided_at", "recorded_at", "introduces", "words"),
)
LEAF = bytes(32)
THEN, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    return Forger(home=tmp_path, path=tmp_path / "none")


def told(envelope: bytes) -> dict[str, Any]:
    """The row, by its columns, as compiled code reads it and as it is read exactly."""
    row, _ = row_of(7, LEAF, envelope)
    return dict(zip(COLUMNS, row, strict=True))


def unusual(envelope: bytes) -> bytes:
    """The same in a spelling that only the exact reader takes."""
    other = envelope.replace(b'"keyid"', b'"\\u006beyid"')
    assert other != envelope and usual.opened(other) is None
    return other


FIELDS: dict[str, Any] = {
    "accountable": "role:head",
    "team": "risk",
    "step": "00000000-0000-7000-8000-0000000000aa",
    "run": "run-1",
    "decided_at": THEN,
    "recorded_at": LATER,
    "question": "WHICH one?",
    "chosen": {"a": 0.5},
    "previous": "Old",
    "rationale": "STRASSE or stra\N{LATIN SMALL LETTER SHARP S}e",
    "assumptions": (Assumption(statement="it stays SO"),),
    "residual_risk": (ResidualRisk(statement="a Risk"),),
    "used": (Artifact(ref="dataset:a@1", digest="sha256:" + "0" * 64),),
}
WORDS = "which one?\n{'a': 0.5}\nold\nstrasse or strasse\nit stays so\na risk"


@pytest.mark.parametrize("spelled", [bytes, unusual])
def test_each_column_says_what_the_record_says(forger: Forger, spelled: Any) -> None:
    record = forger.decision(**FIELDS)
    found = told(spelled(forger.sign(record)))

    assert found == {
        "place": 7,
        "leaf": LEAF,
        "id": record.id,
        "type": "decision",
        "kind": "threshold",
        "actor": ANALYST.id,
        "accountable": "role:head",
        "team": "risk",
        "step": "00000000-0000-7000-8000-0000000000aa",
        "run": "run-1",
        "capture": "explicit",
        "decided_at": "2026-01-01T00:00:00.000000Z",
        "recorded_at": "2026-01-02T00:00:00.000000Z",
        "introduces": None,
        "words": WORDS,
    }
    _, names = row_of(7, LEAF, spelled(forger.sign(record)))
    assert names == {
        ("used", "dataset:a@1"),
        ("used", "sha256:" + "0" * 64),
        ("inside", "00000000-0000-7000-8000-0000000000aa"),
    }


@pytest.mark.parametrize("spelled", [bytes, unusual])
def test_what_is_not_said_is_nothing(forger: Forger, spelled: Any) -> None:
    found = told(
        spelled(
            forger.sign(forger.decision(decided_by=None, team=None, emission=None, question=""))
        )
    )

    for column in ("actor", "accountable", "team", "step", "run", "introduces"):
        assert found[column] is None
    assert found["words"] == "\n1"


@pytest.mark.parametrize("spelled", [bytes, unusual])
def test_a_delegation_is_found_by_the_key_that_it_introduces(forger: Forger, spelled: Any) -> None:
    found = told(spelled(forger.sign(forger.delegation())))

    assert (found["type"], found["introduces"]) == ("delegation", name_of(forger.session))
    assert (found["kind"], found["capture"], found["words"]) == (None, None, "")
    assert told(forger.sign(forger.delegation(emission=None)))["introduces"] is None


@pytest.mark.parametrize("spelled", [bytes, unusual])
def test_what_was_weighed_and_what_an_event_says_is_looked_through_too(
    forger: Forger, spelled: Any
) -> None:
    weighed = (Considered(value="OPTION", because="too DEAR"), Considered(value="another"))
    found = told(spelled(forger.sign(forger.decision(considered=weighed))))["words"]
    assert all(word in found for word in ("option", "too dear", "another"))

    fields: dict[str, Any] = {"statement": "It FELL", "severity": "HIGH", "occurred_at": THEN}
    incident = Incident(**(forger._common() | fields))
    assert told(spelled(forger.sign(incident)))["words"] == "it fell\nhigh"


@pytest.mark.parametrize("data", [b"rubbish", b"", b"{}", Envelope(b"{}", "x", ()).to_bytes()])
def test_what_is_no_record_keeps_its_place_and_says_nothing(data: bytes) -> None:
    row: Row
    row, names = row_of(7, LEAF, data)

    assert row == (7, LEAF, *[None] * 13)
    assert names == set()
