"""`answerable trace`: the whole chain of decisions behind one subject."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs
import click

from answerable.cli import options

if TYPE_CHECKING:
    from answerable.lineage import AccountabilityTrace
    from answerable.stitched import TimeAxis

_File = click.Path(dir_okay=False, path_type=Path)


@click.command("trace")
@click.argument("subject")
@options.at
@click.option("--otlp", metavar="URL", help="Send it there, e.g. Jaeger at http://localhost:4318.")
@click.option(
    "--archive",
    metavar="QUERY_URL",
    help="With --otlp: have Jaeger keep it in its archive, e.g. http://localhost:16686.",
)
@click.option("--otlp-json", type=_File, help="Write it for upload in Jaeger's page.")
@options.html
@click.option("--svg", type=_File, help="Draw its outline as a picture.")
@click.option(
    "--time-axis",
    type=click.Choice(["compressed", "true"]),
    default="compressed",
    show_default=True,
    help="How Jaeger's time line is drawn: evenly, or true to the months between decisions.",
)
@options.disclose
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    subject: str,
    at: str | None,
    otlp: str | None,
    archive: str | None,
    otlp_json: Path | None,
    html: Path | None,
    svg: Path | None,
    time_axis: Literal["compressed", "true"],
    disclose: tuple[str, ...],
) -> int:
    """Stitch everything that bears on SUBJECT, e.g. deployment:prod/loan-approval.

    Exit 1 if a record in it does not verify, if not all of it was taken,
    or if it was sent but could not be archived.
    """
    import answerable
    from answerable import shapes, urls
    from answerable.errors import ExportError, UsageError

    if archive is not None:
        if otlp is None:
            raise UsageError("--archive keeps what --otlp sends", hint="add --otlp URL")
        from answerable.exporters.otlp import archiving

        archive = archiving.address(archive)  # refused before anything is sent
    with answerable.open(ledger) as history:
        trace = history.trace(subject, at, disclose)
        policy = history.policy()
    written: list[str] = []
    sent = None
    if otlp_json is not None:
        from answerable.exporters import otlp_json as to_json

        to_json.write(trace, otlp_json, time_axis=time_axis)
        written.append(str(otlp_json))
    if html is not None:
        from answerable.exporters import html as to_html

        to_html.write(to_html.to_html(trace, policy=policy), html)
        written.append(str(html))
    if svg is not None:
        from answerable.cli.tree import write_svg

        write_svg(trace, svg)
        written.append(str(svg))
    if otlp is not None:
        from answerable.exporters import otlp as to_otlp

        sent = to_otlp.export(trace, otlp, time_axis=time_axis, links_back=True)
        written.append(f"{urls.shown(otlp)} as trace {sent.trace_id}{_revisions(trace, time_axis)}")
    unkept: ExportError | None = None
    if sent is not None and archive is not None:
        try:
            to_otlp.archive(sent, archive)
            written.append(f"the archive behind {urls.shown(archive)}")
        except ExportError as error:
            unkept = error  # the trace was sent all the same: its id is told first
    if as_json:
        shape = shapes.trace(trace, policy) | ({"otlp": attrs.asdict(sent)} if sent else {})
        if archive is not None:
            why = {"message": unkept.message, "hint": unkept.hint} if unkept else {}
            shape["archive"] = {"archived": unkept is None} | why
        options.say_json(shape)
    else:
        from answerable.cli.tree import render

        out = options.console()
        out.print(render(trace))
        for place in written:
            out.print(f"written to {place}", soft_wrap=True)
    if sent is not None and sent.rejected:
        told = f"{urls.shown(otlp or '')} did not take {sent.rejected} of {sent.spans} spans: {sent.message}"
        click.echo(f"answerable: {told}", err=True)
        return 1
    if unkept is not None:
        from answerable.wording import line  # a server's words may stand in it

        advice = f" ({unkept.hint})" if unkept.hint else ""
        click.echo(f"answerable: {line(unkept.message)}{advice}", err=True)
        return 1
    return 0 if trace.verdict != "invalid" else 1


def _revisions(trace: AccountabilityTrace, axis: TimeAxis) -> str:
    from answerable.stitched import ids

    told = f", revision {trace.revision}"
    if trace.predecessor is None:
        return told
    return f"{told}; before that it was {ids.predecessor_id(trace, axis)}, {trace.predecessor}"
