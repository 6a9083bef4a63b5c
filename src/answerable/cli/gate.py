"""`answerable gate`: may it go forward?"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from answerable.cli import options
from answerable.lineage.trace import GapCode


@click.command("gate")
@click.argument("subject")
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Judge by this file instead of by the policy that the ledger has in force.",
)
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(get_args(GapCode)),
    metavar="CODE",
    help="Let gaps of this code stand; may be given again.",
)
@options.common
def command(
    ledger: str | None, as_json: bool, subject: str, policy: Path | None, allow: tuple[str, ...]
) -> int:
    """Exit 0 only if SUBJECT may go forward as it is now: `answerable gate SUBJECT || exit 1`.

    That is: the whole ledger verifies, no gap stands open, and as many distinct approvers as the
    policy asks for (without one: one) have signed the present digest with keys of their own.
    """
    import answerable
    from answerable import shapes

    if policy is None:
        judge = None
    else:
        from answerable.cli.policy import read

        judge = read(policy)
    with answerable.open(ledger) as history:
        found = history.gate(subject, policy=judge, allow=allow)
    if as_json:
        options.say_json(shapes.gate(found))
    else:
        from answerable.cli.answers import gate_text

        options.console().print(gate_text(found))
    return 0 if found.open else 1
