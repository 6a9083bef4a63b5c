"""Outcomes are recorded one by one and sealed in batches; a receipt tells how far it has come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import answerable as ans
from answerable.errors import InvalidReferenceError, InvalidValueError, LedgerError
from answerable.model import Outcome, Outcomes
from answerable.recording.batching import OUTCOMES
from answerable.testing import FixedClock
from tests.outcomes.conftest import BANK, DEPLOYMENT


def _batches(ledger: Path) -> list[Outcomes]:
    with ans.open(ledger) as history:
        return [record for record in history.records() if isinstance(record, Outcomes)]


def test_an_outcome_is_sealed_when_what_waits_is_flushed(ledger: Path) -> None:
    receipt = ans.outcome(DEPLOYMENT, "application-4711", "declined")
    assert (receipt.sealed, receipt.index) == (False, None)

    ans.flush()

    assert receipt.sealed
    (batch,) = _batches(ledger)
    assert (batch.size, batch.deployment, batch.accountable) == (1, DEPLOYMENT, BANK)
    assert batch.custody is not None and batch.custody.verified
    assert batch.custody.index == receipt.index


def test_nobody_need_flush_for_it_to_be_sealed(ledger: Path) -> None:
    receipt = ans.outcome(DEPLOYMENT, "application-1", "granted")
    done = threading.Event()

    while not receipt.sealed:
        assert not done.wait(0.02)


def test_what_fills_a_batch_seals_it_with_one_record(ledger: Path) -> None:
    receipts = [ans.outcome(DEPLOYMENT, f"a{n}", "declined") for n in range(OUTCOMES + 1)]

    assert all(receipt.sealed for receipt in receipts[:OUTCOMES])
    ans.flush()
    assert [batch.size for batch in _batches(ledger)] == [OUTCOMES, 1]


def test_every_field_that_was_said_is_there_again(deployed: Path) -> None:
    receipt = ans.outcome(
        DEPLOYMENT,
        "application-4711",
        {"granted": False, "limit": 0},
        elements={"score": 0.41, "debt ratio": 0.37, "purpose": "home “new”"},
        part="decided",
        model="model:loan-approval@7",
        reviewed_by="bo@bank.example",
    )
    ans.flush()

    with ans.open(deployed) as history:
        found = history.explain(str(receipt)).outcome

    assert found == Outcome(
        id=receipt.id,
        subject="application-4711",
        value={"granted": False, "limit": 0},
        decided_at=found.decided_at if found else None,  # type: ignore[arg-type]
        part="decided",
        elements={"score": 0.41, "debt ratio": 0.37, "purpose": "home “new”"},
        model="model:loan-approval@7",
        reviewed_by="person:bo@bank.example",
    )


def test_batches_are_of_one_deployment_and_of_one_who_answers(ledger: Path) -> None:
    ans.outcome("deployment:a", "a1", 1)
    ans.outcome("deployment:b", "a1", 1)
    ans.outcome("deployment:a", "a2", 1, accountable="org:other.example")
    ans.outcome("deployment:a", "a3", 1, decided_at="2026-01-31T12:00:00Z")
    ans.flush()

    found = {(b.deployment, b.accountable, b.capture, b.size) for b in _batches(ledger)}
    assert found == {
        ("deployment:a", BANK, "explicit", 1),
        ("deployment:b", BANK, "explicit", 1),
        ("deployment:a", "org:other.example", "explicit", 1),
        ("deployment:a", BANK, "backfilled", 1),
    }


@pytest.mark.parametrize(
    "token",
    [
        "ana@bank.example",
        "Ana",
        "Ana Silva",
        "Silva-Ana",
        "person:ana",
        "+49 170 1234567",
        "+491701234567",
        "123-45-6789",
        "1990-02-28",
        "",
        "a" * 128 + "1",
        'a1"',
        "a1\n",
        "é1",
        4711,
        None,
    ],
)
def test_what_may_be_a_person_is_refused_and_not_repeated(ledger: Path, token: object) -> None:
    with pytest.raises(InvalidValueError) as refused:
        ans.outcome(DEPLOYMENT, token, "declined")  # type: ignore[arg-type]

    assert not token or str(token) not in str(refused.value)


@pytest.mark.parametrize(
    "token", ["application-4711", "4711", "a1", "8f14e45fceea167a", "C/2026/7"]
)
def test_a_pseudonym_is_taken(ledger: Path, token: str) -> None:
    ans.outcome(DEPLOYMENT, token, "declined")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"value": float("nan")}, InvalidValueError),
        ({"value": "half of \ud800"}, InvalidValueError),
        ({"value": {"password": "x"}}, InvalidValueError),
        ({"elements": {"api_key": "x"}}, InvalidValueError),
        ({"elements": {"score": float("inf")}}, InvalidValueError),
        ({"elements": {1: 2}}, InvalidValueError),
        ({"elements": ["score"]}, InvalidValueError),
        ({"elements": {"score": 2**53}}, InvalidValueError),
        ({"part": "guessed"}, InvalidValueError),
        ({"model": "seven"}, InvalidReferenceError),
        ({"reviewed_by": "somebody"}, InvalidReferenceError),
        ({"deployment": "prod"}, InvalidReferenceError),
        ({"accountable": ""}, InvalidReferenceError),
        ({"capture": "guessed"}, InvalidValueError),
        ({"decided_at": "yesterday"}, InvalidValueError),
    ],
)
def test_what_cannot_be_recorded_is_refused_at_once_and_again(
    ledger: Path, words: dict[str, object], error: type[Exception]
) -> None:
    given = {"deployment": DEPLOYMENT, "subject": "a1", "value": "declined"} | words
    for _ in range(2):  # what is remembered of the first must not let the second pass
        with pytest.raises(error):
            ans.outcome(**given)  # type: ignore[arg-type]
    ans.flush()
    assert not ledger.exists() or not _batches(ledger)


def test_a_test_that_settles_the_time_settles_that_of_outcomes(ledger: Path) -> None:
    with FixedClock("2026-01-31T12:00:00Z"):
        ans.outcome(DEPLOYMENT, "a1", "declined")
        ans.flush()

    (batch,) = _batches(ledger)
    assert batch.started_at == batch.decided_at
    assert batch.decided_at.isoformat() == "2026-01-31T12:00:00+00:00"


def test_nothing_is_kept_while_recording_is_disabled(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_DISABLED", "1")
    receipt = ans.outcome(DEPLOYMENT, "a1", "declined")
    ans.flush()

    assert not receipt.sealed
    assert not ledger.exists()


def test_threads_lose_nothing_and_share_no_place(ledger: Path) -> None:
    ids: list[str] = []

    def record(name: int) -> None:
        ids.extend(ans.outcome(DEPLOYMENT, f"a{name}-{n}", n).id for n in range(500))

    threads = [threading.Thread(target=record, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ans.flush()

    assert len(set(ids)) == 2000
    assert sum(batch.size for batch in _batches(ledger)) == 2000
    with ans.open(ledger) as history:
        assert history.verify().holds


def test_a_forked_child_leaves_the_parents_outcomes_to_the_parent(ledger: Path) -> None:
    mine = ans.outcome(DEPLOYMENT, "a1", "parent")
    child = os.fork()
    if not child:
        own = ans.outcome(DEPLOYMENT, "a2", "child")
        ans.flush()
        os._exit(0 if own.sealed and not mine.sealed else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    ans.flush()

    assert sorted(batch.size for batch in _batches(ledger)) == [1, 1]
    with ans.open(ledger) as history:
        assert [o.value for s in ("a1", "a2") for o in history.outcomes(s)] == ["parent", "child"]


def test_a_ledger_that_refuses_is_raised_and_what_waits_is_sealed_later(ledger: Path) -> None:
    receipt = ans.outcome(DEPLOYMENT, "a1", "declined")
    place = ledger.with_name("decisions.db.outcomes")
    place.mkdir()
    with pytest.raises(LedgerError):
        ans.flush()
    assert not receipt.sealed

    place.rmdir()
    ans.flush()

    assert receipt.sealed
    assert [batch.size for batch in _batches(ledger)] == [1]


KILLED = """
import os, signal, sys, answerable as ans
ans.configure(ledger=sys.argv[1], accountable="org:bank.example", on_failure="raise")
sealed = []
for n in range(5000):
    sealed.append(ans.outcome("deployment:a", f"a{n}", n))
    if n % 700 == 699:
        ans.flush()
        print(*(each.id for each in sealed if each.sealed), flush=True)
        sealed = []
    if n == 3000:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_said_to_be_sealed_outlives_a_kill_with_a_batch_open(ledger: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(ledger)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    ids = ran.stdout.split()
    assert len(ids) == 2800

    with ans.open(ledger) as history:
        for id in ids[:: len(ids) // 20]:
            assert history.explain(id).verified
        kept = sum(r.size for r in history.records() if isinstance(r, Outcomes))
        assert history.verify().holds
    assert kept >= len(ids)


ENDED = """
import sys, multiprocessing, answerable as ans

def work(number):
    return ans.outcome("deployment:a", f"a{number}", number).id

if __name__ == "__main__":
    ans.configure(ledger=sys.argv[1], accountable="org:bank.example")
    how = sys.argv[2]
    if how == "falls off its end":
        work(1)
    elif how == "raises":
        work(1)
        raise SystemExit(3)
    elif how == "a pool's workers":
        with multiprocessing.get_context(sys.argv[3]).Pool(2) as pool:
            pool.map(work, range(40))
            pool.close()
            pool.join()
"""


@pytest.mark.parametrize(
    ("how", "start", "count"),
    [
        ("falls off its end", "", 1),
        ("raises", "", 1),
        ("a pool's workers", "fork", 40),
    ],
)
def test_however_a_process_ends_its_outcomes_are_sealed(
    ledger: Path, how: str, start: str, count: int
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ENDED, str(ledger), how, start],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (3 if how == "raises" else 0, "")

    assert sum(batch.size for batch in _batches(ledger)) == count
    with ans.open(ledger) as history:
        assert history.verify().holds


def test_outcomes_of_two_processes_at_once_all_lie_in_one_place(ledger: Path) -> None:
    program = (
        "import sys, answerable as ans\n"
        "ans.configure(ledger=sys.argv[1], accountable='org:bank.example')\n"
        "for n in range(1500): ans.outcome('deployment:a', f'{sys.argv[2]}{n}', n)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(ledger), name]) for name in "abc"
    ]
    assert [process.wait() for process in running] == [0, 0, 0]

    assert sum(batch.size for batch in _batches(ledger)) == 4500
    with ans.open(ledger) as history:
        assert history.verify().holds
        assert len(history.outcomes("b1499")) == 1
