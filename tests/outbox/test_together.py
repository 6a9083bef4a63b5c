"""Several outboxes: none waits for another's receiver, and together they keep nobody longer than one
would."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from answerable.ledger import Entry, Ledger
from answerable.outbox import Outbox, close_all, flush_all
from answerable.outbox import outbox as module
from answerable.recording import onward
from answerable.recording.onward import Onward


@attrs.define
class Receiver:
    """Says that it was asked, and takes what it is given once it is let."""

    let: threading.Event
    asked: threading.Event = attrs.field(factory=threading.Event)
    taken: list[bytes] = attrs.field(factory=list)

    def send(self, ledger: Ledger, entries: Sequence[Entry]) -> None:  # a `Send`
        self.asked.set()
        assert self.let.wait(60.0)
        self.taken += [entry.envelope for entry in entries]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be busy."""
    monkeypatch.setattr(module, "LAST_SECONDS", 60.0)


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> Iterator[Ledger]:
    found = Ledger.open_or_create(f"sqlite:///{tmp_path / 'ledger.db'}", home)
    found.append(b"a")
    yield found
    found.close()


def pair(ledger: Ledger, home: Path) -> tuple[Receiver, Receiver, list[Outbox]]:
    """Two receivers, the first of which answers once the second has been asked."""
    free = threading.Event()
    free.set()
    second = Receiver(free)
    first = Receiver(second.asked)
    return (
        first,
        second,
        [outbox(ledger, home, each, str(each is first)) for each in (first, second)],
    )


def outbox(ledger: Ledger, home: Path, receiver: Receiver, name: str) -> Outbox:
    return Outbox(ledger=ledger.uri, home=home, receiver=name, sender=lambda: receiver.send)


def test_flushing_several_asks_all_before_it_waits_for_any(ledger: Ledger, home: Path) -> None:
    first, second, outboxes = pair(ledger, home)

    flush_all(outboxes)

    assert (first.taken, second.taken) == ([b"a"], [b"a"])
    close_all(outboxes)


def test_closing_several_asks_all_before_it_waits_for_any(ledger: Ledger, home: Path) -> None:
    first, second, outboxes = pair(ledger, home)
    for each in outboxes:
        each.wake(after=3600.0)

    close_all(outboxes)

    assert (first.taken, second.taken) == ([b"a"], [b"a"])


def test_what_is_closed_as_the_process_ends_shares_one_time(
    ledger: Ledger, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = threading.Event()
    receivers = [Receiver(silent), Receiver(silent)]
    every = [Onward((outbox(ledger, home, r, str(n)),)) for n, r in enumerate(receivers)]
    for each in every:
        each.outboxes[0].wake(after=3600.0)
    monkeypatch.setattr(onward, "_ends", None)
    monkeypatch.setattr(module, "LAST_SECONDS", 0.2)
    try:
        onward.close([every[0]], is_end=True)
        # Were the second to have a time of its own, it would take that: nobody answers.
        monkeypatch.setattr(module, "LAST_SECONDS", 3600.0)
        onward.close([every[1]], is_end=True)
        assert [each.taken for each in receivers] == [[], []]
    finally:
        silent.set()
