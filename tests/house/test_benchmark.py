"""The benchmark runs, and says what it should; its figures are nobody's business here."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.house.pages import ROOT


def test_the_cost_of_a_decision_is_told_as_ratios_to_a_span_and_an_append() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "decision.py"), "--rounds", "2"]

    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    for baseline in ("plain span", "fsync'd append", "sign + fsync'd append"):
        found = re.search(rf"(\d+\.\d\d) x {re.escape(baseline)} \(", ran.stdout)
        assert found is not None
        assert float(found[1]) > 0
