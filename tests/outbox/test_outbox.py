"""What the ledger has reaches a receiver: in the background, in order, once, and after an outage."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable.errors import ExportError
from answerable.ledger import Entry, Ledger
from answerable.outbox import Cursor, ExportWarning, Outbox
from answerable.outbox import outbox as module

RECEIVER = "test http://receiver.example.org"


@attrs.define
class Receiver:
    """Takes entries, or refuses, or does not answer until it is let go."""

    taken: list[bytes] = attrs.field(factory=list)
    refusals: int = 0
    asked: int = 0
    silent: threading.Event | None = None

    def send(self, ledger: Ledger, entries: Sequence[Entry]) -> None:
        self.asked += 1
        if self.silent is not None:
            self.silent.wait(60.0)
            raise ExportError("no answer: it took too long")
        if self.refusals:
            self.refusals -= 1
            raise ExportError("it refuses", hint="start it")
        self.taken += [entry.envelope for entry in entries]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be busy."""
    monkeypatch.setattr(module, "LAST_SECONDS", 60.0)


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> Iterator[Ledger]:
    found = Ledger.open_or_create(f"sqlite:///{tmp_path / 'ledger.db'}", home)
    yield found
    found.close()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def outbox(ledger: Ledger, home: Path, receiver: Receiver) -> Iterator[Outbox]:
    found = _outbox(ledger, home, receiver)
    yield found
    if receiver.silent:
        receiver.silent.set()
    receiver.silent, receiver.refusals = None, 0
    found.close()


def _outbox(ledger: Ledger, home: Path, receiver: Receiver, **more: Any) -> Outbox:
    return Outbox(
        ledger=ledger.uri, home=home, receiver=RECEIVER, sender=lambda: receiver.send, **more
    )


def _append(ledger: Ledger, *texts: str) -> list[bytes]:
    data = [text.encode() for text in texts]
    ledger.append_all(data)
    return data


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20.0
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_is_appended_is_sent_when_it_is_woken(
    ledger: Ledger, outbox: Outbox, receiver: Receiver
) -> None:
    appended = _append(ledger, "a", "b")
    outbox.wake()

    _until(lambda: receiver.taken == appended)


def test_all_of_it_is_sent_in_order_and_once_however_often_it_is_woken(
    ledger: Ledger, home: Path, receiver: Receiver
) -> None:
    outbox = _outbox(ledger, home, receiver, batch=7)
    appended = []
    for n in range(100):
        appended += _append(ledger, str(n))
        outbox.wake()
    outbox.close()

    assert receiver.taken == appended


def test_what_comes_close_together_goes_together(
    ledger: Ledger, outbox: Outbox, receiver: Receiver
) -> None:
    for n in range(20):
        _append(ledger, str(n))
        outbox.wake()
    outbox.flush()

    assert len(receiver.taken) == 20
    assert receiver.asked < 10


def test_waking_waits_for_nobody(ledger: Ledger, outbox: Outbox, receiver: Receiver) -> None:
    receiver.silent = threading.Event()
    _append(ledger, "a")
    outbox.wake()
    _until(lambda: receiver.asked == 1)

    began = time.thread_time()
    for _ in range(10_000):
        outbox.wake()

    assert time.thread_time() - began < 1.0
    assert receiver.asked == 1


def test_a_later_process_goes_on_where_the_one_before_left_off(
    ledger: Ledger, home: Path, receiver: Receiver
) -> None:
    first = _append(ledger, "a", "b")
    before = _outbox(ledger, home, receiver)
    before.wake()
    before.close()
    second = _append(ledger, "c")
    assert receiver.taken == first

    after = _outbox(ledger, home, receiver)
    after.wake()
    after.close()

    assert receiver.taken == first + second


