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
        from answerable.cli.answers import review_text, signing
        from answerable.cli.words import policy_text

        out = options.console()
        version = None if policy is None else policy.version
        out.print(review_text(found, policy=policy_text(version)))
        if at is None:  # no state but the present one can be approved
            out.print(f"\n{signing(found, _named(ledger))}", soft_wrap=True, markup=False)
        if html is not None:
            out.print(f"written to {html}", soft_wrap=True)
    return 0 if found.verdict != "invalid" else 1


def _named(ledger: str | None) -> str | None:
    """The ledger's file, if it was named on the command line: then it has to be again. An address
    of a server may hold a password, and is not repeated."""
    given = click.get_current_context().get_parameter_source("ledger")
    if ledger is None or given is not click.core.ParameterSource.COMMANDLINE:
        return None
    return None if "://" in ledger.removeprefix("sqlite:///") else ledger
