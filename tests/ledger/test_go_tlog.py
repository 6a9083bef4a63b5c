"""Go's golang.org/x/mod/sumdb/{note,tlog} agree: note, root and every proof of inclusion."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from answerable.ledger import Ledger, publish

SOURCE = Path(__file__).parent / "go"
Check = Callable[[dict[str, Any]], str]


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("go"):
        pytest.skip("there is no Go here")
    # What the caller works in must not steer this build.
    environment = os.environ | {"GOWORK": "off", "GOFLAGS": "-mod=readonly"}
    binary = tmp_path_factory.mktemp("go") / "tlogcheck"
    built = subprocess.run(
        ["go", "build", "-o", str(binary), "."],
        cwd=SOURCE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"Go could not build the check: {built.stderr.strip()[-300:]}")
    return binary


@pytest.fixture(scope="module")
def check(binary: Path) -> Check:
    def run(log: dict[str, Any]) -> str:
        told = subprocess.run(
            [binary], input=json.dumps(log), capture_output=True, text=True, check=False
        )
        return told.stdout.strip()

    return run


@pytest.mark.parametrize("size", [1, 2, 7, 8, 23])
def test_go_agrees_with_the_log(check: Check, tmp_path: Path, home: Path, size: int) -> None:
    assert check(_log(tmp_path, home, size)) == "holds"


def test_go_finds_what_was_changed(check: Check, tmp_path: Path, home: Path) -> None:
    log = _log(tmp_path, home, 7)

    exchanged = log | {"Entries": [log["Entries"][1], log["Entries"][0], *log["Entries"][2:]]}
    assert "the checkpoint signs" in check(exchanged)
    moved = log | {"Proofs": [log["Proofs"][1], log["Proofs"][0], *log["Proofs"][2:]]}
    assert "entry 0: invalid transparency proof" in check(moved)
    unsigned = log | {
        "Note": base64.b64encode(base64.b64decode(log["Note"])[:-9] + b"AAAAAAA=\n").decode()
    }
    assert "signature" in check(unsigned)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_go_agrees_with_the_published_tiles(
    binary: Path, tmp_path: Path, home: Path, size: int
) -> None:
    """Every entry of every bundle, by a proof made and checked from the tiles alone."""
    ledger = Ledger.open_or_create(str(tmp_path / "a.db"), home)
    for start in (0, size // 2):  # in two goes, so that tiles have grown
        ledger.append_all([b"entry %d" % n for n in range(start, size)][: size - start])
        publish(ledger, tmp_path / "log")
    command = [str(binary), str(tmp_path / "log"), ledger.verifier.vkey()]
    ledger.close()

    def told() -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    assert told() == "holds"
    for path in (tmp_path / "log" / "tile").rglob("*"):
        if path.is_file() and (path.parent.name == "0" or "entries" in path.parts):
            path.write_bytes(path.read_bytes()[:-1] + b"!")
            break
    assert told() != "holds"


def _log(folder: Path, home: Path, size: int) -> dict[str, Any]:
    ledger = Ledger.open_or_create(str(folder / "a.db"), home)
    entries = [b"entry %d" % n for n in range(size)]
    for data in entries:
        ledger.append(data)
    log = {
        "Vkey": ledger.verifier.vkey(),
        "Note": _text(ledger.checkpoint()),
        "Entries": [_text(data) for data in entries],
        "Proofs": [[_text(step) for step in ledger.inclusion(n, size)] for n in range(size)],
    }
    ledger.close()
    return log


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
