"""Files for others to read: there whole or not at all, and as readable as the user's own."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from answerable.errors import ExportError


def write(path: str | os.PathLike[str], text: str) -> None:
    """Put `text` at `path` as UTF-8, over what is there; raises `ExportError` if it cannot be."""
    target = Path(path)
    # Beside the target, so that the last step is a rename inside one file system.
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        try:
            with beside.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            with suppress(OSError):
                beside.unlink()
    except OSError as error:
        raise ExportError(
            f"cannot write {target}: {error.strerror}",
            hint="name a file in a directory that exists and can be written",
        ) from None
