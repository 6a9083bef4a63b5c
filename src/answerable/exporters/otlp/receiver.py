"""The receiver at the other end: reached, asked again when it is busy, its answer read.

Format: OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/, section OTLP/HTTP).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import attrs

from answerable import urls
from answerable.errors import ExportError, MissingExtraError

try:
    import requests

    # Its types are a package of its own, which may be there and is not asked for.
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing

TRIES: Final = 3
MOST: Final = 1024 * 1024  # an answer to traces is some bytes, or the page of a proxy
_CHUNK: Final = 64 * 1024
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_TRANSIENT: Final = frozenset({429, 502, 503, 504})
_OF_THE_REQUEST: Final = frozenset({400, 413, 422})
_PROTOBUF: Final = "application/x-protobuf"
_HINT: Final = "give the base URL of OTLP over HTTP, for a Jaeger here http://localhost:4318"


def endpoint(url: str) -> str:
    """Where traces are sent, for a base URL or this very one; raises `UsageError`."""
    return urls.of_traces(url, _HINT)


class RefusedError(ExportError):
    """The receiver is there, and will not have these spans, however often they are sent."""

    code = "refused"


@attrs.frozen(kw_only=True)
class Answer:
    """What came back. `kind` is its content type, `headers` have lower-case names."""

    status_code: int
    reason: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()


def post(
    session: requests.Session, endpoint: str, body: bytes, timeout: float, *, tries: int = TRIES
) -> ExportTraceServiceResponse:
    """Send one request, again where the receiver may only be busy, and read its answer."""
    answer = ask(session, "POST", endpoint, body, timeout=timeout, hint=_HINT, tries=tries)
    return _read(answer, endpoint)


def knock(session: requests.Session, endpoint: str, timeout: float) -> None:
    """Whether anybody is there to take traces: a request without any, which OTLP allows. Raises as
    `post` does."""
    post(session, endpoint, b"", timeout, tries=1)


def ask(
    session: requests.Session,
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    timeout: float,
    hint: str,
    tries: int = TRIES,
    most: int = MOST,
) -> Answer:
    """The answer to a request that may be repeated, whatever its status; asked again where the
    server may only be busy. Raises `ExportError` if there is none, or one of more than `most`
    bytes."""
    made = 0
    while True:
        made += 1
        pause = _FIRST_PAUSE * made
        try:
            with session.request(
                method,
                url,
                data=body,
                headers={"Content-Type": _PROTOBUF} if body is not None else None,
                timeout=timeout,
                allow_redirects=False,  # a POST that is redirected turns into a GET
                proxies=_proxies(url),
                stream=True,  # whoever answers says how much, and may never end
            ) as response:
                answer = _whole(response, most, url)
        except (requests.ConnectionError, requests.Timeout) as error:
            if made == tries:
                raise ExportError(
                    f"no answer from {urls.shown(url)}: {_reason(error)}", hint=hint
                ) from None
        except requests.RequestException as error:
            raise ExportError(
                f"cannot send to {urls.shown(url)}: {_reason(error)}", hint=hint
            ) from None
        else:
            if answer.status_code not in _TRANSIENT or made == tries:
                return answer
            asked = answer.headers.get("retry-after", "")
            pause = max(pause, float(asked) if asked.isdecimal() else 0)
        time.sleep(min(pause, _LONGEST_PAUSE))


def _whole(response: requests.Response, most: int, url: str) -> Answer:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > most:
            raise ExportError(f"{urls.shown(url)} answered with more than {most:,} bytes")
    return Answer(
        status_code=response.status_code,
        reason=response.reason or "",
        headers={name.lower(): value for name, value in response.headers.items()},
        content=bytes(content),
    )


def _read(answer: Answer, endpoint: str) -> ExportTraceServiceResponse:
    where, status = urls.shown(endpoint), f"{answer.status_code} {answer.reason}"
    kind = answer.kind
    if answer.status_code in {401, 403}:
        raise ExportError(
            f"{where} answered {status}", hint="pass a session= that carries the credentials"
        )
    if answer.status_code in _OF_THE_REQUEST:
        raise RefusedError(f"{where} answered {status}{_told(answer)}", hint=_HINT)
    if answer.status_code != 200:
        raise ExportError(f"{where} answered {status}{_told(answer)}", hint=_HINT)
    try:
        if kind == _PROTOBUF or not answer.content:
            found = ExportTraceServiceResponse()
            found.ParseFromString(answer.content)
            return found
    except DecodeError:
        kind += ", but cannot be read"
    raise ExportError(f"{where} answered, but not as OTLP: {kind or 'no content type'}", hint=_HINT)


def _told(answer: Answer) -> str:
    text = answer.content.decode("utf-8", "replace") if answer.kind == "text/plain" else ""
    told = " ".join(text.split())[:200]
    return f": {told}" if told else ""


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
