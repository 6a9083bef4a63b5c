"""`answerable keys`: who signs here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs
import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from answerable.cli import options


@attrs.frozen(kw_only=True)
class _Key:
    """A public key in hex, or a Sigstore identity's name; whose it is, and in which role."""

    role: str
    principal: str
    spelled: str

    def shape(self) -> dict[str, Any]:
        from answerable.signing import key_id, sigstore
        from answerable.signing.ssh import public_line

        if sigstore.is_name(self.spelled):
            named = {"key_id": self.spelled, "role": self.role, "principal": self.principal}
            return named | dict.fromkeys(("fingerprint", "vkey", "ssh", "pem"))
        public = bytes.fromhex(self.spelled)
        return {
            "key_id": key_id(public),
            "role": self.role,
            "principal": self.principal,
            "fingerprint": key_id(public),
            "vkey": self._vkey(public),
            "ssh": public_line(public),
            "pem": _pem(public),
        }

    def _vkey(self, public: bytes) -> str | None:
        from answerable.ledger import LogVerifier, WitnessVerifier

        if self.role == "witness":
            return WitnessVerifier(self.principal, public).vkey()
        return LogVerifier(self.principal, public).vkey() if self.role == "log" else None


def _pem(public: bytes) -> str | None:
    """None of a key on a FIDO token: PEM has no place for its application."""
    if len(public) != 32:
        return None
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@click.group("keys")
def command() -> None:
    """The keys that sign for people here and for the logs made here, and a ledger's own."""


@command.command("init")
@click.option("--actor", metavar="ACTOR", help="Whose key; by default who acts here.")
@options.json
def init(as_json: bool, actor: str | None) -> None:
    """Make an identity key, unless there is one."""
    from answerable import configuration, identity
    from answerable.signing import Keyring
    from answerable.signing.identities import spelled

    settings = configuration.settle({"actor": actor}, os.environ, Path.cwd())
    principal = identity.resolve(settings.actor, os.environ, settings.folder).id
    own = spelled(Keyring(settings.home).identity(principal))
    made = _Key(role="identity", principal=principal, spelled=own).shape()
    if as_json:
        options.say_json(made)
    else:
        click.echo(f"{made['key_id']}  {principal}")


@command.command("use")
@click.argument("address")
@click.option("--actor", metavar="ACTOR", help="Whose key; by default who acts here.")
@click.option(
    "--public",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its public half in PEM, where ADDRESS is a signer URI.",
)
@click.option(
    "--trust-config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Of a Sigstore other than the public one: its roots, and where it signs.",
)
@options.json
def use(
    as_json: bool, address: str, actor: str | None, public: Path | None, trust_config: Path | None
) -> None:
    """Sign with a key that is kept elsewhere: ssh:~/.ssh/id_ed25519 (with .pub: through the agent), or
    a signer URI of securesystemslib (file2:, hv:, …; pip install 'answerable[kms]'); or as whom Sigstore
    certifies: sigstore:https://ISSUER#IDENTITY (pip install 'answerable[sigstore]')."""
    from answerable import configuration, identity
    from answerable.errors import UsageError
    from answerable.signing import Keyring, sigstore
    from answerable.signing.outside import OutsideKey

    settings = configuration.settle({"actor": actor}, os.environ, Path.cwd())
    principal = identity.resolve(settings.actor, os.environ, settings.folder).id
    if sigstore.is_name(address):
        # It does not sign now: each signature is an entry in a log that others read.
        sigstore.begin(address, settings.home, trust_config)
        Keyring(settings.home).use(principal, address, None)
        made = _Key(role="identity", principal=principal, spelled=address).shape()
    elif trust_config is not None:
        raise UsageError("--trust-config is of a Sigstore", hint="sigstore:https://ISSUER#IDENTITY")
    else:
        key = OutsideKey.at(address, public)
        key.sign(b"answerable keys use")  # what never signs is found out now, not in a pipeline
        Keyring(settings.home).use(principal, address, key.public)
        made = _Key(role="identity", principal=principal, spelled=key.public.hex()).shape()
    if as_json:
        options.say_json(made)
    else:
        click.echo(f"{made['key_id']}  {principal}")


@command.command("list")
@options.common
def list_(ledger: str | None, as_json: bool) -> None:
    """List the keys: people's identities, logs, witnesses, and the sessions that a ledger
    introduces."""
    found = _shapes(ledger)
    if as_json:
        options.say_json(found)
        return
    for key in found:
        click.echo(f"{key['role']:<8}  {key['key_id']}  {key['principal']}")


@command.command("show")
@click.argument("key_id")
@click.option("--pem", is_flag=True, help="The public key alone, in PEM.")
@options.common
def show(ledger: str | None, as_json: bool, key_id: str, pem: bool) -> None:
    """Show one key's public half."""
    from answerable.errors import NotFoundError

    found = next((key for key in _shapes(ledger) if key["key_id"] == key_id), None)
    if found is None:
        raise NotFoundError(f"no key {key_id} here", hint="`answerable keys list` lists them")
    if pem:
        if found["pem"] is None:
            what = "is no key" if found["ssh"] is None else "is on a FIDO token"
            raise NotFoundError(
                f"{key_id} {what}, and has no PEM", hint="see `keys show` without it"
            )
        click.echo(found["pem"], nl=False)
    elif as_json:
        options.say_json(found)
    else:
        for name in ("key_id", "role", "principal", "ssh", "vkey"):
            if found[name]:
                click.echo(f"{name:<9}  {found[name]}")


def _shapes(ledger: str | None) -> list[dict[str, Any]]:
    from answerable import configuration
    from answerable.signing import Keyring

    kept = [
        _Key(role=s.role, principal=s.principal, spelled=s.spelled())
        for s in Keyring(configuration.here().home)
    ]
    return [key.shape() for key in (*kept, *_sessions(ledger))]


def _sessions(ledger: str | None) -> list[_Key]:
    import answerable
    from answerable.model import Delegation

    try:
        history = answerable.open(ledger)
    except answerable.NotFoundError:
        if ledger is not None:
            raise
        return []  # no ledger was named, and there is none here
    with history:
        return [
            _Key(
                role="session",
                principal=record.principal,
                spelled=record.session_key,
            )
            for record in history.records()
            if isinstance(record, Delegation) and record.custody and record.custody.verified
        ]
