"""What verifying a ledger costs beyond its signatures, as a ratio to these, in one run.

    python benchmarks/verify.py [--entries N] [--rounds N]

The floor is libsodium (PyNaCl) over the same signatures and messages, spread over as many processes as
there are cores, with everything in memory beforehand. Verification begins with the file. The best of
several rounds counts for each. Processor time is that of all processes together: it says the same on a
machine that is busy with other things; the wall's clock also says whether the cores were used.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import resource
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nacl.bindings import crypto_sign_open

import answerable as ans
from answerable.history import verify
from answerable.ledger import Ledger
from answerable.signing.dsse import pae

Job = tuple[bytes, bytes]
_jobs: list[Job] = []


def main() -> None:
    """Measure, and print one line a ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ledger = recorded(Path(folder), told.entries)
        jobs = signatures(ledger)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        floor = best(told.rounds, lambda: signatures_alone(jobs, cores))
        whole = best(told.rounds, lambda: verification(ledger, cores - 1))
        alone = best(told.rounds, lambda: verification(ledger, 0))
        ledger.close()
    each = 1e6 / len(jobs)
    print(f"{told.entries} entries, {len(jobs)} signatures, {cores} cores")
    for name, at in (("processor time", 0), ("wall", 1)):
        print(
            f"verification reaches {floor[at] / whole[at]:.2f} of the signature floor by {name}"
            f" ({whole[at] * each:.0f} µs an entry to {floor[at] * each:.0f} µs; bound 0.8)"
        )
    print(
        f"one process alone: {floor[0] / alone[0]:.2f} of it, in {alone[1] / whole[1]:.2f} x the time"
    )


def recorded(folder: Path, entries: int) -> Ledger:
    """A ledger of that many decisions."""
    uri = f"sqlite:///{folder / 'decisions.db'}"
    ans.configure(
        ledger=uri,
        home=str(folder / "home"),
        team="credit-risk",
        actor="person:analyst@bank.example",
        accountable="role:head-of-credit-risk",
        durability="group",
    )
    for number in range(entries - 1):
        with ans.decide("threshold", "At which score do we decline?") as d:
            d.consider(0.5, because="library default; declines more applicants")
            d.choose(0.62 + number / 1e6, because="false-positive rate below 2% on validation")
    ans.shutdown()
    return Ledger.open(uri, folder / "home")


def signatures(ledger: Ledger) -> list[Job]:
    """Every signature with its message, and the key that it is under."""
    found, keys = [], dict[str, bytes]()
    for entry in ledger.entries():
        envelope: Any = json.loads(entry.envelope)
        payload = b64decode(envelope["payload"])
        predicate = json.loads(payload)["predicate"]
        if predicate["type"] == "delegation":
            names = [each["keyid"] for each in envelope["signatures"]]
            both = (predicate["identity_key"], predicate["session_key"])
            keys |= dict(zip(names, map(bytes.fromhex, both), strict=True))
        message = pae(envelope["payloadType"], payload)
        found += [
            (b64decode(each["sig"]) + message, keys[each["keyid"]])
            for each in envelope["signatures"]
        ]
    return found


def signatures_alone(jobs: list[Job], cores: int) -> tuple[float, float]:
    """Seconds of processor and wall for nothing but the signatures."""
    global _jobs  # noqa: PLW0603  # what the forked processes find in their memory
    _jobs = jobs
    context = multiprocessing.get_context("fork")
    ends = [len(jobs) * share // cores for share in range(cores + 1)]
    everybody = context.Barrier(cores + 1)
    with context.Pool(cores, everybody.wait) as pool:
        everybody.wait()
        start = time.perf_counter()
        spent = pool.starmap(_share, itertools.pairwise(ends), chunksize=1)
        return sum(spent), time.perf_counter() - start


def _share(start: int, end: int) -> float:
    began = time.process_time()
    for signed, public in _jobs[start:end]:
        crypto_sign_open(signed, public)
    return time.process_time() - began


def verification(ledger: Ledger, workers: int) -> tuple[float, float]:
    """The same for the whole of it, with so many processes beside this one."""
    before, start = _spent(), time.perf_counter()
    verdict = verify(ledger, workers=workers)
    assert verdict.holds
    return _spent() - before, time.perf_counter() - start


def _spent() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(each)[:2]) for each in who)


def best(rounds: int, once: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """The least of each."""
    taken = [once() for _ in range(rounds)]
    return min(each[0] for each in taken), min(each[1] for each in taken)


if __name__ == "__main__":
    main()
