"""`answerable explain`: from one person's outcome to who answers for it."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("explain")
@click.argument("outcome")
@options.at
@options.common
def command(ledger: str | None, as_json: bool, outcome: str, at: str | None) -> int:
    """From one person's OUTCOME (its id) back to what stood behind it at that time: the system's part, what
    weighed most, the deployment, its threshold and who decided it, evidence, human review, who
    answers for it, and how to contest it. With --at, what was learned since is as known by then.

    With --json also the proof that the outcome was sealed. Exit 1 if it does not verify.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.explain(outcome, at)
    if as_json:
        options.say_json(shapes.explanation(found))
    else:
        from answerable.cli.answers import explanation_text

        options.console().print(explanation_text(found))
    return 0 if found.verified else 1
