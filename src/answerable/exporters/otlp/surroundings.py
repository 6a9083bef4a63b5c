"""Where OpenTelemetry's own variables say that traces go, and how.

Format: OpenTelemetry specification, "OpenTelemetry Protocol Exporter": those of traces before those of
all signals; the endpoint of all signals is a base URL, that of traces is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import attrs

from answerable import urls
from answerable.errors import MissingExtraError

try:
    import requests
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing

_DEFAULT: Final = "http://localhost:4318"
_HINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT is a base URL of OTLP over HTTP"


@attrs.frozen(kw_only=True)
class Surroundings:
    """An endpoint, and what a request to it carries. `verify` is a file of certificates that are
    trusted, or the usual ones; `certificate` the client's own, with its key."""

    endpoint: str
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    verify: str | bool = True
    certificate: str | tuple[str, str] | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Surroundings:
        """What the variables say; raises `UsageError` for an endpoint that is no URL of HTTP."""

        def told(name: str) -> str:
            of_traces = environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}", "").strip()
            return of_traces or environ.get(f"OTEL_EXPORTER_OTLP_{name}", "").strip()

        own = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "").strip()
        key, client = told("CLIENT_KEY"), told("CLIENT_CERTIFICATE")
        return cls(
            endpoint=urls.base(own, _HINT)
            if own
            else urls.below(urls.base(told("ENDPOINT") or _DEFAULT, _HINT), "/v1/traces"),
            headers=_headers(told("HEADERS")),
            verify=told("CERTIFICATE") or True,
            certificate=(client, key) if client and key else client or None,
        )

    def session(self) -> requests.Session:
        """One that carries all of it."""
        found = requests.Session()
        found.headers.update(self.headers)
        found.verify, found.cert = self.verify, self.certificate
        return found


def _headers(told: str) -> dict[str, str]:
    """`name=value,name=value`, each percent-encoded; what is no pair is left out."""
    pairs = (part.partition("=") for part in told.split(","))
    return {
        unquote(name).strip().lower(): unquote(value).strip()
        for name, equals, value in pairs
        if equals and name.strip()
    }
