"""`answerable log`: the decisions that meet every condition, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from answerable.cli import options
from answerable.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from answerable.model import Record
    from answerable.signing import Policy


@click.command("log")
@click.option(
    "--type",
    metavar="TYPE",
    help="Not decisions: approval, dissent, override, revocation, incident, action, ...",
)
@click.option("--kind", metavar="KIND", help="Of this kind, e.g. threshold.")
@click.option("--actor", metavar="ACTOR", help="Decided by this actor.")
@click.option("--accountable", metavar="ACTOR", help="For which this actor is accountable.")
@click.option("--artifact", metavar="REF", help="Used, produced or about this artifact.")
@click.option("--since", metavar="TIME", help="Decided at this time or later.")
@click.option("--until", metavar="TIME", help="Decided at this time or earlier.")
@click.option(
    "--capture", metavar="HOW", help="explicit, passed, default, imported, backfilled or inferred."
)
@click.option("--text", metavar="WORDS", help="With these words in it, in any case.")
@click.option("--limit", type=click.IntRange(min=0), default=100, show_default=True, help="0: all.")
@click.option(
    "--mlflow",
    metavar="URI",
    help="Ask MLflow instead; each answer is checked against its envelope, and a ledger that is named.",
)
@click.option(
    "--experiment", default="answerable", show_default=True, help="With --mlflow: where they are."
)
@options.at
@options.common
def command(
    ledger: str | None, as_json: bool, mlflow: str | None, experiment: str, **asked: Any
) -> int:
    """List decisions, newest first, or what is said around them. With --at, only what was recorded
    by then. Exit 1 if one does not verify, or a trace in MLflow only claims to be one."""
    from answerable import shapes

    policy, unreadable = None, 0
    if mlflow is None:
        found, policy = _in_ledger(ledger, asked)
    else:
        found, unreadable = _in_mlflow(mlflow, experiment, ledger, asked)
    if as_json:
        options.say_json([shapes.record(decision, policy) for decision in found])
    else:
        from answerable.cli.tree import decisions_table

        options.console().print(decisions_table(found))
    verified = all(d.custody is not None and d.custody.verified for d in found)
    return 0 if verified and not unreadable else 1


def _in_ledger(ledger: str | None, asked: dict[str, Any]) -> tuple[Sequence[Record], Policy | None]:
    import answerable

    wanted = asked.pop("type")
    with answerable.open(ledger, disclose=True) as history:
        if wanted in (None, "decision"):
            return history.decisions(**asked), history.policy()
        asked["about"] = asked.pop("artifact")
        if asked.pop("kind") is not None:
            raise UsageError("only decisions are of a kind", hint="leave out --kind, or --type")
        return history.events(wanted, **asked), history.policy()


def _in_mlflow(
    uri: str, experiment: str, ledger: str | None, asked: dict[str, Any]
) -> tuple[Sequence[Record], int]:
    """What MLflow finds, and how many traces only claim to be it, each of which is told."""
    import warnings
    from contextlib import nullcontext

    import answerable
    from answerable.exporters import mlflow
    from answerable.wording import line

    unasked = [name for name in ("text", "type", "at") if asked.pop(name) is not None]
    if unasked:
        raise UsageError(f"MLflow is not asked by {' or '.join(unasked)}", hint="ask the ledger")
    opened = nullcontext() if ledger is None else answerable.open(ledger)
    with warnings.catch_warnings(action="ignore", category=UserWarning), opened as history:
        found = mlflow.search(uri, experiment=experiment, kept=history, **asked)
    for each in found.unreadable:
        told = f"the trace {each.trace_id} in MLflow claims to be a decision: {each.because}"
        click.echo(f"unreadable: {line(told)}", err=True)
    return found, len(found.unreadable)
