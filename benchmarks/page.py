"""What a page costs: to write, and to open in a real browser.

    python benchmarks/page.py [--records N] [--rounds N]

Method: the page of a trace of N records, a third of them with something missing, and of a tenth of
them, in the same run. Writing is this process's processor time; opening is that of the page's own
process in Chromium, from its start until the page is painted, so that other work on the machine
does not count. Each is the best of the rounds. Without Chromium only writing is measured.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from answerable.exporters import html
from answerable.lineage import AccountabilityTrace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the tests' parts
from tests.parts import chromium
from tests.parts.large import large


def main() -> None:
    """Measure, and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in report(Path(folder), asked.records, asked.rounds):
            print(line)


def report(folder: Path, records: int, rounds: int) -> Iterator[str]:
    """One line a figure."""
    places = {count: folder / f"{count}.html" for count in (records, max(records // 10, 10))}
    written = {
        count: min(_writing(large(count), place) for _ in range(rounds))
        for count, place in places.items()
    }
    few = min(places)
    size = places[records].stat().st_size
    yield f"a page of {records:,} records: {size / 1e6:.1f} MB, {size / records / 1e3:.1f} kB each"
    yield f"written in {written[records]:.2f} s, {written[records] / written[few]:.1f} x {few:,}"
    if not any(map(shutil.which, chromium.NAMES)):
        yield "opened in: no Chromium here"
        return
    with chromium.running_chromium() as browser:
        opened = {
            count: min(chromium.opening(browser, place) for _ in range(rounds))
            for count, place in places.items()
        }
    yield f"opened in {opened[records]:.2f} s, {opened[records] / opened[few]:.1f} x {few:,}"


def _writing(trace: AccountabilityTrace, place: Path) -> float:
    began = time.process_time()
    html.write(trace, place)
    return time.process_time() - began


if __name__ == "__main__":
    main()
