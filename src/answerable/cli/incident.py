"""`answerable incident`: back from what went wrong."""

from __future__ import annotations

from pathlib import Path

import click

from answerable.cli import options


@click.command("incident")
@click.argument("id")
@options.at
@options.html
@options.common
def command(ledger: str | None, as_json: bool, id: str, at: str | None, html: Path | None) -> int:
    """Walk back from the incident ID: what was in force when it happened, and known then; who
    answers for it, and who responds; which assumptions had lapsed or did not hold; what is open.
    With --at, as it was known by then.

    Exit 1 if corrective actions are open.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found, policy = history.investigate(id, at), history.policy()
    if html is not None:
        from answerable.exporters import html as to_html

        to_html.write(to_html.investigation_to_html(found, policy=policy), html)
    if as_json:
        options.say_json(shapes.investigation(found, policy))
    else:
        from answerable.cli.answers import investigation_text

        out = options.console()
        out.print(investigation_text(found))
        if html is not None:
            out.print(f"written to {html}", soft_wrap=True)
    return 1 if found.open_actions else 0
