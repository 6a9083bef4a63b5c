"""`answerable diff`: what lies between two subjects."""

from __future__ import annotations

from pathlib import Path

import click

from answerable.cli import options


@click.command("diff")
@click.argument("before")
@click.argument("after")
@click.option("--since", metavar="TIME", help="BEFORE as of this time, and AFTER as of --at.")
@options.at
@options.html
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    before: str,
    after: str,
    since: str | None,
    at: str | None,
    html: Path | None,
) -> int:
    """Compare two subjects, e.g. model:loan-approval@6 and model:loan-approval@7; or, with --since,
    one at two times.

    What was decided otherwise, by whom; what changed without a decision; which gaps closed and
    opened.
    """
    import answerable
    from answerable import shapes
    from answerable.lineage import diff

    with answerable.open(ledger) as history:
        one = history.trace(before, since or at)
        other = history.trace(after, at or (None if since else one.as_of))
        policy = history.policy()
    found = diff(one, other)
    if html is not None:
        from answerable.exporters import html as to_html

        to_html.write(to_html.difference_to_html(found, one, other, policy=policy), html)
    if as_json:
        options.say_json(shapes.diff(found, policy))
    else:
        from answerable.cli.answers import diff_text

        out = options.console()
        out.print(diff_text(found))
        if html is not None:
            out.print(f"written to {html}", soft_wrap=True)
    return 0
