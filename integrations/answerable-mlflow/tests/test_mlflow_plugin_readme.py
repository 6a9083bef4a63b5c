"""The README's example does what it says."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

try:
    importlib.metadata.distribution("answerable-mlflow")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("answerable-mlflow is not installed", allow_module_level=True)

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_example_says_what_it_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from answerable.recording import process

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    process.replace(None)
    page = Path(__file__).parents[1] / "README.md"
    (code,) = BLOCK.findall(page.read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    lines = code.splitlines()
    checks = [n for n, line in enumerate(lines) if line.startswith("# ")]
    exec("\n".join(lines[: checks[0] - 1]), names)

    for check in checks:
        assert eval(lines[check - 1], names) == eval(lines[check][2:], names)
