"""Where in the code a record is made, and at which commit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from inspect import unwrap
from pathlib import Path
from types import FrameType
from typing import Any

import attrs

from answerable import late
from answerable.model import Source

_OWN = str(Path(__file__).parents[1]) + os.sep
# The demo is a user of this package like any other.
_DEMO = _OWN + "demo" + os.sep
_STANDARD = str(Path(os.__file__).parent) + os.sep
_INSTALLED = tuple(_STANDARD + name + os.sep for name in ("site-packages", "dist-packages"))


@attrs.frozen
class Site:
    """A place in the code, its file as the interpreter names it."""

    function: str | None
    file: str | None
    line: int | None

    def source(self, folder: Path) -> Source:
        """The place as it is recorded: the file relative to `folder`, and the commit there."""
        if self.file is None and self.function is None:
            return Source()  # no code said it
        root = str(folder)
        commit, dirty = commit_of(root)
        file = _relative(self.file, root) if self.file else None
        return Source(function=self.function, file=file, line=self.line, commit=commit, dirty=dirty)


_outside: ContextVar[bool] = ContextVar("answerable_outside_code", default=False)


@contextmanager
def outside_code() -> Iterator[None]:
    """For a block, what is recorded was said by a person to a tool: no line of code said it."""
    token = _outside.set(True)
    try:
        yield
    finally:
        _outside.reset(token)


def of_caller(otherwise: Callable[..., Any] | None = None) -> Site:
    """The nearest frame of neither this package nor the standard library, through which threads
    and event loops call; if there is none, where `otherwise` is defined."""
    if _outside.get():
        return Site(None, None, None)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not _is_passed_over(code.co_filename):
            return Site(code.co_qualname, code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return of_function(otherwise) if otherwise is not None else Site(None, None, None)


def of_function(function: Callable[..., Any]) -> Site:
    """Where a function is defined: there its defaults stand too."""
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__qualname__", type(function).__qualname__)
    called: Any = function
    if isinstance(function, type):
        called = vars(function).get("__init__")
    elif not hasattr(function, "__code__"):
        called = getattr(type(function), "__call__", None)  # noqa: B004  # not whether, but where
    code = getattr(unwrap(called) if callable(called) else None, "__code__", None)
    return Site(name, code.co_filename, code.co_firstlineno) if code else Site(name, None, None)


def locals_of_caller() -> Mapping[str, Any]:
    """The local names where a function is being decorated: its annotations may use them."""
    frame = next((f for f in _frames() if not _is_own(f.f_code.co_filename)), None)
    return frame.f_locals if frame is not None else {}


def is_being_defined(cls: type) -> bool:
    """True while nobody can have the class yet but the decorator that is given it: nothing goes by
    its name, where it is made or in its module."""
    if any(value is cls for value in locals_of_caller().values()):
        return False
    found: Any = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not cls


def stack_level() -> int:
    """For `warnings.warn` in the function that calls this: how far up the user's own line is."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and _is_passed_over(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    return level if frame is not None else 1


@lru_cache(maxsize=16)
def commit_of(folder: str) -> tuple[str | None, bool | None]:
    """The commit checked out in `folder` and whether the tree differs from it, as of the first
    record: what the process runs was loaded about then. (None, None) without git or a commit."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None, None
    changed = _git(folder, "status", "--porcelain")
    return commit, None if changed is None else bool(changed)


def _git(folder: str, *words: str) -> str | None:
    with late.importing:
        import subprocess

    # Neither may asking take the index's lock from the user, nor start a program of the tree's.
    command = ["git", "-C", folder, "--no-optional-locks", "-c", "core.fsmonitor=false", *words]
    try:
        told = subprocess.run(command, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.stdout.decode("utf-8", "replace").strip() if told.returncode == 0 else None


def _frames() -> Iterator[FrameType]:
    """The frames of the function that asks, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


@lru_cache(maxsize=4096)
def _is_passed_over(file: str) -> bool:
    standard = file.startswith(_STANDARD) and not file.startswith(_INSTALLED)
    return standard or file.startswith("<frozen ") or _is_own(file)


def _is_own(file: str) -> bool:
    return file.startswith(_OWN) and not file.startswith(_DEMO)


@lru_cache(maxsize=4096)
def _relative(file: str, folder: str) -> str:
    path = Path(file)
    inside = path.is_absolute() and path.is_relative_to(folder)
    # Outside the project only the name is kept: a record should not tell how a machine is laid.
    told = path.relative_to(folder).as_posix() if inside else path.name
    # A file name that is not text in this system's encoding is still recorded, as far as it is.
    return told.encode("utf-8", "replace").decode()
