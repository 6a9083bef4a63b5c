"""What `approve` and `dissent` share: they record, in a person's name, what no code said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from answerable.cli import options
from answerable.model import Record

if TYPE_CHECKING:
    from answerable.signing.keys import IdentityKey

_F = TypeVar("_F", bound=Callable[..., Any])


def actor(function: _F) -> _F:
    """`--as`."""
    return click.option(
        "--as",
        "actor",
        metavar="ACTOR",
        help="In whose name, e.g. person:ana@bank.example; default: whoever is at work here.",
    )(function)


def key(function: _F) -> _F:
    """`--key`."""
    return click.option(
        "--key",
        metavar="KEY",
        help="With which key: an id that `keys list` gives, a key file of OpenSSH's, or a Sigstore identity; "
        "default: that actor's own.",
    )(function)


def private(function: _F) -> _F:
    """`--private`."""
    return click.option(
        "--private",
        is_flag=True,
        help="Sign a digest of the reason, and keep the reason beside the ledger, where `erase` deletes it.",
    )(function)


@contextmanager
def recording(ledger: str | None, actor: str | None, key: str | None = None) -> Iterator[None]:
    """For a block, what is recorded goes to that ledger, signed with that actor's own key, or with
    the one that is named."""
    import answerable
    from answerable import configuration
    from answerable.recording import callsite
    from answerable.recording.custodian import signing_with

    answerable.configure(ledger=ledger, actor=actor, on_failure="raise")
    named = nullcontext() if key is None else signing_with(_key(key, configuration.here().home))
    try:
        with callsite.outside_code(), named:
            yield
    finally:
        answerable.shutdown()


def _key(named: str, home: Path) -> IdentityKey:
    from answerable.signing import Keyring, sigstore
    from answerable.signing.outside import SSH, OutsideKey

    if sigstore.is_name(named):
        return sigstore.SigstoreIdentity(named, home)
    if named.startswith("SHA256:"):
        return Keyring(home).named(named)
    return OutsideKey.at(SSH + named.removeprefix(SSH))


def say(record: Record, as_json: bool) -> None:
    """What was recorded."""
    from answerable import shapes

    if as_json:
        options.say_json(shapes.record(record))
    else:
        from answerable.cli.tree import decision_panel

        options.console().print(decision_panel(record))
