"""`answerable show`: one record, its envelope as stored, or its statement as signed."""

from __future__ import annotations

import sys

import click

from answerable.cli import options


@click.command("show")
@click.argument("id")
@click.option("--envelope", is_flag=True, help="The DSSE envelope, exactly as stored.")
@click.option("--statement", is_flag=True, help="The in-toto statement, exactly as signed.")
@options.common
def command(
    ledger: str | None, as_json: bool, id: str, envelope: bool, statement: bool
) -> int | None:
    """Show one record. Exit 1 if it does not verify."""
    import answerable
    from answerable import shapes
    from answerable.signing import Envelope

    if envelope and statement:
        raise click.UsageError("--envelope or --statement, not both")
    with answerable.open(ledger) as history:
        record = history.get(id)
    assert record.custody is not None
    if envelope:
        _verbatim(record.custody.envelope)
    elif statement:
        _verbatim(Envelope.from_bytes(record.custody.envelope).payload)
    elif as_json:
        options.say_json(shapes.record(record))
    else:
        from answerable.cli.tree import decision_panel

        options.console().print(decision_panel(record))
    return 0 if record.custody.verified else 1


def _verbatim(data: bytes) -> None:
    # Not one byte more, so that it can be piped into another verifier.
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
