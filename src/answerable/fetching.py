"""Files of a published log, from a directory or over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from answerable.errors import LedgerError, NotFoundError

_SECONDS = 30.0
# A bundle of 256 entries of the largest size; nothing else is larger.
_MOST = 256 * (2 + 65_535)


def fetcher(place: str) -> Callable[[str], bytes]:
    """A function that gives the file at a path below `place`, a directory or an http(s) address.
    It raises `NotFoundError` where there is none, `LedgerError` where it cannot be read."""
    if place.startswith(("http://", "https://")):
        return lambda path: _over_http(f"{place.rstrip('/')}/{path}")
    folder = Path(place)
    if not folder.is_dir():
        raise NotFoundError(f"there is no published log at {place}")
    return lambda path: _from_disk(folder / path)


def _from_disk(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"there is no {path}") from None
    except OSError as error:
        raise LedgerError(f"cannot read {path}: {error.strerror}") from None


def _over_http(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310  # http(s) only
            data: bytes = answer.read(_MOST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            raise NotFoundError(f"there is no {url}") from None
        raise LedgerError(f"{url} answered {error.code}") from None
    except (OSError, ValueError) as error:
        raise LedgerError(f"cannot fetch {url}: {error}") from None
    if len(data) > _MOST:
        raise LedgerError(f"{url} is larger than any part of a log")
    return data
