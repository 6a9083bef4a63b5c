"""`answerable why`: which decision set it."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("why")
@click.argument("kind")
@click.option(
    "--in", "subject", required=True, metavar="SUBJECT", help="e.g. deployment:prod/loan-approval."
)
@click.option("--text", metavar="WORDS", help="Only where the question has these words.")
@options.at
@options.common
def command(
    ledger: str | None, as_json: bool, kind: str, subject: str, text: str | None, at: str | None
) -> int:
    """Show the decisions of one KIND (threshold, dataset, …) behind a subject: those in force,
    those they replaced, by what right and on which evidence.

    Exit 1 if there is none in force: nobody decided it.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.why(kind, subject, at, text=text)
    if as_json:
        options.say_json(shapes.why(found))
    else:
        from answerable.cli.answers import why_text

        options.console().print(why_text(found))
    return 0 if found.in_force else 1
