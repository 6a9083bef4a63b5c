"""Whether anybody is there: asked with the standard library alone, before what is slow to import is.

Format: OTLP over HTTP; a request without any spans is one, and answered as such.
"""

from __future__ import annotations

import http.client
import os
import socket
from contextlib import closing
from urllib.parse import urlsplit

from answerable import urls
from answerable.errors import ExportError

SECONDS = 1.0
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def knock(endpoint: str, seconds: float = SECONDS) -> None:
    """Raises `ExportError` if nothing at the address answers in time, whatever it is. Where the way
    there is through a proxy, nothing is asked."""
    if any(os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES):
        return
    try:
        address, authorization = urls.apart(endpoint)
        parts = urlsplit(address)
        if parts.scheme == "https":
            # Whom to trust is settled elsewhere: here, that somebody takes calls.
            socket.create_connection((parts.hostname, parts.port or 443), timeout=seconds).close()
            return
        headers = {"Content-Type": "application/x-protobuf"}
        if authorization is not None:
            headers["Authorization"] = authorization
        there = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
        with closing(there) as connection:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, b"", headers)
            connection.getresponse()
    except TimeoutError:
        raise ExportError(f"no answer from {urls.shown(endpoint)}: it took too long") from None
    except OSError as error:
        told = error.strerror or type(error).__name__
        raise ExportError(f"no answer from {urls.shown(endpoint)}: {told}") from None
    except (http.client.HTTPException, ValueError) as error:
        told = f"what listens there does not speak HTTP ({type(error).__name__})"
        raise ExportError(f"no answer from {urls.shown(endpoint)}: {told}") from None
