"""A time-stamping authority of RFC 3161: `openssl ts` behind an HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import attrs

from tests.parts.require import unavailable

PART: Final = "openssl"
_CONFIGURATION: Final = """\
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ts]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
"""


@attrs.frozen
class Authority:
    """Where it is asked, and the certificate (PEM) of who vouches for it."""

    url: str
    folder: Path

    @property
    def certificate(self) -> str:
        return self.file.read_text()

    @property
    def file(self) -> Path:
        return self.folder / "ca.pem"


@contextmanager
def running_authority(folder: Path) -> Iterator[Authority]:
    """Run it until the block ends, with keys of its own."""
    try:
        subprocess.run(["openssl", "version"], check=True, capture_output=True)
    except OSError:
        unavailable(PART, "no openssl")
    configuration = folder / "openssl.cnf"
    configuration.write_text(_CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")
    for name, subject in (("ca", "/CN=a root"), ("tsa", "/CN=an authority")):
        _openssl(
            folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key"
        )
        request = "req", "-config", "openssl.cnf", "-new", "-key", f"{name}.key", "-subj", subject
        _openssl(folder, *request, "-out", f"{name}.csr")
    signing = "x509", "-req", "-days", "30", "-extfile", "openssl.cnf"
    _openssl(
        folder,
        *signing,
        "-in",
        "ca.csr",
        "-signkey",
        "ca.key",
        "-extensions",
        "ca",
        "-out",
        "ca.pem",
    )
    by = "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extensions", "tsa"
    _openssl(folder, *signing, "-in", "tsa.csr", *by, "-out", "tsa.pem")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:  # one serial number after the other
                (folder / "asked.tsq").write_bytes(asked)
                reply = "ts", "-reply", "-config", "openssl.cnf", "-section", "tsa1"
                _openssl(folder, *reply, "-queryfile", "asked.tsq", "-out", "told.tsr")
                told = (folder / "told.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is said of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Authority(f"http://127.0.0.1:{server.server_address[1]}", folder)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
