"""`answerable informed`: who was told of a fact, who took note of it, and when."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("informed")
@click.argument("fact")
@click.option("--decision", metavar="ID", help="Say of each whether it was before this decision.")
@options.at
@options.common
def command(
    ledger: str | None, as_json: bool, fact: str, decision: str | None, at: str | None
) -> int:
    """List who was informed of FACT: an artifact, or record:<id> of a notice or a decision.

    Exit 1 if nobody has acknowledged it (with --decision: before that).
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.informed(fact, decision=decision, at=at)
    if as_json:
        options.say_json([shapes.hearing(each) for each in found])
    else:
        from answerable.cli.answers import informed_text

        options.console().print(informed_text(fact, found))
    heard = any(each.how == "acknowledged" and each.before is not False for each in found)
    return 0 if heard else 1
