"""docs/mlflow.md does what it says: each block is run, and prints what stands below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import answerable
from answerable.exporters.mlflow import tags
from answerable.exporters.mlflow.shaping import show
from tests.exporters.mlflow_records import Emitter, envelope

PAGE = Path(__file__).parents[2] / "docs" / "mlflow.md"
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    yield tmp_path
    answerable.shutdown()


@pytest.mark.usefixtures("place")
def test_every_block_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = BLOCKS.findall(PAGE.read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    compared = 0
    for (language, code), (following, told) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "python":
            exec(compile(code, PAGE.name, "exec"), names)
            printed = capsys.readouterr().out
            assert printed == (told if following == "text" else "")
            compared += following == "text"
    assert compared == 11


def test_the_table_names_every_tag() -> None:
    emitter = Emitter()
    emitter.decision(step="a-step", within="a-decision", run="a-run")
    emitter.approval()
    written = {name for record in emitter.records for name in show(envelope(record), 1).tags}
    table = re.findall(r"^\| (`answerable.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {name for cell in table for name in re.findall(r"`(.*?)`", cell)}

    assert told == written | {tags.CUT}
