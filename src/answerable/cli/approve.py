"""`answerable approve`: a yes to exactly what was presented."""

from __future__ import annotations

from typing import Literal

import click

from answerable.cli import options, speaking
from answerable.errors import StaleDigestError


@click.command("approve")
@click.argument("subject")
@click.option(
    "--digest", required=True, metavar="DIGEST", help="What was presented, as `review` tells."
)
@click.option(
    "--meaning",
    type=click.Choice(["review", "approval", "responsibility", "authorship"]),
    required=True,
    help="What the signature means.",
)
@click.option("--because", metavar="REASON", help="In one sentence.")
@speaking.private
@speaking.actor
@speaking.key
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    subject: str,
    digest: str,
    meaning: Literal["review", "approval", "responsibility", "authorship"],
    because: str | None,
    private: bool,
    actor: str | None,
    key: str | None,
) -> int:
    """Sign, in your own name, what `answerable review SUBJECT` presents under DIGEST.

    Refused if that is not what there is to see now.
    """
    import answerable

    with answerable.open(ledger) as history:
        present = history.review(subject).digest
    if digest != present:
        raise StaleDigestError(
            f"what there is to see of {subject} is {present}, not {digest}",
            hint=f"look again: answerable review {subject}",
        )
    with speaking.recording(ledger, actor, key):
        made = answerable.approve(
            subject,
            digest=digest,
            meaning=meaning,
            because=because,
            private="rationale" if private else None,
        )
    speaking.say(made, as_json)
    return 0
