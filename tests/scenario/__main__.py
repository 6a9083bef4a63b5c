"""`eval "$(python -m tests.scenario DIR)"`: tell the story in DIR, and say where it is, for a shell."""

from __future__ import annotations

import shlex
import sys
import warnings
from pathlib import Path

from tests.scenario.story import tell

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    with warnings.catch_warnings(action="ignore"):
        story = tell(folder)
    for name, value in story.variables().items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
