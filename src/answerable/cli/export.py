"""`answerable export`: send the history to where others look."""

from __future__ import annotations

import attrs
import click

from answerable.cli import options


@click.group("export")
def command() -> None:
    """Send the decision history to another system's store."""


@command.command("mlflow")
@click.option("--mlflow", "uri", required=True, metavar="URI", help="Tracking server or database.")
@click.option("--experiment", default="answerable", show_default=True)
@options.common
def mlflow(ledger: str | None, as_json: bool, uri: str, experiment: str) -> int:
    """Write every decision as an MLflow trace; writing again changes nothing.

    Exit 1 if MLflow did not take all of them.
    """
    import answerable
    from answerable.exporters import mlflow as exporter

    with answerable.open(ledger) as history:
        sent = exporter.export(history.records(), uri, experiment=experiment)
    shape = {
        "experiment": experiment,
        "experiment_id": sent.experiment_id,
        "sent": sent.sent,
        "rejected": [attrs.asdict(r) for r in sent.rejected],
        "linked": sent.linked,
        "unlinked": [attrs.asdict(u) for u in sent.unlinked],
    }
    if as_json:
        options.say_json(shape)
    else:
        click.echo(f"{sent.sent} records in the experiment {experiment} (id {sent.experiment_id})")
        for rejected in sent.rejected:
            click.echo(f"not taken: record {rejected.id}: {rejected.because}", err=True)
        for unlinked in sent.unlinked:
            told = f"not shown at run {unlinked.run}: record {unlinked.id}: {unlinked.because}"
            click.echo(told, err=True)
    return 1 if sent.rejected else 0
