"""`answerable verify`: is the ledger what it was?"""

from __future__ import annotations

import click

from answerable.cli import options


@click.command("verify")
@click.option(
    "--require-witness", is_flag=True, help="Exit 1 if no witness has signed the log either."
)
@options.common
def command(ledger: str | None, as_json: bool, require_witness: bool) -> int:
    """Check every entry, signature, tree node and checkpoint; list every fault."""
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        verdict = history.verify()
    if as_json:
        options.say_json(shapes.verdict(verdict))
    else:
        from answerable.cli.tree import verdict_text

        options.console().print(verdict_text(verdict))
    return 0 if verdict.verdict == "valid" or (verdict.holds and not require_witness) else 1
