"""Whether what one does with a ledger costs more when it is large, as ratios in one run.

    python benchmarks/ledger.py [--small N] [--large N] [--calls N]

Two ledgers are filled with envelopes of 600 octets. Then, at each: one durable append at a time, and
the proof of one entry at a time, at places spread over the log. Processor time a call, the median; the
disk's own time is the same for both. Last, the large log is published, grows by 1,000, and is published
again: what is written then is counted. `--large 1000000` takes some minutes.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from answerable.ledger import Ledger, publish
from answerable.ledger.tiles import grown

BATCH = 10_000
MORE = 1_000


def main() -> None:
    """Measure, and print one line a ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=200)
    told = parser.parse_args()
    costs: dict[int, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (told.small, told.large):
            ledger = filled(Path(folder) / str(size), size)
            costs[size] = (
                cost(told.calls, lambda _: ledger.append(os.urandom(600))),  # noqa: B023  # called before the loop goes on
                cost(told.calls, lambda at: proof(ledger, at, told.calls)),  # noqa: B023  # called before the loop goes on
            )
            if size != told.large:
                ledger.close()
        for name, at in (("append", 0), ("prove", 1)):
            small, large = costs[told.small][at], costs[told.large][at]
            print(
                f"{name} at {told.large:,}: {large / small:.2f} x that at {told.small:,}"
                f" ({large * 1e6:.0f} µs to {small * 1e6:.0f} µs; bound 1.5)"
            )
        print(published(ledger, Path(folder) / "public"))
        ledger.close()


def filled(folder: Path, size: int) -> Ledger:
    """A ledger of that many entries."""
    folder.mkdir()
    ledger = Ledger.open_or_create(str(folder / "a.db"), folder / "home")
    numbers = iter(range(size))
    while batch := [b"%b%d" % (bytes(590), n) for n in itertools.islice(numbers, BATCH)]:
        ledger.append_all(batch)
    return ledger


def cost(calls: int, call: Callable[[int], object]) -> float:
    """Seconds of processor a call: the median."""

    def taken() -> Iterator[float]:
        for number in range(calls):
            start = time.process_time()
            call(number)
            yield time.process_time() - start

    return statistics.median(taken())


def proof(ledger: Ledger, number: int, calls: int) -> list[bytes]:
    """As `answerable prove` does for an entry: the tip is checked, and the path read."""
    size = ledger.present().size
    return ledger.inclusion(size * number // calls, size)


def published(ledger: Ledger, folder: Path) -> str:
    """How much of the log is written anew when it has grown."""
    first = publish(ledger, folder)
    ledger.append_all([os.urandom(600) for _ in range(MORE)])
    again = publish(ledger, folder)
    new = len([*grown(first.size, again.size)])
    assert again.written == new + 2, "nothing but new tiles, the key and the checkpoint"
    return (
        f"publish after {MORE:,} more: {new} tiles written"
        f" ({first.written - 2:,} for the {first.size:,} before)"
    )


if __name__ == "__main__":
    main()
