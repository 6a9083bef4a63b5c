"""`answerable show`: one record, its envelope as stored, or its statement as signed."""

from __future__ import annotations

import sys

import click

from answerable.cli import options


@click.command("show")
@click.argument("id")
@click.option("--envelope", is_flag=True, help="The DSSE envelope, exactly as stored.")
@click.option("--statement", is_flag=True, help="The in-toto statement, exactly as signed.")
@click.option("--presented", is_flag=True, help="Of an approval: what it was shown.")
@options.common
def command(
    ledger: str | None, as_json: bool, id: str, envelope: bool, statement: bool, presented: bool
) -> int | None:
    """Show one record; with --presented, what exactly was shown to whoever gave the approval ID.

    Exit 1 if it does not verify, or nobody can tell what was shown.
    """
    import answerable
    from answerable import shapes
    from answerable.signing import Envelope

    if envelope + statement + presented > 1:
        raise click.UsageError("one of --envelope, --statement and --presented")
    if presented:
        return _presented(ledger, id, as_json)
    with answerable.open(ledger, disclose=True) as history:
        record, policy = history.get(id), history.policy()
    assert record.custody is not None
    if envelope:
        _verbatim(record.custody.envelope)
    elif statement:
        _verbatim(Envelope.from_bytes(record.custody.envelope).payload)
    elif as_json:
        options.say_json(shapes.record(record, policy))
    else:
        from answerable.cli.tree import decision_panel

        options.console().print(decision_panel(record))
    return 0 if record.custody.verified else 1


def _presented(ledger: str | None, id: str, as_json: bool) -> int:
    import answerable
    from answerable import shapes

    with answerable.open(ledger) as history:
        found = history.presented(id)
    if as_json:
        options.say_json(shapes.presented(found))
    else:
        from answerable.cli.answers import presented_text

        options.console().print(presented_text(found))
    custody = found.approval.custody
    told = found.trace is not None or found.record is not None
    return 0 if told and custody is not None and custody.verified else 1


def _verbatim(data: bytes) -> None:
    # Not one byte more, so that it can be piped into another verifier.
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
