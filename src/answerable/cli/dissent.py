"""`answerable dissent`: a no, or a doubt, on the record."""

from __future__ import annotations

import click

from answerable.cli import options, speaking


@click.command("dissent")
@click.argument("subject")
@click.option("--because", required=True, metavar="REASON", help="In one sentence.")
@speaking.private
@speaking.actor
@speaking.key
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    subject: str,
    because: str,
    private: bool,
    actor: str | None,
    key: str | None,
) -> int:
    """Say no to SUBJECT (an artifact, or record:<id>), or voice a doubt.

    It costs nothing and stops nothing: it is kept, and shown beside what it is about.
    """
    import answerable

    with answerable.open(ledger) as history:
        history.trace(subject)  # so that a name that nobody knows is not spoken of by mistake
    with speaking.recording(ledger, actor, key):
        made = answerable.dissent(subject, because, private="rationale" if private else None)
    speaking.say(made, as_json)
    return 0
