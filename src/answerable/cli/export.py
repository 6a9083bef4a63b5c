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
@options.disclose
@options.common
def mlflow(
    ledger: str | None, as_json: bool, uri: str, experiment: str, disclose: tuple[str, ...]
) -> int:
    """Write every decision as an MLflow trace; writing again changes nothing.

    Of what is private, MLflow tells what the last export disclosed, and not what was erased since.

    Exit 1 if MLflow did not take all of them.
    """
    import answerable
    from answerable.exporters import mlflow as exporter

    with answerable.open(ledger) as history:
        sent = exporter.export(history.records(disclose), uri, experiment=experiment)
    shape = {
        "experiment": experiment,
        "experiment_id": sent.experiment_id,
        "sent": sent.sent,
        "rejected": [attrs.asdict(r) for r in sent.rejected],
        "linked": sent.linked,
        "tagged": sent.tagged,
        "unlinked": [attrs.asdict(u) for u in sent.unlinked],
    }
    if as_json:
        options.say_json(shape)
    else:
        click.echo(f"{sent.sent} records in the experiment {experiment} (id {sent.experiment_id})")
        if sent.tagged:
            told = (
                f"the tags of {sent.tagged} records were left out, as before MLflow 3.14 they are"
            )
            click.echo(f"{told}: they were set one by one, which is slow", err=True)
        for rejected in sent.rejected:
            click.echo(f"not taken: record {rejected.id}: {rejected.because}", err=True)
        for unlinked in sent.unlinked:
            told = f"not shown at run {unlinked.run}: record {unlinked.id}: {unlinked.because}"
            click.echo(told, err=True)
    return 1 if sent.rejected else 0


@command.command("otlp")
@click.option("--otlp", "url", required=True, metavar="URL", help="E.g. http://localhost:4318.")
@options.disclose
@options.common
def otlp(ledger: str | None, as_json: bool, url: str, disclose: tuple[str, ...]) -> int:
    """Send the trace of each system as of each time that it was deployed, approved, or had an
    incident; again, only what is new. What ANSWERABLE_STITCH_TO does by itself, and without
    disclosing anything: with --disclose, each is sent once more as another trace.

    Exit 1 if not all of it was taken.
    """
    from answerable import configuration
    from answerable.exporters.otlp.stitching import catch_up
    from answerable.ledger import Ledger
    from answerable.wording import line  # a server's words may stand in it

    settings = configuration.here({"ledger": ledger})
    opened = Ledger.open(settings.ledger, settings.home)
    try:
        sent = catch_up(opened, settings.home, url, disclose)
    finally:
        opened.close()
    if as_json:
        options.say_json({"sent": [attrs.asdict(each) for each in sent]})
    else:
        for each in sent:
            click.echo(f"{each.subject} as trace {each.trace_id}, revision {each.revision}")
        click.echo(f"{len(sent)} traces sent")
    rejected = [each for each in sent if each.rejected]
    for each in rejected:
        told = f"{each.rejected} spans of the trace {each.trace_id}: {each.message}"
        click.echo(f"not taken: {line(told)}", err=True)
    return 1 if rejected else 0
