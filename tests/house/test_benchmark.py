"""The benchmark runs, and says what it should; its figures are nobody's business here."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

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


def test_the_cost_of_verifying_is_told_as_a_share_of_the_signature_floor() -> None:
    said = ran_by("verify.py", "--entries", "60", "--rounds", "1")

    for by in ("processor time", "wall"):
        assert re.search(rf"reaches \d\.\d\d of the signature floor by {by} \(\d+ µs", said)


def test_what_a_large_ledger_costs_is_told_as_ratios_to_a_small_one() -> None:
    said = ran_by("ledger.py", "--small", "50", "--large", "600", "--calls", "20")

    for name in ("append", "prove"):
        assert re.search(rf"{name} at 600: \d+\.\d\d x that at 50 ", said)
    # 620 entries of before fill two tiles and begin a third; the next thousand end in the seventh.
    assert "publish after 1,000 more: 11 tiles written" in said


def ran_by(name: str, *options: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / name), *options]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_what_mlflow_costs_beside_the_ledger_is_told_as_ratios() -> None:
    pytest.importorskip("mlflow")
    said = ran_by("mlflow_history.py", "--decisions", "100", "--records", "200", "--rounds", "1")

    assert re.search(r"export of 100 decisions: \d+\.\d+ x log_spans \(bound 1\.30; ", said)
    faster = (
        r"one decider's 2 decisions among 200: History is {0} x faster than MLflow, and {0} x in"
    )
    assert re.search(faster.format(r"\d+\.\d"), said)
