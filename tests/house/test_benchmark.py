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
    for told in (
        "durable decision: {} x sign [+] fsync'd append",
        "durable decision: {} x fsync'd append",
        "durable decision: {} x plain span",
        "grouped decision: {} x plain span",
        "disabled: {} µs over the bare call",
        "import answerable: {} ms",
    ):
        assert re.search(told.format(r"-?\d+\.\d+"), ran.stdout), told


def test_the_cost_of_a_page_is_told_with_its_size() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "page.py"), "--records", "100"]

    ran = subprocess.run([*command, "--rounds", "1"], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    for told in ("a page of 100 records: {} MB, {} kB each", "written in {} s, {} x 10"):
        assert re.search(told.format(r"\d+\.\d+", r"\d+\.\d+"), ran.stdout), told
    assert "opened in" in ran.stdout


def test_the_cost_of_an_outcome_is_told_as_ratios_too() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "outcomes.py"), "--rounds", "2"]
    command += ["--small", "64", "--large", "256"]

    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    for told in ("outcome, sealed: {} x plain span", "explain: {} x with 256 outcomes against 64"):
        assert re.search(told.format(r"\d+\.\d+"), ran.stdout), told
