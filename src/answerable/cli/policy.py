"""`answerable policy`: who may sign what, and how many it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from answerable.cli import options, speaking
from answerable.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from answerable.ledger import Fault
    from answerable.model import Endorsement
    from answerable.signing import Policy

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("policy")
def command() -> None:
    """The trust policy: check it, sign it, put it in force, export it."""


@command.command("check")
@click.argument("file", type=_FILE)
@options.common
def check(ledger: str | None, as_json: bool, file: Path) -> int:
    """Say in words what FILE allows, and which records of the ledger it rejects.

    Exit 1 if it rejects any. Without a ledger only the file is checked.
    """
    from answerable import wording
    from answerable.wording.policies import sentences

    policy = read(file)
    rejected, records = _rejected(ledger, policy)
    told = sentences(policy)
    if as_json:
        options.say_json(
            {
                "version": policy.version,
                "rules": list(told),
                "records": records,
                "rejected": [attrs.asdict(fault) for fault in rejected],
            }
        )
    else:
        click.echo("\n".join(wording.line(sentence) for sentence in told))
        if records is not None:
            click.echo(f"{len(rejected)} of {records} records are rejected")
        for fault in rejected:
            told_of = f"entry {fault.index}: {fault.code}: {fault.message}  {fault.id}"
            click.echo(wording.line(told_of))
    return 1 if rejected else 0


@command.command("sign")
@click.argument("file", type=_FILE)
@click.option("--as", "actor", metavar="ACTOR", help="With whose key; default: who is at work.")
@click.option("-o", "--output", type=_FILE, required=True, help="Where the signature goes.")
@options.json
def sign(as_json: bool, file: Path, actor: str | None, output: Path) -> None:
    """Sign FILE with an identity key, so that somebody else can put it in force."""
    from answerable import published
    from answerable.signing import endorsing

    read(file)  # nobody should sign what is no policy
    made = _endorse(file.read_text(encoding="utf-8"), actor)
    published.write(output, endorsing.to_bytes(made).decode() + "\n")
    if as_json:
        options.say_json(attrs.asdict(made))
    else:
        click.echo(f"signed by {made.key_id}: {output}")


@command.command("adopt")
@click.argument("file", type=_FILE)
@click.option(
    "--signature",
    "signatures",
    multiple=True,
    type=_FILE,
    help="A signature made by `policy sign`; may be given again.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="ACTOR",
    help="Sign with this actor's identity key here; may be given again.",
)
@speaking.actor
@options.common
def adopt(
    ledger: str | None,
    as_json: bool,
    file: Path,
    signatures: tuple[Path, ...],
    keys: tuple[str, ...],
    actor: str | None,
) -> int:
    """Put FILE in force in the ledger, from its present end on.

    Version 1 is signed by as many of its own root keys as it asks for, each later version by as
    many as the one before asks for. Exit 1 if it is not, or is not the next version.
    """
    import answerable
    from answerable.recording.adopting import adopt as record
    from answerable.signing import endorsing

    policy, text = read(file), file.read_text(encoding="utf-8")
    endorsements = [_endorse(text, key) for key in keys]
    endorsements += [endorsing.from_bytes(each.read_bytes().strip()) for each in signatures]
    with answerable.open(ledger) as history:
        before = history.policy()
    judge = before or policy
    if before is not None and policy.version != before.version + 1:
        raise ConfigurationError(
            f"version {policy.version} cannot follow version {before.version}, which is in force"
        )
    if not endorsing.is_in_force_by(judge, endorsing.endorsers(text, endorsements)):
        click.echo(
            f"answerable: version {policy.version} needs the signatures of {judge.root.threshold}"
            f" of the root keys of version {judge.version}",
            err=True,
        )
        return 1
    with speaking.recording(ledger, actor):
        made = record(policy.version, text, endorsements)
    speaking.say(made, as_json)
    return 0


@command.command("allowed-signers")
@click.argument("file", type=_FILE)
@options.common
def allowed_signers(ledger: str | None, as_json: bool, file: Path) -> None:
    """Print FILE's principals as an OpenSSH allowed_signers file.

    A principal whose keys the policy names by fingerprint is listed if the ledger has met the key.
    """
    from answerable.signing import ssh

    policy = read(file)
    known = _known_keys(ledger)
    lines = ssh.allowed_signers(policy, known)
    if as_json:
        options.say_json(list(lines))
    else:
        for line in lines:
            click.echo(line)


def read(file: Path) -> Policy:
    """The policy in a file; raises `NotFoundError`, `ConfigurationError`."""
    from answerable.signing import parse

    try:
        return parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFoundError(f"there is no policy at {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {file}: {error}") from None


def _endorse(text: str, actor: str | None) -> Endorsement:
    import os

    from answerable import configuration, identity
    from answerable.signing import Keyring, endorsing

    settings = configuration.settle({"actor": actor}, os.environ, Path.cwd())
    principal = identity.resolve(settings.actor, os.environ, settings.folder).id
    return endorsing.endorse(text, Keyring(settings.home).identity(principal))


def _rejected(ledger: str | None, policy: Policy) -> tuple[list[Fault], int | None]:
    import answerable
    from answerable.history import Governor

    try:
        history = answerable.open(ledger)
    except NotFoundError:
        if ledger is not None:
            raise
        return [], None
    with history:
        governor, faults, count = Governor(policy), list[Any](), 0
        for record in history.records():
            count += 1
            index = record.custody.index if record.custody else None
            faults += [] if index is None else governor.faults(record, index)
    return faults, count


def _known_keys(ledger: str | None) -> dict[str, str]:
    """Public keys (hex) by fingerprint, as the ledger's delegations name them."""
    import answerable
    from answerable.model import Delegation
    from answerable.signing import key_id, sigstore

    try:
        history = answerable.open(ledger)
    except NotFoundError:
        if ledger is not None:
            raise
        return {}
    with history:
        return {
            key_id(bytes.fromhex(record.identity_key)): record.identity_key
            for record in history.records()
            if isinstance(record, Delegation)
            and record.custody
            and record.custody.verified
            and not sigstore.is_name(record.identity_key)
        }
