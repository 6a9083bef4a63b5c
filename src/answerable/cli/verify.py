"""`answerable verify`: is the ledger what it was?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from answerable.cli import options

if TYPE_CHECKING:
    from answerable.history import Verdict


@click.command("verify")
@click.option(
    "--require-witness", is_flag=True, help="Exit 1 if no witness has signed the log either."
)
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Judge every record by this file, instead of by what the ledger put in force.",
)
@click.option(
    "--mlflow",
    metavar="URI",
    help="Check the copies in MLflow instead, against the ledger if it is named.",
)
@click.option(
    "--experiment",
    default="answerable",
    show_default=True,
    help="With --mlflow: where the copies are.",
)
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    require_witness: bool,
    policy: Path | None,
    mlflow: str | None,
    experiment: str,
) -> int:
    """Check every entry, signature, tree node and checkpoint; list every fault.

    With --mlflow: check that MLflow shows each record as it was signed; with --ledger as well,
    that it shows all of them, and none besides.
    """
    import answerable
    from answerable import shapes

    copy = judge = None
    if policy is not None:
        from answerable.cli.policy import read

        judge = read(policy)
    if mlflow is not None:
        copy, verdict = f"MLflow, experiment {experiment}", _of_mlflow(mlflow, experiment, ledger)
    else:
        with answerable.open(ledger) as history:
            verdict = history.verify(judge)
    if as_json:
        options.say_json(shapes.verdict(verdict))
    else:
        from answerable.cli.tree import verdict_text

        told = verdict_text(verdict, copy, compared=ledger is not None)
        options.console().print(told)
    return 0 if verdict.verdict == "valid" or (verdict.holds and not require_witness) else 1


def _of_mlflow(uri: str, experiment: str, ledger: str | None) -> Verdict:
    import answerable
    from answerable.exporters import mlflow as exporter

    if ledger is None:
        return exporter.verify(uri, experiment=experiment)
    with answerable.open(ledger) as history:
        return exporter.verify(uri, experiment=experiment, kept=history.records())
