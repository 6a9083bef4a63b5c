"""Files that are there whole or not at all, also when the machine loses its power."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from answerable import late


def replace(path: Path, data: bytes, mode: int | None = None) -> None:
    """Put `data` at `path`, over what is there; readable by its owner only, unless `mode` says
    otherwise. Raises OSError."""
    temporary = _beside(path, data)
    try:
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def create(path: Path, data: bytes) -> bool:
    """Put `data` at `path` unless something is there; True if it was put. Raises OSError.

    Of two processes that race, one creates.
    """
    temporary = _beside(path, data)
    try:
        # A link, because a rename would replace what the other process put there.
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def make_folder(path: Path) -> None:
    """Make the directory, and those above it that are missing, for their owner only."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(path.parent)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that `path` stands for, waiting for whoever holds it; a process that ends lets
    go of it. Raises OSError. Where the system has no such locks, nothing is held."""
    try:
        with late.importing:
            import fcntl
    except ImportError:
        yield
        return
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _beside(path: Path, data: bytes) -> Path:
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # there, a directory cannot be opened, and need not be
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
