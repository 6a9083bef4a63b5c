"""`answerable gaps`: what is missing behind one subject."""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("gaps")
@click.argument("subject")
@click.option(
    "--code", "codes", multiple=True, metavar="CODE", help="Of this code; may be given again."
)
@options.at
@options.common
def command(
    ledger: str | None, as_json: bool, subject: str, codes: tuple[str, ...], at: str | None
) -> int:
    """List what nobody decided, owns, explained or recorded behind SUBJECT.

    Exit 1 if there is anything, 0 if there is nothing.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        gaps = history.gaps(subject, at, codes=codes)
    if as_json:
        options.say_json([shapes.gap(gap) for gap in gaps])
    else:
        from answerable.cli.tree import gaps_text

        options.console().print(gaps_text(gaps))
    return 1 if gaps else 0
