"""Pages whose commands are run as they stand, from top to bottom, and print what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.pages import ROOT


@pytest.mark.parametrize(
    ("page", "count"),
    [("outcomes.md", 2), ("policy.md", 3), ("threat-model.md", 5), ("verifying.md", 7)],
)
def test_every_command_prints_what_the_page_says(tmp_path: Path, page: str, count: int) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    pattern = r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```$"
    blocks = re.findall(pattern, text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == count == text.count("```sh\n")
    marked = "".join(f"{commands}\necho '--- end'\n" for commands, _ in blocks)
    here = Path(sys.executable).parent
    environ = os.environ | {
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "ANSWERABLE_HOME": str(tmp_path / "home"),
        "COLUMNS": "120",
    }
    command = ["bash", "-euo", "pipefail", "-c", marked]

    ran = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    outputs = [" ".join(output.split()) for output in ran.stdout.split("--- end\n")]
    for (_, told), output in zip(blocks, outputs, strict=False):
        for line in told.splitlines():
            assert " ".join(line.split()) in output
