"""docs/recording.md, run as it stands, from top to bottom."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.house.pages import ROOT


def test_every_snippet_of_the_tutorial_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "recording.md").read_text(encoding="utf-8")
    snippets = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(snippets) == 8
    program = tmp_path / "tutorial.py"
    program.write_text("\n".join(snippets), encoding="utf-8")

    spoken_of = "ignore:a decision says too little:UserWarning"  # the page says why
    command = [sys.executable, "-W", "error", "-W", spoken_of, str(program)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    asked = [sys.executable, "-m", "answerable", "log", "--limit", "0"]
    log = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    for choice in ("0.62", "vendor:bureau-score", "roc_auc", "pr_auc", "nobody"):
        assert choice in log.stdout
