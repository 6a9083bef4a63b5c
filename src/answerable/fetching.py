"""Files of a published log, from a directory or over HTTP; and what is asked of a witness or an authority."""

from __future__ import annotations

import errno
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from answerable import urls
from answerable.errors import LedgerError, NotFoundError

_SECONDS = 30.0
# For the whole of an answer: who sends an octet now and then never lets the other time run out.
_LONGEST = 300.0
# A bundle of 256 entries of the largest size; nothing else is larger.
_MOST = 256 * (2 + 65_535)


def fetcher(place: str) -> Callable[[str], bytes]:
    """A function that gives the file at a path below `place`, a directory or an http(s) address.
    It raises `NotFoundError` where there is none, `LedgerError` where it cannot be read."""
    if place.startswith(("http://", "https://")):
        return lambda path: _over_http(place, path)
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


def _over_http(place: str, path: str) -> bytes:
    where = f"{urls.shown(place).rstrip('/')}/{path}"
    try:
        asked = request(urls.below(place, f"/{path}"))
        with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310  # http(s) only
            data = _body(answer, _MOST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            raise NotFoundError(f"there is no {where}") from None
        raise LedgerError(f"{where} answered {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise LedgerError(f"cannot fetch {where}: {reason(error)}") from None
    if len(data) > _MOST:
        raise LedgerError(f"{where} is larger than any part of a log")
    return data


def post(url: str, sent: bytes, *, most: int, type: str | None = None) -> tuple[int, bytes]:
    """Send `sent`, of that media type, to an http(s) address: the answer's status, and as many octets
    as `most` of its body. Raises `LedgerError` where there is no answer."""
    try:
        asked = request(url)
        asked.data = sent
        if type is not None:
            asked.add_header("Content-Type", type)
        try:
            with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310  # http(s) only
                return answer.status, _body(answer, most)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _body(error, most)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise LedgerError(f"cannot ask {urls.shown(url)}: {reason(error)}") from None


def _body(answer: Any, most: int) -> bytes:
    """As many octets as `most` of it; raises OSError where they take too long."""
    end, found = time.monotonic() + _LONGEST, bytearray()
    while len(found) < most and (part := answer.read1(most - len(found))):
        found += part
        if time.monotonic() > end:
            raise TimeoutError(errno.ETIMEDOUT, f"no end of it within {_LONGEST:.0f} s")
    return bytes(found)


def request(url: str) -> urllib.request.Request:
    """What asks for an http(s) address: user and password in it go into a header, and to nobody to
    whom the answer redirects. Raises `ValueError` for what is no URL."""
    address, authorization = urls.apart(url)
    found = urllib.request.Request(address)  # noqa: S310  # http(s) only, as its callers see to
    if authorization is not None:
        found.add_unredirected_header("Authorization", authorization)
    return found


def reason(error: Exception) -> str:
    """What went wrong, in words that repeat no address: a ValueError's would."""
    below = getattr(error, "reason", error)
    if isinstance(below, OSError):
        return below.strerror or type(below).__name__
    if isinstance(below, http.client.HTTPException):
        return f"what listens there does not speak HTTP ({type(below).__name__})"
    return "it is no address that can be asked"
