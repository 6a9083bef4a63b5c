"""A trace that was sent, put into Jaeger's archive: there it stays when Jaeger drops the rest.

Format: Jaeger's query service, `POST /api/archive/{trace_id}` and `GET /api/v3/traces/{trace_id}`.
"""

from __future__ import annotations

import json
import time
from typing import Final

from answerable import urls
from answerable.errors import ExportError, MalformedError, MissingExtraError
from answerable.exporters import otlp_copy
from answerable.exporters.otlp import receiver
from answerable.exporters.otlp.sending import Exported

try:
    import requests
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing

_MOST: Final = 256 * 1024 * 1024  # of a trace
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_HINT: Final = "give the address of Jaeger's page, for a Jaeger here http://localhost:16686"
_CONFIGURE: Final = "name a storage in Jaeger's extensions.jaeger_query.storage.traces_archive"
_LATER: Final = "it is kept as soon as it is all there: run the same command again"


def address(url: str) -> str:
    """The query address alone, without a slash at its end; raises `UsageError` if it is no HTTP URL."""
    return urls.base(url, _HINT).partition("?")[0]


def archive(
    sent: Exported,
    url: str,
    *,
    timeout: float = 10.0,
    session: requests.Session | None = None,
) -> None:
    """Have the Jaeger whose query address is `url` archive what was sent; again is harmless.

    Jaeger stores what it takes a little later, and would archive the half that it has: so it is
    asked until it shows all of it, for at most `timeout` seconds, which is also the limit of each
    request. Raises `ExportError` when some was rejected, Jaeger does not get to show it, has no
    archive, refuses, or cannot be reached, and `UsageError` for what is no URL.
    """
    place = address(url)
    if sent.rejected:
        raise ExportError(f"not archived: {sent.rejected} of {sent.spans} spans were rejected")
    sender = session or requests.Session()
    try:
        _wait_for(sender, place, sent, timeout)
        _archive(sender, place, sent.trace_id, timeout)
    finally:
        if session is None:
            sender.close()


def _wait_for(session: requests.Session, place: str, sent: Exported, timeout: float) -> None:
    end = time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while (shown := _shown(session, place, sent.trace_id, timeout)) < sent.spans:
        if time.monotonic() + pause > end:
            told = f"Jaeger at {urls.shown(place)} shows {shown} of its {sent.spans} spans"
            raise ExportError(f"not archived: {told} after {timeout:g} s", hint=_LATER)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _shown(session: requests.Session, place: str, trace_id: str, timeout: float) -> int:
    """How many of its spans Jaeger shows by now, each counted once."""
    url = f"{place}/api/v3/traces/{trace_id}"
    answer = receiver.ask(session, "GET", url, timeout=timeout, hint=_HINT, most=_MOST)
    if answer.status_code == 404 and _told(answer, "error"):
        return 0
    if answer.status_code != 200:
        raise _refused(answer, place, _told(answer, "error"))
    try:
        return len({span.span_id for span in otlp_copy.from_document(answer.content)})
    except MalformedError:
        raise _refused(answer, place, "not a trace") from None


def _archive(session: requests.Session, place: str, trace_id: str, timeout: float) -> None:
    url = f"{place}/api/archive/{trace_id}"
    answer = receiver.ask(session, "POST", url, timeout=timeout, hint=_HINT)
    told = _told(answer, "errors")
    if "not configured" in told:
        where = urls.shown(place)
        raise ExportError(f"not archived: Jaeger at {where} has no archive", hint=_CONFIGURE)
    # Another server may answer 200 with a page of its own: Jaeger answers in JSON.
    if answer.status_code != 200 or told or not _is_jaegers(answer):
        raise _refused(answer, place, told)


def _refused(answer: receiver.Answer, place: str, told: str) -> ExportError:
    said = f"{urls.shown(place)} answered {answer.status_code} {answer.reason}"
    if answer.status_code in {401, 403}:
        hint = "pass a session= that carries the credentials"
    else:
        hint = _HINT
    return ExportError(f"not archived: {said}" + (f": {told}" if told else ""), hint=hint)


def _is_jaegers(answer: receiver.Answer) -> bool:
    try:
        return "errors" in json.loads(answer.content)
    except (ValueError, TypeError, RecursionError):
        return False


def _told(answer: receiver.Answer, member: str) -> str:
    """What Jaeger says is wrong, in a line; "" where that is nothing, or not Jaeger's."""
    try:
        found = json.loads(answer.content)[member]
        errors = found if isinstance(found, list) else [found]
        texts = [str(error.get("msg") or error.get("message") or "") for error in errors]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return " ".join("; ".join(texts).split())[:200]
