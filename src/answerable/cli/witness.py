"""`answerable witness`: cosign the checkpoints of others' logs, and have one's own cosigned."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import click

from answerable.cli import options
from answerable.errors import ConfigurationError, LedgerError, UsageError

if TYPE_CHECKING:
    from answerable.ledger import Witness

_SECONDS = 30.0
# An answer is one line, or a few words.
_MOST = 16_384


@click.group("witness")
def command() -> None:
    """A witness cosigns a log's checkpoints as long as each continues the one before."""


@command.command("serve")
@click.option(
    "--name", required=True, help="The witness's name in its key, e.g. witness.example.org."
)
@click.option(
    "--vkey", "vkeys", multiple=True, required=True, help="The key of a log to follow; repeatable."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8747, show_default=True, help="0 for any that is free.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What it has cosigned (SQLite); by default under ANSWERABLE_HOME.",
)
def serve(name: str, vkeys: tuple[str, ...], host: str, port: int, state: Path | None) -> None:
    """Answer POST /add-checkpoint (C2SP tlog-witness) until it is interrupted.

    Its key is made on first use. A witness that the log's own operator runs is not independent.
    """
    from answerable import configuration, durable
    from answerable.ledger import Cosigner, LogVerifier, Witness
    from answerable.ledger.cosignature import named
    from answerable.signing import Keyring

    if not named(name):
        raise UsageError(f"not the name of a key: {name!r}", hint="no space and no + in it")
    home = configuration.here().home
    signer = Cosigner(name, Keyring(home).witness_key(name))
    logs: dict[str, LogVerifier] = {}
    for log in map(LogVerifier.from_vkey, vkeys):
        if logs.setdefault(log.origin, log) != log:
            raise UsageError(f"two keys for one log: {log.origin}")
    # By its key: another witness under the same home stands elsewhere.
    file = state or home / "witness" / f"{signer.verifier.mark.hex()}.db"
    try:
        durable.make_folder(file.parent)
    except OSError as error:
        raise ConfigurationError(f"cannot keep a state in {file}: {error.strerror}") from None
    witness = Witness(file, signer, logs, lambda: int(time.time()))
    try:
        server = serving(witness, host, port)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host}, port {port}: {error}") from None
    with server:
        click.echo(f"http://{host}:{server.server_address[1]}")
        click.echo(f"vkey  {signer.verifier.vkey()}")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    witness.close()


@command.command("ask")
@click.argument("url")
@click.option("--vkey", required=True, help="The witness's key, from elsewhere than the witness.")
@options.common
def ask(ledger: str | None, as_json: bool, url: str, vkey: str) -> None:
    """Have the newest checkpoint cosigned by the witness at URL, and keep it.

    What is kept is a receipt for `verify --since`.
    """
    import answerable
    from answerable import configuration, statement
    from answerable.ledger import WitnessVerifier, cosign, keep_cosigned

    witness = WitnessVerifier.from_vkey(vkey)
    with answerable.open(ledger) as history:
        found = cosign(history.ledger, lambda sent: _post(url, sent), witness)
        origin = history.ledger.origin
    path = keep_cosigned(configuration.here().home, origin, witness, found.note)
    when = statement.timestamp(datetime.fromtimestamp(found.time, UTC))
    if as_json:
        shape = {"origin": origin, "size": found.size, "witness": witness.name}
        options.say_json({**shape, "cosigned_at": when, "note": str(path)})
    else:
        click.echo(f"{witness.name} cosigned {found.size} entries of {origin} at {when}")
        click.echo(f"note  {path}")


def serving(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server that listens and answers for the witness; raises OSError."""
    from answerable.ledger.witness import MAX_REQUEST, Answer

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            self.request.settimeout(_SECONDS)
            super().setup()

        def do_POST(self) -> None:
            answer = self._answer()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _answer(self) -> Answer:
            if self.path != "/add-checkpoint":
                return Answer(404, b"POST /add-checkpoint is all there is\n")
            told = self.headers.get("Content-Length", "")
            if not (told.isascii() and told.isdigit()):
                return Answer(411, b"how long the request is must be said\n")
            if len(told) > 9 or int(told) > MAX_REQUEST:
                return Answer(413, b"no request is that long\n")
            try:
                return witness.add_checkpoint(self.rfile.read(int(told)))
            except LedgerError:
                return Answer(500, b"the witness cannot keep what it sees\n")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is said of requests."""

    return ThreadingHTTPServer((host, port), Handler)


def _post(url: str, sent: bytes) -> tuple[int, bytes]:
    """Send a request to a witness; its answer's status and body. Raises `LedgerError`."""
    from answerable import fetching, urls

    hint = "a witness has an address such as https://witness.example.org"
    address = urls.below(urls.base(url, hint), "/add-checkpoint")
    return fetching.post(address, sent, most=_MOST)
