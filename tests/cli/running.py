"""The command line in this process: what it printed, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs
import pytest

from answerable.cli import main


@attrs.frozen
class Ran:
    """One command's outcome."""

    status: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        """What `--json` printed: one JSON text and nothing else."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """What a person saw on standard output."""
        return self.out.decode()


Run: TypeAlias = "Callable[..., Ran]"


def running(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """A function that runs `answerable` with the words it is given."""

    def run(*words: str) -> Ran:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capfdbinary.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, said.out, said.err.decode())

    return run
