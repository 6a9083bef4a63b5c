"""`answerable incident`: back from what went wrong."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("incident")
@click.argument("id")
@options.at
@options.common
def command(ledger: str | None, as_json: bool, id: str, at: str | None) -> int:
    """Walk back from the incident ID: what was in force when it happened, and known then; who
    answers for it, and who responds; which assumptions had lapsed or did not hold; what is open. With --at, as it was known by then.

    Exit 1 if corrective actions are open.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.investigate(id, at)
    if as_json:
        options.say_json(shapes.investigation(found))
    else:
        from answerable.cli.answers import investigation_text

        options.console().print(investigation_text(found))
    return 1 if found.open_actions else 0
