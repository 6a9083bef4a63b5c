"""Threads that record durably at once share a commit, and each is acknowledged after it and not before."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable.errors import InvalidValueError, LedgerError
from answerable.ledger import Ledger, Receipt
from answerable.model import Decision
from answerable.recording import process
from answerable.recording.custodian import signing_with
from tests.recording.kept import Kept

THREADS = 7
SECONDS = 60.0


@attrs.define
class Door:
    """An append that waits inside until it is let go on; what it is given is counted."""

    given: list[int] = attrs.field(factory=list)
    inside: threading.Event = attrs.field(factory=threading.Event)
    open: threading.Event = attrs.field(factory=threading.Event)
    before: Callable[[int], None] = lambda _: None
    after: Callable[[int], None] = lambda _: None

    def append_all(self, ledger: Ledger, envelopes: Sequence[bytes]) -> list[Receipt]:
        number = len(self.given)
        self.given.append(len(envelopes))
        self.inside.set()
        assert self.open.wait(SECONDS)
        self.before(number)
        kept = APPEND_ALL(ledger, envelopes)
        self.after(number)
        return kept


APPEND_ALL = Ledger.append_all


@pytest.fixture
def door(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """After the session has begun, so that an append is a record and nothing else."""
    decide("the first")
    made = Door()
    monkeypatch.setattr(Ledger, "append_all", lambda *told: made.append_all(*told))  # noqa: PLW0108  # a method
    yield made
    made.open.set()


def decide(value: Any) -> Decision:
    with ans.decide("threshold") as d:
        d.choose(value)
    return d.record


def in_line() -> int:
    return len(process.custodian()._line._coming)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


@attrs.define
class Crew:
    """Threads that each decide something, and what became of it."""

    done: dict[int, Decision] = attrs.field(factory=dict)
    failed: dict[int, BaseException] = attrs.field(factory=dict)
    threads: list[threading.Thread] = attrs.field(factory=list)

    def begin(self, number: int) -> None:
        def work() -> None:
            try:
                self.done[number] = decide(number)
            except BaseException as error:  # noqa: BLE001  # it is looked at
                self.failed[number] = error

        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()

    def end(self) -> None:
        for thread in self.threads:
            thread.join(SECONDS)
            assert not thread.is_alive()


def waiting_behind(door: Door) -> Crew:
    """One is inside, and all the others wait in the line, in the order of their numbers."""
    crew = Crew()
    crew.begin(0)
    assert door.inside.wait(SECONDS)
    for number in range(1, THREADS + 1):
        crew.begin(number)
        until(lambda number=number: in_line() == number)  # type: ignore[misc]
    return crew


def chosen(kept: Kept) -> list[Any]:
    with ans.open(kept.uri) as history:
        verdict = history.verify()
        assert verdict.faults == ()
        return [r.chosen for r in history.records() if isinstance(r, Decision)]


def test_what_came_while_one_waited_for_the_disk_goes_in_at_once(kept: Kept, door: Door) -> None:
    crew = waiting_behind(door)
    door.open.set()
    crew.end()

    assert door.given == [1, THREADS]
    assert chosen(kept) == ["the first", *range(THREADS + 1)]


def test_nobody_is_told_before_it_is_durable(kept: Kept, door: Door) -> None:
    told: list[int] = []
    crew = waiting_behind(door)
    # After the transaction of all the others, and before anybody hears of it.
    door.after = lambda number: told.append(len(crew.done)) if number else None
    door.open.set()
    crew.end()

    assert told[0] <= 1
    receipts = [each.custody and each.custody.index for each in crew.done.values()]
    assert sorted(receipts) == list(range(2, THREADS + 3))  # type: ignore[type-var]


def test_one_that_cannot_be_signed_is_told_so_and_keeps_nobody_back(
    kept: Kept, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = process.custodian()._line
    sign = line._sign

    def refuse(made: Any) -> list[bytes]:
        if made.given.chosen == 4:
            raise InvalidValueError("too large")
        return sign(made)

    crew = waiting_behind(door)
    monkeypatch.setattr(line, "_sign", refuse)
    door.open.set()
    crew.end()

    assert isinstance(crew.failed.pop(4), InvalidValueError)
    assert crew.failed == {}
    assert door.given == [1, THREADS - 1]
    assert set(chosen(kept)) == {"the first", *range(THREADS + 1)} - {4}


def refused(number: int) -> None:
    if number:
        raise LedgerError("the disk is full")


def test_each_is_told_what_the_ledger_refused(
    kept: Kept, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        process.custodian()._delivery,
        "_settings",
        attrs.evolve(process.custodian().settings, on_failure="raise"),
    )
    door.before = refused
    crew = waiting_behind(door)
    door.open.set()
    crew.end()

    assert door.given == [1, THREADS]
    assert sorted(crew.failed) == [*range(1, THREADS + 1)]
    assert all(isinstance(each, LedgerError) for each in crew.failed.values())
    door.before = lambda _: None
    decide("the last")
    assert chosen(kept) == ["the first", 0, "the last"]


@pytest.mark.filterwarnings("ignore::answerable.recording.receipt.CustodyWarning")
def test_in_an_outage_all_wait_in_the_spool_in_their_order(kept: Kept, door: Door) -> None:
    door.before = refused
    crew = waiting_behind(door)
    door.open.set()
    crew.end()

    assert crew.failed == {}
    assert chosen(kept) == ["the first", 0]
    door.before = lambda _: None
    ans.flush()
    assert chosen(kept) == ["the first", *range(THREADS + 1)]


class Interrupted(BaseException):
    """As a signal would, in the thread that has the lock."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_is_interrupted_takes_nobodys_record_along(
    kept: Kept, door: Door, when: str
) -> None:
    """Neither lost nor there twice, whether or not the ledger had taken them by then."""

    def interrupt(number: int) -> None:
        if number == 1:
            raise Interrupted

    setattr(door, when, interrupt)
    crew = waiting_behind(door)
    door.open.set()
    crew.end()

    (who,) = crew.failed
    assert isinstance(crew.failed[who], Interrupted)
    # With the same bytes, of which the interrupted one's are some.
    assert door.given == [1, THREADS, THREADS]
    decide("the last")
    assert chosen(kept) == ["the first", *range(THREADS + 1), "the last"]


