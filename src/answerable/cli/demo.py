"""`answerable demo`: a loan model from requirements to deployment, recorded as it is built."""

from __future__ import annotations

from pathlib import Path

import click

from answerable.cli import options


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("answerable-demo"),
    show_default=True,
    help="A directory of its own for all that the demo writes.",
)
@click.option("--jaeger", metavar="URL", help="Send the trace there: http://localhost:4318.")
@click.option("--mlflow", metavar="URI", help="Write to this MLflow instead of a local database.")
@options.json
def command(out: Path, jaeger: str | None, mlflow: str | None, as_json: bool) -> int:
    """Build a loan-approval model on real data in separate processes, and show its trace."""
    from answerable import demo
    from answerable.cli.demo_report import StageBar, closing

    with StageBar(len(demo.STAGES)) as bar:
        outcome = demo.run(out, jaeger=jaeger, mlflow=mlflow, report=bar)
    if as_json:
        options.say_json(outcome.shape())
    else:
        from answerable.cli.tree import render

        console = options.console()
        console.print(render(outcome.trace))
        console.print(closing(outcome, jaeger=jaeger), soft_wrap=True)
    return 0
