"""Whoever was given an explanation checks it without the ledger, and finds every change of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from tests.cli.running import Run, running
from tests.outcomes.conftest import BANK, DEPLOYMENT


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def given(run: Run, deployed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the bank wrote to an applicant; nothing else of the bank's is at hand then."""
    ids = [
        ans.outcome(
            *(DEPLOYMENT, f"application-{n}", "declined"),
            elements={"score": 0.41, "debt_ratio": 0.37, "thin_file": True},
            part="decided",
        ).id
        for n in range(5)
    ]
    ans.shutdown()
    file = tmp_path / "explained.json"
    file.write_bytes(run("explain", ids[3], "--ledger", str(deployed), "--json").out)
    monkeypatch.setenv("ANSWERABLE_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path / "..")
    return file


def _vkey(given: Path) -> str:
    return str(json.loads(given.read_text())["proof"]["vkey"])


def test_it_verifies_under_the_logs_key(run: Run, given: Path) -> None:
    found = run("verify", "--outcome", str(given), "--vkey", _vkey(given), "--json")

    assert (found.status, found.json["verdict"], found.json["faults"]) == (
        0,
        "valid-unwitnessed",
        [],
    )
    assert run("verify", "--outcome", str(given)).status == 0


def test_every_change_of_what_is_shown_or_proven_is_found(run: Run, given: Path) -> None:
    whole = json.loads(given.read_text())
    unnoticed, tried = [], 0
    for place, mutant in _changed(whole):
        given.write_text(json.dumps(mutant))
        tried += 1
        if run("verify", "--outcome", str(given), "--vkey", _vkey_of(whole)).status == 0:
            unnoticed.append(place)

    assert tried > 20
    assert unnoticed == []


def test_a_truth_that_is_shown_as_a_number_is_found(run: Run, given: Path) -> None:
    whole = json.loads(given.read_text())
    whole["outcome"]["elements"]["thin_file"] = 1  # which Python holds for equal to True
    given.write_text(json.dumps(whole))

    assert run("verify", "--outcome", str(given), "--vkey", _vkey_of(whole)).status == 1


def test_another_log_s_key_does_not_verify_it(run: Run, given: Path, tmp_path: Path) -> None:
    ans.configure(ledger=tmp_path / "other.db", accountable=BANK)
    ans.choose("threshold", 1, because="other")
    ans.shutdown()
    with ans.open(tmp_path / "other.db") as history:
        other = history.ledger.verifier.vkey()

    found = run("verify", "--outcome", str(given), "--vkey", other, "--json")
    assert (found.status, [f["code"] for f in found.json["faults"]]) == (1, ["proof"])


def test_an_erased_one_still_shows_that_it_was_sealed(
    run: Run, given: Path, deployed: Path, home: Path
) -> None:
    id = json.loads(given.read_text())["id"]
    ans.configure(ledger=deployed, home=home)
    ans.erase_outcome(id, "asked for")
    with ans.open(deployed, home=home) as history:
        from answerable import shapes

        given.write_text(json.dumps(shapes.explanation(history.explain(id))))
    ans.shutdown()

    assert run("verify", "--outcome", str(given)).status == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"proof": 1}', '{"proof": {}}', "null"])
def test_what_is_no_explanation_exits_2(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "f").write_text(text)

    assert run("verify", "--outcome", str(tmp_path / "f"), "--json").status == 2
    assert run("verify", "--outcome", str(tmp_path / "absent")).status == 2


def _vkey_of(whole: Any) -> str:
    return str(whole["proof"]["vkey"])


def _changed(whole: Any) -> Iterator[tuple[str, Any]]:
    """Each value of what is shown of the outcome, and of its proof, made another."""
    roots = (("id",), ("outcome",), ("deployment",), ("accountable",), ("proof",))
    # Told by the proof again, and not what it is checked by.
    left = {("proof", "vkey"), ("proof", "batch", "root"), ("proof", "batch", "size")}
    left |= {("proof", "batch", "leaf")}
    for root in roots:
        for path in _paths(whole[root[0]], root):
            if path in left:
                continue
            mutant = copy.deepcopy(whole)
            holder = mutant
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = _other(holder[path[-1]])
            yield ".".join(map(str, path)), mutant


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    steps = value if isinstance(value, dict) else range(len(value) if type(value) is list else 0)
    for step in steps:
        yield from _paths(value[step], (*path, step))


def _other(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return "another"
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        middle = len(value) // 2
        return value[:middle] + ("b" if value[middle] != "b" else "c") + value[middle + 1 :]
    return None
