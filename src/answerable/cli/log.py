"""`answerable log`: the decisions that meet every condition, newest first."""

from __future__ import annotations

from typing import Any

import click

from answerable.cli import options


@click.command("log")
@click.option("--kind", metavar="KIND", help="Of this kind, e.g. threshold.")
@click.option("--actor", metavar="ACTOR", help="Decided by this actor.")
@click.option("--accountable", metavar="ACTOR", help="Answered for by this actor.")
@click.option("--artifact", metavar="REF", help="Used, produced or about this artifact.")
@click.option("--since", metavar="TIME", help="Decided at this time or later.")
@click.option("--until", metavar="TIME", help="Decided at this time or earlier.")
@click.option(
    "--capture", metavar="HOW", help="explicit, passed, default, imported, backfilled or inferred."
)
@click.option("--text", metavar="WORDS", help="With these words in it, in any case.")
@click.option("--limit", type=click.IntRange(min=0), default=100, show_default=True, help="0: all.")
@options.common
def command(ledger: str | None, as_json: bool, **asked: Any) -> int:
    """List decisions, newest first. Exit 1 if one of them does not verify."""
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.decisions(**asked)
    if as_json:
        options.say_json([shapes.record(decision) for decision in found])
    else:
        from answerable.cli.tree import decisions_table

        options.console().print(decisions_table(found))
    return 0 if all(d.custody is not None and d.custody.verified for d in found) else 1
