"""The project's own files, as git has or would have them."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@lru_cache
def files() -> tuple[Path, ...]:
    """Every file that is tracked or would be; from an archive without git, every file."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        parts = {".venv", "__pycache__", ".git"}
        paths = [p for p in ROOT.rglob("*") if not parts & {*p.relative_to(ROOT).parts}]
    return tuple(sorted(p for p in paths if p.is_file()))


@lru_cache
def texts() -> dict[Path, str]:
    """The text of each file that is text."""
    found = {}
    for path in files():
        try:
            found[path] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found
