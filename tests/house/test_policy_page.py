"""docs/policy.md, run as it stands, from top to bottom."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.pages import ROOT


def test_every_command_of_the_page_prints_what_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    marked = "".join(f"{commands}\necho '--- end'\n" for commands, _ in blocks)
    here = Path(sys.executable).parent
    environ = os.environ | {
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "ANSWERABLE_HOME": str(tmp_path / "home"),
    }
    command = ["bash", "-euo", "pipefail", "-c", marked]

    ran = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    outputs = ran.stdout.split("--- end\n")
    for (_, told), output in zip(blocks, outputs, strict=False):
        for line in told.splitlines():
            assert line in output
