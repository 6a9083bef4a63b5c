"""Addresses over HTTP: what is one, and how it is named where others read it.

A user, a password and a token in the query are for the request alone.
"""

from __future__ import annotations

import base64
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit, urlunsplit

from answerable.errors import UsageError

_SCHEMES = frozenset({"http", "https"})
_TRACES = "/v1/traces"


def base(url: str, hint: str) -> str:
    """The URL without a slash at its path's end; raises `UsageError` if it is none of HTTP."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in _SCHEMES and parts.hostname and parts.port != 0
    except ValueError:
        # Not the error's own words: it repeats what it could not read.
        raise UsageError(f"not a URL: {shown(url)}", hint=hint) from None
    if not sound:
        raise UsageError(f"not an HTTP URL: {shown(url)}", hint=hint)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/"), fragment=""))


def below(url: str, path: str) -> str:
    """The address of what lies at `path` (with a slash before it) below the URL, whose query stays
    at its end."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path, fragment=""))


def of_traces(url: str, hint: str) -> str:
    """Where a receiver of OTLP over HTTP takes traces, for its base URL or this very one; raises as
    `base`."""
    found = base(url, hint)
    return found if urlsplit(found).path.endswith(_TRACES) else below(found, _TRACES)


def apart(url: str) -> tuple[str, str | None]:
    """The URL without user and password, and the `Authorization` header (RFC 7617) that says them;
    None where there are none. Raises `ValueError` for what is no URL."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    said = b":".join(unquote_to_bytes(part) for part in user.partition(":")[::2])
    address = urlunsplit(parts._replace(netloc=host))
    return address, f"Basic {base64.b64encode(said).decode()}"


def shown(url: str) -> str:
    """The URL without what must not be repeated: user, password, query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # It cannot be taken apart, so only what surely is no secret is left of it.
        return f"{url.partition('://')[0]}://…" if "://" in url else "…"
    if not parts.netloc:
        # `user:password@host` without a scheme: what stands before the last @ may be a password.
        rest = parts.path.rpartition("@")[2]
        return urlunsplit(SplitResult(parts.scheme if rest == parts.path else "", "", rest, "", ""))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
