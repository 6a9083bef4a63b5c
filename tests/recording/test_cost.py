"""What a call costs while records gather, by the processor time of the thread that calls: other
programs and the disk add nothing to that."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import answerable as ans
from answerable.recording import process

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "decision.py"


def _benchmark() -> Any:
    spec = importlib.util.spec_from_file_location("benchmark_of_decisions", BENCHMARK)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_call_while_records_gather_costs_at_most_two_and_a_half_plain_spans(
    tmp_path: Path, record_testsuite_property: Any
) -> None:
    benchmark = _benchmark()
    before = process.exchange(None)
    try:
        every = benchmark.subjects(tmp_path)
        costs = benchmark.measure({name: every[name] for name in ("grouped", "span")}, 12)
    finally:
        ans.shutdown()
        process.exchange(before)

    ratio = costs["grouped"].processor / costs["span"].processor
    record_testsuite_property("a gathered decision, in plain spans", round(ratio, 2))
    assert ratio <= 2.5
