"""`answerable publish`: the log as files for any static host."""

from __future__ import annotations

from pathlib import Path

import attrs
import click

from answerable.cli import options


@click.command("publish")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@options.common
def command(ledger: str | None, as_json: bool, folder: Path) -> None:
    """Write the log to DIR as C2SP tlog-tiles, for any static host to serve.

    Again: only what is new is written. Strangers verify it with `answerable verify --tiles`, or
    with any tool for tlog-tiles and the log's key.
    """
    import answerable
    from answerable.ledger import publish

    with answerable.open(ledger) as history, options.progress("publishing") as told:
        made = publish(history.ledger, folder, told)
    if as_json:
        options.say_json(attrs.asdict(made))
    else:
        click.echo(
            f"{made.size} entries of {made.origin} in {folder}, {made.written} files written"
        )
        click.echo(f"root  {made.root}")
        click.echo(f"vkey  {made.vkey}")
