"""`answerable reindex`: make the derived index anew."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("reindex")
@options.common
def command(ledger: str | None, as_json: bool) -> None:
    """Throw the index away and make it again from the ledger."""
    import answerable

    with answerable.open(ledger) as history:
        entries = history.reindex()
    if as_json:
        options.say_json({"entries": entries})
    else:
        click.echo(f"{entries} entries indexed")