class TestAnOutage:
    def test_is_warned_of_once_and_what_it_missed_is_sent_when_it_is_over(
        self,
        ledger: Ledger,
        outbox: Outbox,
        receiver: Receiver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(module, "_SHORTEST_PAUSE", 0.01)
        receiver.refusals = 4
        appended = _append(ledger, "a", "b")

        outbox.wake()
        with pytest.warns(ExportWarning, match=r"it refuses \(start it\)") as warned:
            _until(lambda: receiver.taken == appended)

        assert len(warned) == 1

    def test_is_no_error_where_warnings_are(
        self, ledger: Ledger, outbox: Outbox, receiver: Receiver, caplog: pytest.LogCaptureFixture
    ) -> None:
        receiver.refusals = 1
        appended = _append(ledger, "a")

        assert not outbox.flush()
        assert outbox.flush()

        assert receiver.taken == appended
        assert "it refuses" in caplog.text

    def test_is_not_asked_again_at_every_record(
        self,
        ledger: Ledger,
        outbox: Outbox,
        receiver: Receiver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(module, "_SHORTEST_PAUSE", 60.0)
        receiver.refusals = 1000
        _append(ledger, "a")
        outbox.flush()
        asked = receiver.asked
        for n in range(200):
            _append(ledger, str(n))
            outbox.wake()

        assert receiver.asked == asked

    def test_that_ends_with_the_process_is_caught_up_by_the_next(
        self, ledger: Ledger, home: Path, receiver: Receiver
    ) -> None:
        receiver.refusals = 1000
        appended = _append(ledger, "a", "b")
        before = _outbox(ledger, home, receiver)
        before.wake()
        before.close()
        assert receiver.taken == []
        receiver.refusals = 0

        after = _outbox(ledger, home, receiver)
        after.wake()
        after.close()

        assert receiver.taken == appended

    def test_of_one_who_keeps_silent_ends_no_later_than_it_was_bounded(
        self, ledger: Ledger, outbox: Outbox, receiver: Receiver
    ) -> None:
        receiver.silent = threading.Event()
        _append(ledger, "a")
        outbox.wake()
        _until(lambda: receiver.asked == 1)

        began = time.monotonic()
        outbox.close(0.2)

        assert time.monotonic() - began < 10.0  # the machine's; not the receiver's sixty

    def test_of_one_who_was_slow_to_fail_is_not_waited_for_at_the_end(
        self,
        ledger: Ledger,
        outbox: Outbox,
        receiver: Receiver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(module, "_SLOW_SECONDS", -1.0)
        receiver.refusals = 1000
        _append(ledger, "a")
        outbox.flush()

        asked = receiver.asked
        outbox.close()

        assert receiver.asked == asked


def test_a_fault_of_the_sender_stops_nothing(
    ledger: Ledger, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken: list[int] = []

    def send(_: Ledger, entries: Sequence[Entry]) -> None:
        if not taken:
            taken.append(0)
            raise KeyError("rubbish")
        taken.append(len(entries))

    outbox = Outbox(ledger=ledger.uri, home=home, receiver=RECEIVER, sender=lambda: send)
    _append(ledger, "a")
    assert not outbox.flush()
    assert outbox.flush()
    outbox.close()

    assert taken == [0, 1]
    assert "KeyError" in caplog.text


def test_a_ledger_that_is_not_there_yet_is_no_outage(tmp_path: Path, home: Path) -> None:
    outbox = Outbox(
        ledger=f"sqlite:///{tmp_path / 'absent.db'}",
        home=home,
        receiver=RECEIVER,
        sender=lambda: pytest.fail("nothing is to be sent"),
    )
    assert outbox.flush()
    outbox.close()


class TestTheCursor:
    def test_is_each_receivers_own(self, ledger: Ledger, home: Path, receiver: Receiver) -> None:
        appended = _append(ledger, "a")
        for name in ("one", "one", "another"):
            outbox = Outbox(
                ledger=ledger.uri, home=home, receiver=name, sender=lambda: receiver.send
            )
            outbox.flush()
            outbox.close()

        assert receiver.taken == appended * 2

    def test_names_no_receiver_on_the_disk(
        self, ledger: Ledger, home: Path, receiver: Receiver
    ) -> None:
        _append(ledger, "a")
        outbox = Outbox(
            ledger=ledger.uri, home=home, receiver="http://u:tok3n@x", sender=lambda: receiver.send
        )
        outbox.flush()
        outbox.close()

        kept = [p for p in (home / "outbox").rglob("*") if p.is_file()]
        assert kept
        assert not any(b"tok3n" in p.read_bytes() or "tok3n" in str(p) for p in kept)

    @pytest.mark.parametrize(
        "data", [b"", b"null", b"[1]", b'{"next": -1}', b'{"next": "1"}', b'{"next": 99}', b"\xff"]
    )
    def test_that_is_damaged_begins_anew(
        self, ledger: Ledger, home: Path, receiver: Receiver, data: bytes
    ) -> None:
        appended = _append(ledger, "a")
        cursor = Cursor.of(home, ledger.origin, RECEIVER)
        cursor.folder.mkdir(parents=True)
        (cursor.folder / "cursor.json").write_bytes(data)

        outbox = _outbox(ledger, home, receiver)
        outbox.flush()
        outbox.close()

        assert receiver.taken == appended

    def test_of_another_history_is_not_believed(self, ledger: Ledger, home: Path) -> None:
        """A ledger that was put back to an older copy and went on: its entries are other ones."""
        _append(ledger, "a", "b")
        cursor = Cursor.of(home, ledger.origin, RECEIVER)
        first, second = ledger.entries()

        cursor.write(second)
        assert cursor.read(ledger) == 2
        cursor.write(attrs.evolve(second, leaf=first.leaf))
        assert cursor.read(ledger) == 0

    def test_where_nothing_can_be_written_costs_only_sending_again(
        self, ledger: Ledger, home: Path, receiver: Receiver
    ) -> None:
        appended = _append(ledger, "a")
        (home / "outbox").write_text("not a directory")

        for _ in range(2):
            outbox = _outbox(ledger, home, receiver)
            assert outbox.flush()
            outbox.close()

        assert receiver.taken == appended * 2


def test_of_several_one_sends_at_a_time(ledger: Ledger, home: Path) -> None:
    inside, most = [0], [0]
    taken: list[bytes] = []

    def send(_: Ledger, entries: Sequence[Entry]) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.001)
        taken.extend(entry.envelope for entry in entries)
        inside[0] -= 1

    boxes = [
        Outbox(ledger=ledger.uri, home=home, receiver=RECEIVER, sender=lambda: send, batch=3)
        for _ in range(4)
    ]
    appended = []
    for n in range(40):
        appended += _append(ledger, str(n))
        boxes[n % 4].wake()
    for box in boxes:
        box.close()

    assert most == [1]
    assert taken == appended


def test_it_holds_a_batch_and_no_more(ledger: Ledger, home: Path, receiver: Receiver) -> None:
    sizes = []

    def send(_: Ledger, entries: Sequence[Entry]) -> None:
        sizes.append(len(entries))

    _append(ledger, *map(str, range(1000)))
    outbox = Outbox(ledger=ledger.uri, home=home, receiver=RECEIVER, sender=lambda: send)
    outbox.flush()
    outbox.close()

    assert sum(sizes) == 1000
    assert max(sizes) == module.BATCH


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
class TestAFork:
    def test_leaves_the_child_to_send_what_is_woken_there(
        self, ledger: Ledger, outbox: Outbox, receiver: Receiver, tmp_path: Path
    ) -> None:
        _append(ledger, "a")
        outbox.flush()
        child = os.fork()
        if not child:
            status = 1
            try:
                own = Ledger.open_or_create(ledger.uri, tmp_path / "home")
                _append(own, "b")
                receiver.taken.clear()
                status = 0 if outbox.flush() and receiver.taken == [b"b"] else 2
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0

    def test_while_it_works_finds_it_at_rest(
        self, ledger: Ledger, outbox: Outbox, tmp_path: Path
    ) -> None:
        """Else the child would now and then wait for a lock of SQLite's that nobody holds."""
        for n in range(50):
            _append(ledger, str(n))
            outbox.wake()
            outbox._due_at = 0.0
            child = os.fork()
            if not child:
                status = 1
                try:
                    Ledger.open(ledger.uri, tmp_path / "home").close()
                    status = 0
                finally:
                    os._exit(status)
            assert os.waitpid(child, 0)[1] == 0

    def test_that_outlives_its_parent_holds_no_lock(
        self, ledger: Ledger, home: Path, receiver: Receiver
    ) -> None:
        cursor = Cursor.of(home, ledger.origin, RECEIVER)
        with cursor.alone() as alone:
            assert alone
            read, write = os.pipe()
            child = os.fork()
            if not child:
                os.close(write)
                os.read(read, 1)  # until the parent is gone, or lets go
                os._exit(0)
        try:
            with cursor.alone() as again:
                assert again
        finally:
            os.close(write)
            os.waitpid(child, 0)


PROGRAM = """
import sys, threading
from pathlib import Path
from answerable.ledger import Ledger
from answerable.outbox import Outbox

def send(ledger, entries):
    threading.Event().wait()  # for ever

outbox = Outbox(ledger=sys.argv[1], home=Path(sys.argv[2]), receiver="r", sender=lambda: send)
outbox.wake()
outbox.close(0.5)
print("ended")
"""


def test_an_interpreter_ends_though_the_receiver_never_answers(ledger: Ledger, home: Path) -> None:
    _append(ledger, "a")

    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, ledger.uri, str(home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "ended\n", "")
