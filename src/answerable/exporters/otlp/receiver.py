"""The receiver at the other end: reached, asked again when it is busy, its answer read.

Format: OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/, section OTLP/HTTP).
"""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from answerable.errors import ExportError, MissingExtraError, UsageError

try:
    import requests
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing

TRIES: Final = 3
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_TRANSIENT: Final = frozenset({429, 502, 503, 504})
_PROTOBUF: Final = "application/x-protobuf"
_HINT: Final = "give the base URL of OTLP over HTTP, for a Jaeger here http://localhost:4318"


def endpoint(url: str) -> str:
    """Where traces are sent, for a base URL or this very one; raises `UsageError`."""
    parts = urlsplit(base(url, _HINT))
    path = parts.path if parts.path.endswith("/v1/traces") else parts.path + "/v1/traces"
    return urlunsplit(parts._replace(path=path))


def base(url: str, hint: str) -> str:
    """The URL without a slash at its path's end; raises `UsageError` if it is none of HTTP."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError as error:
        raise UsageError(f"not a URL: {error}", hint=hint) from None
    if not sound:
        raise UsageError(f"not an HTTP URL: {shown(url)}", hint=hint)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/"), fragment=""))


def shown(url: str) -> str:
    """The URL without what must not be repeated in a message: user, password, query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def post(
    session: requests.Session, endpoint: str, body: bytes, timeout: float
) -> ExportTraceServiceResponse:
    """Send one request, again where the receiver may only be busy, and read its answer."""
    return _read(ask(session, "POST", endpoint, body, timeout=timeout, hint=_HINT), endpoint)


def ask(
    session: requests.Session,
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    timeout: float,
    hint: str,
) -> requests.Response:
    """The answer to a request that may be repeated, whatever its status; asked again where the
    server may only be busy. Raises `ExportError` if there is none."""
    tries = 0
    while True:
        tries += 1
        pause = _FIRST_PAUSE * tries
        try:
            answer = session.request(
                method,
                url,
                data=body,
                headers={"Content-Type": _PROTOBUF} if body is not None else None,
                timeout=timeout,
                allow_redirects=False,  # a POST that is redirected turns into a GET
                proxies=_proxies(url),
            )
        except (requests.ConnectionError, requests.Timeout) as error:
            if tries == TRIES:
                raise ExportError(
                    f"no answer from {shown(url)}: {_reason(error)}", hint=hint
                ) from None
        except requests.RequestException as error:
            raise ExportError(f"cannot send to {shown(url)}: {_reason(error)}", hint=hint) from None
        else:
            if answer.status_code not in _TRANSIENT or tries == TRIES:
                return answer
            asked = answer.headers.get("Retry-After", "")
            pause = max(pause, float(asked) if asked.isdecimal() else 0)
        time.sleep(min(pause, _LONGEST_PAUSE))


def _read(answer: requests.Response, endpoint: str) -> ExportTraceServiceResponse:
    where, status = shown(endpoint), f"{answer.status_code} {answer.reason}"
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    if answer.status_code in {401, 403}:
        raise ExportError(
            f"{where} answered {status}", hint="pass a session= that carries the credentials"
        )
    if answer.status_code != 200:
        told = " ".join(answer.text.split())[:200] if kind == "text/plain" else ""
        raise ExportError(f"{where} answered {status}" + (f": {told}" if told else ""), hint=_HINT)
    try:
        if kind == _PROTOBUF or not answer.content:
            found = ExportTraceServiceResponse()
            found.ParseFromString(answer.content)
            return found
    except DecodeError:
        kind += ", but cannot be read"
    raise ExportError(f"{where} answered, but not as OTLP: {kind or 'no content type'}", hint=_HINT)


def _proxies(endpoint: str) -> dict[str, str]:
    # No proxy leads to this machine's own loopback, whatever the environment says.
    host = urlsplit(endpoint).hostname or ""
    return {"no_proxy": host} if host in {"localhost", "127.0.0.1", "::1"} else {}


def _reason(error: BaseException) -> str:
    """What is at the bottom of it: requests wraps the socket's error three times over."""
    if isinstance(error, requests.Timeout):
        return "it took too long"
    below: BaseException = error
    while True:
        if isinstance(below, OSError) and below.strerror:
            return below.strerror
        if below.__context__ is None:
            return f"what listens there does not speak HTTP/1.1 ({type(below).__name__})"
        below = below.__context__
