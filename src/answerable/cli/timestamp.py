"""`answerable timestamp`: an authority's word that the log was there at a time."""

from __future__ import annotations

from pathlib import Path

import click

from answerable.cli import options
from answerable.errors import ConfigurationError


@click.group("timestamp")
def command() -> None:
    """Have checkpoints stamped by an authority of RFC 3161."""


@command.command("ask")
@click.argument("url")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="PEM of an authority, from elsewhere than it; default: those of the policy in force.",
)
@options.common
def ask(ledger: str | None, as_json: bool, url: str, certificate: tuple[Path, ...]) -> None:
    """Have the newest checkpoint stamped by the authority at URL, and keep note and token.

    `verify` uses the tokens of the authorities that the policy names in [timestamps]. Others verify
    one with `openssl ts -verify -data NOTE -in TOKEN -CAfile PEM`.
    """
    import answerable
    from answerable import configuration, statement
    from answerable.ledger.timestamps import address, keep_stamp, post, stamp

    where = address(url)
    with answerable.open(ledger) as history:
        policy = history.policy()
        trusted = policy.authorities if policy is not None else ()
        if certificate:
            trusted = tuple(_pem(path) for path in certificate)
        found = stamp(history.ledger, lambda sent: post(where, sent), trusted)
        origin = history.ledger.origin
    note, token = keep_stamp(configuration.here().home, origin, found)
    shape = {
        "origin": origin,
        "size": found.checkpoint.size,
        "time": statement.timestamp(found.time),
        "verified": bool(trusted),
        "note": str(note),
        "token": str(token),
    }
    if as_json:
        options.say_json(shape)
        return
    click.echo(f"{shape['size']} entries of {origin} were there at {shape['time']}")
    if not trusted:
        click.echo("not verified: neither the policy nor --certificate names an authority")
    click.echo(f"note   {note}")
    click.echo(f"token  {token}")


def _pem(path: Path) -> str:
    from cryptography import x509

    try:
        text = path.read_text()
        x509.load_pem_x509_certificate(text.encode())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} is no certificate in PEM: {error}") from None
    return text
