"""`answerable diff`: what lies between two subjects."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("diff")
@click.argument("before")
@click.argument("after")
@options.at
@options.common
def command(ledger: str | None, as_json: bool, before: str, after: str, at: str | None) -> int:
    """Compare two subjects, e.g. model:loan-approval@6 and model:loan-approval@7.

    What was decided otherwise, by whom; what changed without a decision; which gaps closed and
    opened.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.diff(before, after, at)
    if as_json:
        options.say_json(shapes.diff(found))
    else:
        from answerable.cli.answers import diff_text

        options.console().print(diff_text(found))
    return 0
