"""`answerable jaeger-ui-config`: how Jaeger's page shows these traces best."""

from __future__ import annotations

from typing import Any

import click

from answerable.cli import options


@click.command("jaeger-ui-config")
@click.option("--mlflow", metavar="URL", help="MLflow's page, to link runs to.")
@click.option(
    "--commits",
    metavar="URL",
    help="Where commits are shown, to link them to; the commit is put at the end.",
)
@options.json
def command(as_json: bool, mlflow: str | None, commits: str | None) -> None:  # noqa: ARG001  # it is JSON
    """Print a jaeger-ui.json: answerable's attributes first, no critical path (the drawn times are
    no durations), a long look back, and links to MLflow's runs and to commits.

    Start Jaeger with it as `--set extensions.jaeger_query.ui.config_file=jaeger-ui.json`.
    """
    options.say_json(config(mlflow, commits))


def config(mlflow: str | None, commits: str | None) -> dict[str, Any]:
    """The configuration; links only to what there is an address for."""
    links = [
        {
            "type": "tags",
            "key": "answerable.predecessor.trace_id",
            "url": "/trace/#{answerable.predecessor.trace_id}",
            "text": "What it was before",
        }
    ]
    if mlflow is not None:
        links.append(
            {
                "type": "tags",
                "key": "answerable.run",
                "url": mlflow.rstrip("/") + "/#/runs/#{answerable.run}",
                "text": "The run in MLflow",
            }
        )
    if commits is not None:
        links.append(
            {
                "type": "tags",
                "key": "vcs.ref.head.revision",
                "url": commits.rstrip("/") + "/#{vcs.ref.head.revision}",
                "text": "The commit",
            }
        )
    return {
        "criticalPathEnabled": False,
        "topTagPrefixes": ["answerable."],
        "search": {"maxLookback": {"label": "3 years", "value": "26280h"}},
        "linkPatterns": links,
    }
