"""`answerable impact`: what rests on something."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("impact")
@click.argument("ref")
@options.at
@options.common
def command(ledger: str | None, as_json: bool, ref: str, at: str | None) -> int:
    """List what rests on REF, over any number of hops: a dataset, a vendor, a guideline, or
    record:<id>. Without a version, any version is meant.

    A deployment is among them while what it holds rests on REF.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.impact(ref, at)
    if as_json:
        options.say_json(shapes.impact(found))
    else:
        from answerable.cli.answers import impact_text

        options.console().print(impact_text(found))
    return 0
