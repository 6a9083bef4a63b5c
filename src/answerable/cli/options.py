"""The options that every command has, and the two ways of answering."""

from __future__ import annotations

import sys
from collections.abc import Callable
from json import dumps
from typing import Any, TypeVar

import click
from rich.console import Console

_F = TypeVar("_F", bound=Callable[..., Any])


def json(function: _F) -> _F:
    """`--json` alone, for commands that need no ledger."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(function)


def common(function: _F) -> _F:
    """`--ledger` and `--json`."""
    function = json(function)
    return click.option(
        "--ledger",
        envvar="ANSWERABLE_LEDGER",
        metavar="URI",
        help="Where the records are kept: sqlite:///decisions.db, or a path.",
    )(function)


def at(function: _F) -> _F:
    """`--at`."""
    return click.option(
        "--at", metavar="TIME", help="As of this time (2026-01-31, or with a time and zone)."
    )(function)


def say_json(shape: Any) -> None:
    """Print a contract shape."""
    click.echo(dumps(shape, indent=2, ensure_ascii=False))


def console() -> Console:
    """Where a person reads the answer."""
    return Console(file=sys.stdout, soft_wrap=False, highlight=False)
