"""The options that every command has, and the two ways of answering."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from json import dumps
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

_F = TypeVar("_F", bound=Callable[..., Any])
# Only strings hold them: C1 controls, marks of direction (UAX #9), what has no width.
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


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
        help="Where the records are kept: sqlite:///decisions.db, a path, or postgresql://host/database.",
    )(function)


def at(function: _F) -> _F:
    """`--at`."""
    return click.option(
        "--at", metavar="TIME", help="As of this time (2026-01-31, or with a time and zone)."
    )(function)


def disclose(function: _F) -> _F:
    """`--disclose`."""
    return click.option(
        "--disclose",
        multiple=True,
        metavar="FIELD|RECORD",
        help="What is private and handed over all the same: a field (rationale), all of a record (its"
        " ID), or ID:FIELD. By default nothing. May be repeated.",
    )(function)


def html(function: _F) -> _F:
    """`--html`."""
    place = click.Path(dir_okay=False, path_type=Path)
    return click.option("--html", type=place, help="Write it as one self-contained page.")(function)


def say_json(shape: Any) -> None:
    """Print a contract shape. What a terminal would obey, or not show, is escaped."""
    text = dumps(shape, indent=2, ensure_ascii=False)
    click.echo(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how much is done, of how much; shown on standard error, and only
    on a terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what)
        yield lambda done, of: shown.update(task, completed=done, total=of)


def console() -> Console:
    """Where a person reads the answer."""
    return Console(file=sys.stdout, soft_wrap=False, highlight=False)
