"""`answerable outcomes`: those of one person, by pseudonym."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("outcomes")
@click.argument("subject")
@options.common
def command(ledger: str | None, as_json: bool, subject: str) -> int:
    """List the outcomes of one SUBJECT, the pseudonym under which they were recorded, oldest first. What
    `explain` then says of each is what counts: here they are as they are kept.

    Exit 1 if there are none.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.outcomes(subject)
    if as_json:
        options.say_json([shapes.outcome(outcome) for outcome in found])
    else:
        from answerable.cli.answers import outcomes_text

        options.console().print(outcomes_text(found))
    return 0 if found else 1
