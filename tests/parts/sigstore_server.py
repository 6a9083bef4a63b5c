"""A Fulcio and a Rekor over HTTP on loopback, in front of `tests.parts.sigstore`, for the client that signs.

They speak as the real ones do (Fulcio's API v2, Rekor's v1), and believe every token that names somebody.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.parts.sigstore import ANA, ISSUER, Sigstore


@attrs.define
class Served:
    """Where they answer, and what they were asked: paths, and the tokens that were shown."""

    url: str
    authority: Sigstore
    paths: list[str] = attrs.field(factory=list)
    tokens: list[str] = attrs.field(factory=list)
    ahead: timedelta = timedelta()  # of the clock here
    handed: str = ""  # to a workflow that asks for a token


def token(identity: str = ANA, issuer: str = ISSUER, *, lives: float = 300, **more: str) -> str:
    """An identity token (RFC 7519) such as an issuer of OpenID Connect hands out."""
    now = datetime.now(UTC)
    claims = {
        "iss": issuer,
        "sub": identity,
        "aud": "sigstore",
        "iat": now,
        "exp": now + timedelta(seconds=lives),
        **more,
    }
    return jwt.encode(claims, "k" * 32, "HS256")


@contextmanager
def serving(authority: Sigstore) -> Iterator[Served]:
    """Answer until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({"value": served.handed}, 200)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.paths.append(self.path)
            if self.path == "/api/v2/signingCert":
                self._say(self._certificate(asked))
            else:
                self._say(_entered(authority, asked, datetime.now(UTC) + served.ahead))

        def _certificate(self, asked: dict[str, Any]) -> dict[str, Any]:
            shown = self.headers["Authorization"].removeprefix("Bearer ")
            served.tokens.append(shown)
            claims = jwt.decode(shown, options={"verify_signature": False}, audience="sigstore")
            request = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"]))
            workflow = claims.get("job_workflow_ref")
            made = authority.certify(
                f"https://github.com/{workflow}" if workflow else claims["sub"],
                claims["iss"],
                public=request.public_key(),
                at=datetime.now(UTC) + served.ahead,
            )
            chain = made.certificate, authority.ca, authority.root
            pem = [c.public_bytes(serialization.Encoding.PEM).decode() for c in chain]
            return {"signedCertificateEmbeddedSct": {"chain": {"certificates": pem}}}

        def _say(self, answer: dict[str, Any], status: int = 201) -> None:
            told = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is said of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(f"http://127.0.0.1:{server.server_address[1]}", authority)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _entered(authority: Sigstore, asked: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The log's entry, as Rekor answers with it: octets in hex."""
    entry = authority.enter(_plain(asked), at)
    proof = entry["inclusionProof"]
    return {
        "e" * 64: {
            "body": entry["canonicalizedBody"],
            "integratedTime": int(entry["integratedTime"]),
            "logID": _hex(entry["logId"]["keyId"]),
            "logIndex": int(entry["logIndex"]),
            "verification": {
                "inclusionProof": {
                    "checkpoint": proof["checkpoint"]["envelope"],
                    "hashes": [_hex(each) for each in proof["hashes"]],
                    "logIndex": int(proof["logIndex"]),
                    "rootHash": _hex(proof["rootHash"]),
                    "treeSize": int(proof["treeSize"]),
                },
                "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            },
        }
    }


def _plain(asked: Any) -> Any:
    """Without what is null: the log enters what is said."""
    if isinstance(asked, dict):
        return {name: _plain(value) for name, value in asked.items() if value is not None}
    return asked


def _hex(text: str) -> str:
    return base64.b64decode(text).hex()