def test_whoever_is_interrupted_while_signing_takes_nobodys_record_along(
    kept: Kept, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, signed = process.custodian()._line, 0
    sign = line._sign

    def interrupted(made: Any) -> list[bytes]:
        nonlocal signed
        signed += 1
        if signed == 4:
            raise Interrupted
        return sign(made)

    crew = waiting_behind(door)
    monkeypatch.setattr(line, "_sign", interrupted)
    door.open.set()
    crew.end()

    assert [type(each) for each in crew.failed.values()] == [Interrupted]
    decide("the last")
    # What was signed by then was never delivered, and is signed anew: by each for itself.
    assert set(chosen(kept)) == {"the first", "the last", *crew.done}
    assert len(chosen(kept)) == 2 + len(crew.done)


def test_whoever_is_interrupted_in_the_line_leaves_it(kept: Kept) -> None:
    line = process.custodian()._line

    class Lock:
        def __enter__(self) -> None:
            raise Interrupted

        def __exit__(self, *_: object) -> None: ...

    real, line._lock = line._lock, Lock()  # type: ignore[assignment]
    with pytest.raises(Interrupted):
        decide("never")
    line._lock = real

    assert in_line() == 0
    decide("the last")
    assert chosen(kept) == ["the last"]


def test_whoever_is_interrupted_as_they_come_leaves_the_line(kept: Kept) -> None:
    line = process.custodian()._line

    class Coming(deque[Any]):
        def append(self, turn: Any) -> None:
            super().append(turn)
            raise Interrupted

    real, line._coming = line._coming, Coming()
    with pytest.raises(Interrupted):
        decide("never")
    assert in_line() == 0
    line._coming = real

    assert not line._here
    decide("the last")
    assert chosen(kept) == ["the last"]


def test_nobody_signs_with_the_key_of_anothers_block(kept: Kept, door: Door) -> None:
    key = Ed25519PrivateKey.generate()
    crew = waiting_behind(door)
    done: list[Decision] = []

    def in_block() -> None:
        with signing_with(key):
            done.append(decide("with another key"))

    other = threading.Thread(target=in_block)
    other.start()
    door.open.set()
    crew.end()
    other.join(SECONDS)

    assert in_line() == 0
    assert sorted(map(str, chosen(kept))) == sorted(
        ["the first", "with another key", *map(str, range(THREADS + 1))]
    )


def test_one_thread_commits_each_by_itself(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Door()
    made.open.set()
    monkeypatch.setattr(Ledger, "append_all", lambda *told: made.append_all(*told))  # noqa: PLW0108  # a method
    for number in range(5):
        decide(number)

    assert made.given == [2, 1, 1, 1, 1]  # the first brings its session's delegation


def test_many_threads_need_fewer_commits_than_they_have_records(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that takes its time."""
    decide("the first")
    given: list[int] = []

    def slow(ledger: Ledger, envelopes: Sequence[bytes]) -> list[Receipt]:
        given.append(len(envelopes))
        time.sleep(0.01)
        return APPEND_ALL(ledger, envelopes)

    monkeypatch.setattr(Ledger, "append_all", slow)
    crew = Crew()

    def work(thread: int) -> None:
        for number in range(10):
            decide(f"{thread}/{number}")

    crew.threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for each in crew.threads:
        each.start()
    crew.end()

    assert sum(given) == 80
    assert len(given) < 80  # how many fewer says the machine; `waiting_behind` says it for certain
    found = chosen(kept)
    for thread in range(8):  # each thread's own are in its own order
        mine = [each for each in found if str(each).startswith(f"{thread}/")]
        assert mine == [f"{thread}/{number}" for number in range(10)]


def test_the_same_on_a_server(postgres_url: str, home: Path) -> None:
    ans.configure(ledger=postgres_url, home=home, actor="analyst@bank.example")
    crew = Crew()
    for number in range(24):
        crew.begin(number)
    crew.end()
    ans.shutdown()

    assert crew.failed == {}
    with ans.open(postgres_url) as history:
        assert history.verify().faults == ()
        found = [r.chosen for r in history.records() if isinstance(r, Decision)]
    assert sorted(found) == [*range(24)]


FORKING = """
import os, signal, sys, threading, warnings

warnings.simplefilter("ignore")
import answerable as ans

ans.configure(ledger=sys.argv[1])
stop, said, moved = threading.Event(), [[] for _ in range(4)], threading.Semaphore(0)


def work(thread):
    while not stop.is_set():
        value = f"{thread}/{len(said[thread])}"
        ans.choose("metric", value)
        said[thread].append(value)
        moved.release()


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
codes = []
for fork in range(6):
    for _ in range(8):
        moved.acquire()
    child = os.fork()
    if not child:
        signal.alarm(60)
        for number in range(3):
            ans.choose("metric", f"child {fork}/{number}")
        ans.shutdown()
        os._exit(0)
    codes.append(os.waitpid(child, 0)[1])
stop.set()
for thread in threads:
    thread.join()
assert codes == [0] * 6, codes
print(*(each for thread in said for each in thread), sep="\\n")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_while_threads_wait_in_the_line_finds_it_at_rest(tmp_path: Path, home: Path) -> None:
    kept = Kept(tmp_path / "decisions.db", home)
    ran = subprocess.run(
        [sys.executable, "-c", FORKING, kept.uri],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    children = [f"child {fork}/{number}" for fork in range(6) for number in range(3)]
    assert sorted(map(str, chosen(kept))) == sorted([*ran.stdout.split("\n")[:-1], *children])


def test_a_signal_in_the_line_or_at_its_head_leaves_a_ledger_that_holds(
    tmp_path: Path, home: Path
) -> None:
    """Again and again, wherever it strikes."""
    kept = Kept(tmp_path / "decisions.db", home)
    ran = subprocess.run(
        [sys.executable, "-c", SIGNALLED, kept.uri],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    told, found = ran.stdout.split("\n")[:-1], [*map(str, chosen(kept))]
    assert len(found) == len(set(found))
    assert set(told) <= set(found)


SIGNALLED = """
import os, random, signal, sys, threading, time, warnings

warnings.simplefilter("ignore")
import answerable as ans

ans.configure(ledger=sys.argv[1])
ans.choose("metric", "begun")
stop, said = threading.Event(), [[] for _ in range(4)]


def work(thread):
    number = 0
    while not stop.is_set():
        value = f"{thread}/{number}"
        number += 1
        ans.choose("metric", value)
        said[thread].append(value)


def disturb():
    dice = random.Random(7)
    while not stop.is_set():
        time.sleep(dice.random() / 50)
        os.kill(os.getpid(), signal.SIGUSR1)


class Struck(KeyboardInterrupt):
    pass


def strike(*_):
    raise Struck


threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
threads.append(threading.Thread(target=disturb))
struck, number, end = 0, 0, time.monotonic() + 6
signal.signal(signal.SIGUSR1, strike)
for thread in threads:
    thread.start()
while True:
    try:
        while time.monotonic() < end:
            value = f"main/{number}"
            number += 1
            ans.choose("metric", value)
            said[3].append(value)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        break
    except Struck:
        struck += 1
stop.set()
for thread in threads:
    thread.join()
assert struck > 5, struck
ans.flush()
ans.shutdown()
print(*(each for thread in said for each in thread), sep="\\n")
"""
