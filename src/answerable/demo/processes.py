"""Processes that run a module of the demo, and what they said if they fail."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import attrs

from answerable.errors import AnswerableError

_LINES_TOLD = 30


@attrs.frozen
class Started:
    """A process that runs; `doing` says what, for whoever reads of its failure."""

    doing: str
    process: subprocess.Popen[bytes]
    said: IO[bytes]

    def wait(self) -> None:
        """Wait for its end; raises `AnswerableError` with its last words if that is a failure."""
        code = self.process.wait()
        if code != 0:
            self.said.seek(0)
            lines = self.said.read().decode(errors="replace").strip().splitlines()
            told = "\n".join(lines[-_LINES_TOLD:])
            raise AnswerableError(f"{self.doing} ended with exit code {code}:\n{told}")


@contextmanager
def started(
    module: str, doing: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[Started]:
    """Run `python -m answerable.demo.<module>` in `folder`; it does not outlive the block."""
    # -P: what lies in the folder is data, never a module. A file takes any length of words.
    command = [sys.executable, "-P", "-m", f"answerable.demo.{module}"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield Started(doing, process, said)
        finally:
            process.kill()
