"""`answerable flush`: append what waits because the ledger could not be written."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("flush")
@options.common
def command(ledger: str | None, as_json: bool) -> None:
    """Append to the ledger the records that wait on disk."""
    import answerable

    answerable.configure(ledger=ledger)
    appended = answerable.flush()
    answerable.shutdown()
    if as_json:
        options.say_json({"appended": appended})
    else:
        click.echo(f"{appended} waiting record{'' if appended == 1 else 's'} appended")
