"""`answerable review`: the whole, before it is signed."""

from __future__ import annotations

from pathlib import Path

import click

from answerable.cli import options


@click.command("review")
@click.argument("subject")
@options.at
@options.html
@options.common
def command(
    ledger: str | None, as_json: bool, subject: str, at: str | None, html: Path | None
) -> int:
    """Show everything that stands behind SUBJECT, and the digest that an approval binds.

    Decisions, defaults nobody chose, assumptions, vendors whose inside nobody here can see, gaps,
    approvals and objections.
    Exit 1 if a record does not verify.
    """
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found, policy = history.review(subject, at), history.policy()
        if html is not None:
            from answerable.exporters import html as to_html

            trace = history.trace(subject, found.as_of)
            to_html.write(to_html.review_to_html(found, trace, policy=policy), html)
    if as_json:
        options.say_json(shapes.review(found, policy))
    else:
        from answerable.cli.answers import review_text
        from answerable.cli.words import policy_text

        out = options.console()
        version = None if policy is None else policy.version
        out.print(review_text(found, present=at is None, policy=policy_text(version)))
        if html is not None:
            out.print(f"written to {html}", soft_wrap=True)
    return 0 if found.verdict != "invalid" else 1
