"""A receiver that is out of reach for a whole run costs the pipeline next to nothing."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from tests.house.pages import ROOT


def _loaded() -> Any:
    # By its path: other packages have modules of benchmarks too.
    spec = spec_from_file_location("outage", ROOT / "benchmarks" / "outage.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["outage"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


outage = _loaded()
WORK = 1.0  # seconds
ROUNDS = 6


def test_the_pipeline_spends_no_more_than_a_tenth_on_it() -> None:
    """In processor time, the background's included: the least of some rounds, since what else runs
    here only ever adds."""
    least: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, cost in outage.measure(1, WORK).items():
            least[name] = min(least.get(name, cost.processor), cost.processor)
        if max(least["refusing"], least["silent"]) <= outage.BOUND * least["none"]:
            return
    raise AssertionError(least)


def test_the_benchmark_tells_it_as_ratios() -> None:
    costs = {
        "none": outage.Cost(2.0, 4.0),
        "refusing": outage.Cost(2.1, 4.0),
        "silent": outage.Cost(2.2, 5.0),
    }

    assert list(outage.report(costs)) == [
        "a receiver that is refusing: 1.05 x in processor time, 1.00 x until it ends (bound 1.1)",
        "a receiver that is silent: 1.10 x in processor time, 1.25 x until it ends (bound 1.1)",
    ]


def test_what_the_benchmark_runs_goes_well_without_and_with_a_receiver() -> None:
    with outage.closed() as refusing, outage.deaf() as silent:
        for receiver in (None, refusing, silent):
            assert outage.run(1, receiver).processor > 0
