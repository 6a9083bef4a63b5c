"""One person's outcome can be erased; its batch, and everybody else's outcome, go on verifying."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

import answerable as ans
from answerable.outcomes.leaves import Leaf, Leaves
from tests.cli.running import Run, running
from tests.outcomes.conftest import ANA, DEPLOYMENT


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def ids(deployed: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("ANSWERABLE_LEDGER", str(deployed))
    found = [
        ans.outcome(DEPLOYMENT, f"application-{n}", "declined", elements={"income": 31_000 + n}).id
        for n in range(9)
    ]
    ans.flush()
    return found


def _faults(ledger: Path) -> list[tuple[str, str | None]]:
    with ans.open(ledger) as history:
        return [(fault.code, fault.id) for fault in history.verify().faults]


def test_what_it_said_is_gone_and_everything_else_verifies(deployed: Path, ids: list[str]) -> None:
    erasure = ans.erase_outcome(ids[4], "the applicant asked for it")

    assert (erasure.field, erasure.about) == ("4", (f"record:{ids[4].rpartition('.')[0]}",))
    with ans.open(deployed) as history:
        found = history.explain(ids[4])
        assert found.verified
        assert found.outcome is None
        assert found.erasure is not None and found.erasure.id == erasure.id
        assert found.sealing is not None and found.sealing.disclosure is None
        assert [t.chosen for t in found.thresholds] == [0.62]
        assert history.outcomes("application-4") == []
        assert history.explain(ids[5]).verified
        assert len(history.outcomes("application-5")) == 1
    assert _faults(deployed) == []


def test_no_octet_of_it_is_left_in_the_files(deployed: Path, ids: list[str]) -> None:
    ans.erase_outcome(ids[4], "asked for")
    ans.shutdown()

    for path in deployed.parent.glob("decisions.db*"):
        assert b"application-4" not in path.read_bytes()
        assert b"31004" not in path.read_bytes()


def test_the_command_line_erases_and_then_says_so(run: Run, ids: list[str]) -> None:
    ans.shutdown()
    made = run("erase", ids[2], "--because", "asked for", "--as", ANA, "--json")
    assert (made.status, made.json["type"]) == (0, "erasure")

    found = run("explain", ids[2])
    assert found.status == 0
    assert "erased on" in found.text
    assert "application-2" not in found.text
    shape = run("explain", ids[2], "--json").json
    assert shape["outcome"] is None
    assert shape["erased"]["rationale"] == "asked for"
    assert shape["proof"]["batch"]["disclosure"] is None


def test_what_is_not_there_is_not_recorded_as_erased(
    run: Run, deployed: Path, ids: list[str]
) -> None:
    ans.erase_outcome(ids[0], "asked for")
    with ans.open(deployed) as history:
        before = history.ledger.size()
    batch = ids[0].rpartition(".")[0]
    for id in (ids[0], f"{batch}.9", "0193b4e2-7c02-7b1e-8d0f-0a4c1b9e7d55.0"):
        with pytest.raises(ans.NotFoundError):
            ans.erase_outcome(id, "asked for")
    with pytest.raises(ans.InvalidReferenceError):
        ans.erase_outcome("4711", "asked for")
    with pytest.raises(ans.IncompleteDecisionError):
        ans.erase_outcome(ids[1], " ")
    ans.shutdown()
    assert run("erase", f"{batch}.9", "--because", "asked for").status == 2

    with ans.open(deployed) as history:
        assert history.ledger.size() == before


def test_one_that_was_just_recorded_is_sealed_first(deployed: Path) -> None:
    receipt = ans.outcome(DEPLOYMENT, "application-1", "declined")
    ans.erase_outcome(receipt.id, "a mistake")

    assert receipt.sealed
    assert _faults(deployed) == []


def test_what_was_put_back_is_told_and_not_shown(deployed: Path, ids: list[str]) -> None:
    """From a backup, say; or a crash came between the record and the deletion."""
    ans.shutdown()
    place = deployed.with_name("decisions.db.outcomes")
    shutil.copy(place, place.with_suffix(".copy"))
    ans.configure(ledger=deployed, actor=ANA)
    ans.erase_outcome(ids[4], "asked for")
    ans.shutdown()
    shutil.copy(place.with_suffix(".copy"), place)

    assert _faults(deployed) == [("not-erased", ids[4])]
    with ans.open(deployed) as history:
        assert history.explain(ids[4]).outcome is None
        assert history.outcomes("application-4") == []

    ans.configure(ledger=deployed, actor=ANA)
    ans.erase_outcome(ids[4], "again")
    assert _faults(deployed) == []


def test_an_erasure_hides_no_other_tampering(deployed: Path, ids: list[str]) -> None:
    ans.erase_outcome(ids[4], "asked for")
    ans.shutdown()
    database = sqlite3.connect(f"{deployed}.outcomes")
    with database:
        database.execute("UPDATE outcomes SET leaf = zeroblob(32) WHERE disclosure IS NULL")
    database.close()

    assert _faults(deployed) == [("outcome-altered", ids[4].rpartition(".")[0])]
    with ans.open(deployed) as history:
        assert not history.explain(ids[4]).verified


def test_a_forged_erasure_covers_nothing(deployed: Path, ids: list[str]) -> None:
    ans.shutdown()
    database = sqlite3.connect(f"{deployed}.outcomes")
    with database:
        database.execute(
            "UPDATE outcomes SET disclosure = NULL WHERE instr(disclosure, 'application-4')"
        )
    database.close()
    ans.configure(ledger=deployed, actor=ANA)
    ans.dissent(f"record:{ids[4].rpartition('.')[0]}", "4")
    ans.shutdown()

    assert _faults(deployed) == [("outcome-missing", ids[4])]
    with ans.open(deployed) as history:
        found = history.explain(ids[4])
    assert (found.verified, found.fault) == (False, "it is gone, and no erasure is recorded")


def test_what_is_erased_while_it_is_verified_is_no_fault(
    deployed: Path, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure is recorded after the entries were read, and before the outcomes are."""
    plain, left = Leaves.of, [ids[4], ids[6]]

    def of(self: Leaves, batch: str) -> list[Leaf]:
        if left:
            id = left.pop()
            with monkeypatch.context() as patched:
                patched.setattr(Leaves, "of", plain)
                ans.erase_outcome(id, "asked for")
        return plain(self, batch)

    monkeypatch.setattr(Leaves, "of", of)

    assert _faults(deployed) == []
    assert left == []
