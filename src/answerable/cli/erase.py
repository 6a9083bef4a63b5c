"""`answerable erase`: what a private field said is deleted, and that is recorded."""

from __future__ import annotations

import click

from answerable.cli import options, speaking


@click.command("erase")
@click.argument("id")
@click.argument("field", required=False)
@click.option("--because", required=True, metavar="REASON", help="In one sentence.")
@speaking.private
@speaking.actor
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    id: str,
    field: str | None,
    because: str,
    private: bool,
    actor: str | None,
) -> int:
    """Delete what the private FIELD of the record ID said, or (without FIELD) the outcome ID of one
    person; and record that, and why.

    What was signed stays, and verifies. Copies and bundles that were handed out are not reached.
    """
    import answerable

    hidden = "rationale" if private else None
    if field is None:
        with answerable.open(ledger) as history:
            history.explain(id)  # that it is sealed; else nothing is to be recorded of it
        with speaking.recording(ledger, actor):
            made = answerable.erase_outcome(id, because, private=hidden)
    else:
        with answerable.open(ledger) as history:
            record = history.get(id)
        with speaking.recording(ledger, actor):
            made = answerable.erase(record, field, because, private=hidden)
    speaking.say(made, as_json)
    return 0
