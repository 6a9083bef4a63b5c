"""Does an experiment in MLflow show the records as they were signed, and all of them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from answerable.exporters.mlflow.exporting import EXPERIMENT
from answerable.exporters.mlflow.reading import Copies, copies
from answerable.exporters.mlflow.runs import NOTHING, Words
from answerable.exporters.mlflow.store import Store, mlflow_run
from answerable.history import Verdict
from answerable.history.withheld import still_told
from answerable.ledger import Fault
from answerable.model import Decision, Erasure, Record, Step
from answerable.privacy import digest


def verify(
    uri: str, *, experiment: str = EXPERIMENT, kept: Iterable[Record] | None = None
) -> Verdict:
    """Check every record that the experiment shows, from its own envelope.

    `kept` is what the ledger holds, where it is at hand: then what is missing in MLflow, and
    what was added there, is found too. Without it, whoever may write to MLflow can take a record
    away, or add one that is signed by a key of their own.

    The verdict's `size` counts the records in MLflow. Raises `NotFoundError` without the
    database or experiment, `ExportError` if MLflow does not answer.
    """
    shown = copies(uri, experiment=experiment)
    faults = [*_of_copies(shown)]
    whole = [record for record in kept or () if not isinstance(record, Step)]
    faults += _still_told(shown, whole)
    if kept is not None:
        faults += _against(shown, whole)
        faults += _of_runs(Store.open(uri, experiment, create=False), whole)
    return Verdict(
        verdict="invalid" if faults else "valid-unwitnessed",
        size=len(shown.records),
        root=None,
        origin=None,
        faults=tuple(faults),
    )


def _of_copies(shown: Copies) -> Iterator[Fault]:
    for each in shown.unreadable:
        yield Fault("unreadable", f"the trace {each.trace_id} in MLflow: {each.because}")
    for record in shown.records:
        custody = record.custody
        if custody is None or custody.verified:
            continue
        told = custody.fault or "it does not verify"
        code = "edited" if "in MLflow, " in told else "signature"
        yield Fault(code, told, shown.places.get(custody.digest), record.id)


def _still_told(shown: Copies, kept: Iterable[Record]) -> Iterator[Fault]:
    """What was erased, as the ledger or MLflow's own copy of the erasure says."""
    erasures = [record for record in (*shown.records, *kept) if isinstance(record, Erasure)]
    for record in shown.records:
        told = {digest(each): each for each in record.custody.disclosures} if record.custody else {}
        if told:
            place = shown.places.get(record.custody.digest) if record.custody else None
            for fault in still_told(record, told, erasures):
                yield attrs.evolve(fault, index=place)


def _against(shown: Copies, kept: Iterable[Record]) -> Iterator[Fault]:
    """What the two do not have in common, by envelope: an id is only a name."""
    added = {r.custody.digest: r for r in shown.records if r.custody}
    for record in kept:
        custody = record.custody
        if custody is None:
            continue
        if not custody.verified:
            told = f"in the ledger itself: {custody.fault}"
            yield Fault("ledger", told, custody.index, record.id)
        place = shown.places.get(custody.digest)
        if added.pop(custody.digest, None) is None:
            yield Fault("missing", "MLflow does not show it", custody.index, record.id)
        elif place is not None and place != custody.index:
            told = f"MLflow shows it as entry {place}"
            yield Fault("edited", told, custody.index, record.id)
    for record in added.values():
        yield Fault("added", "the ledger does not hold it", None, record.id)


def _of_runs(store: Store, kept: Iterable[Record]) -> Iterator[Fault]:
    """Runs whose tags say something else than what was decided in them. A run that is gone was
    MLflow's to keep, not ours."""
    made: dict[str, list[Record]] = {}
    for record in kept:
        if (run := mlflow_run(record.run)) and isinstance(record, Decision):
            made.setdefault(run, []).append(record)
    for run, records in made.items():
        tags = store.run_tags(run)
        if tags is not None:
            for told in Words.of(tags).differences(NOTHING.with_records(records)):
                yield Fault("edited", f"in MLflow, at the run {run}, {told}", None, None)
