"""What `approve` and `dissent` share: they record, in a person's name, what no code said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from answerable.cli import options
from answerable.model import Record

_F = TypeVar("_F", bound=Callable[..., Any])


def actor(function: _F) -> _F:
    """`--as`."""
    return click.option(
        "--as",
        "actor",
        metavar="ACTOR",
        help="In whose name, e.g. person:ana@bank.example; default: whoever is at work here.",
    )(function)


@contextmanager
def recording(ledger: str | None, actor: str | None) -> Iterator[None]:
    """For a block, what is recorded goes to that ledger, signed with that actor's own key."""
    import answerable
    from answerable.recording import callsite

    answerable.configure(ledger=ledger, actor=actor, on_failure="raise")
    try:
        with callsite.outside_code():
            yield
    finally:
        answerable.shutdown()


def say(record: Record, as_json: bool) -> None:
    """What was recorded."""
    from answerable import shapes

    if as_json:
        options.say_json(shapes.record(record))
    else:
        from answerable.cli.tree import decision_panel

        options.console().print(decision_panel(record))
