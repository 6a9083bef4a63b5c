"""Records into MLflow: in batches, idempotently, with a word for each one that did not go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from answerable.errors import ExportError, InvalidValueError, MalformedError
from answerable.exporters.mlflow.comparing import columns_hold, find
from answerable.exporters.mlflow.runs import Words
from answerable.exporters.mlflow.shaping import DISCLOSURES, TRACE_NAME, Shown, show
from answerable.exporters.mlflow.spans import to_span
from answerable.exporters.mlflow.store import Store, mlflow_run
from answerable.model import Record, Step

EXPERIMENT: Final = "answerable"
BATCH: Final = 200
# Envelopes may have 64 KiB each; a request stays well below what proxies let through.
MAX_BATCH_BYTES: Final = 4_000_000


@attrs.frozen(kw_only=True)
class Rejected:
    """A record that MLflow does not hold, and why."""

    id: str
    because: str


@attrs.frozen(kw_only=True)
class Unlinked:
    """A record that MLflow holds, but that it does not show at the MLflow run it names."""

    id: str
    run: str
    because: str


@attrs.frozen(kw_only=True)
class Exported:
    """What came of an export: how many records MLflow took, and linked to their MLflow run. Of
    `tagged` records it left out tags, as servers before 3.14 do: they were set one by one."""

    experiment_id: str
    sent: int
    linked: int
    tagged: int = 0
    rejected: tuple[Rejected, ...] = ()
    unlinked: tuple[Unlinked, ...] = ()


def export(
    records: Iterable[Record], uri: str, *, experiment: str = EXPERIMENT, batch: int = BATCH
) -> Exported:
    """Write each record as an MLflow trace of its own, at a tracking server (`http://…`) or
    straight into a database (`sqlite:///…`, `postgresql://…`).

    Steps are not written. What a record withholds is not told, unless its disclosures go along
    (`History.records(disclose=…)`). Sending a record again changes nothing but to put right what was
    edited in MLflow, and to tell what this time goes along, and no more. Raises `ConfigurationError` for an address that cannot serve,
    `ExportError` if MLflow cannot be reached or used, `MissingExtraError` without MLflow.
    """
    if batch < 1:
        raise InvalidValueError(f"a batch of {batch} records")
    return deliver(Store.open(uri, experiment, create=True), records, batch=batch)


def deliver(store: Store, records: Iterable[Record], *, batch: int = BATCH) -> Exported:
    """`export` into a store that is open; raises `ExportError`."""
    rejected: list[Rejected] = []
    unlinked: list[Unlinked] = []
    runs: dict[str, Words | None] = {}
    sent = linked = tagged = 0
    for group in _batches(_shown(records, rejected), batch):
        try:
            taken, left_out = _deliver(store, group, rejected)
            sent += len(taken)
            tagged += left_out
            linked += _link(store, taken, runs, unlinked)
        except ExportError as error:
            raise ExportError(
                f"{error.message} (after {sent:,} records; sending all again is safe)",
                hint=error.hint,
            ) from error
    return Exported(
        experiment_id=store.experiment_id,
        sent=sent,
        linked=linked,
        tagged=tagged,
        rejected=tuple(rejected),
        unlinked=tuple(unlinked),
    )


def _shown(records: Iterable[Record], rejected: list[Rejected]) -> Iterator[Shown]:
    for record in records:
        if isinstance(record, Step):
            continue
        if record.custody is None:
            rejected.append(
                Rejected(id=record.id, because="it has no envelope: nothing was signed")
            )
            continue
        try:
            # From the signed bytes, not from the object, which may say something else.
            custody = record.custody
            yield show(custody.envelope, custody.index, custody.disclosures)
        except MalformedError as error:
            rejected.append(Rejected(id=record.id, because=error.message))


def _batches(shown: Iterable[Shown], most: int) -> Iterator[list[Shown]]:
    """Groups of distinct traces, bounded in number and size."""
    group: dict[str, Shown] = {}
    size = 0
    for each in shown:
        grown = size + sum(map(len, each.all_attributes().values()))
        if group and (len(group) == most or grown > MAX_BATCH_BYTES):
            yield list(group.values())
            group, grown = {}, grown - size
        group[each.trace_id] = each
        size = grown
    if group:
        yield list(group.values())


def _deliver(store: Store, group: list[Shown], rejected: list[Rejected]) -> tuple[list[Shown], int]:
    """Send, and look: MLflow can say yes and keep nothing, or keep it in another experiment, or leave
    out the tags. Gives what it took, and of how many it left out tags."""
    group = [*_at_home(store, group, rejected)]
    _take_back(store, group)
    refused = dict(store.send([to_span(shown) for shown in group]))
    held = store.holding([s.request_id for at, s in enumerate(group) if at not in refused])
    taken, tagged = [], 0
    for at, shown in enumerate(group):
        if at not in refused and shown.request_id in held:
            taken.append(shown)
            tagged += _tag(store, shown, held[shown.request_id])
            continue
        because = (
            f"MLflow refused it: {refused[at]}"
            if at in refused
            else "MLflow does not hold it in this experiment; perhaps in one it was sent to before"
        )
        rejected.append(Rejected(id=shown.record.id, because=because))
    return taken, tagged


def _tag(store: Store, shown: Shown, held: Mapping[str, str]) -> bool:
    """Set the tags that MLflow left out; true if it did."""
    wanted = {TRACE_NAME: shown.name} | shown.tags
    left_out = {name: value for name, value in wanted.items() if held.get(name) != value}
    store.tag(shown.request_id, left_out)
    return bool(left_out)


def _at_home(store: Store, group: list[Shown], rejected: list[Rejected]) -> Iterator[Shown]:
    """Without those that would tell something private in an experiment for which it is not meant: what
    MLflow has under an id stays where it is, whatever experiment it is sent to."""
    for shown in group:
        where = store.experiment_of(shown.request_id) if shown.disclosures else None
        if where in (None, store.experiment_id):
            yield shown
        else:
            because = "MLflow holds it in another experiment, which would tell what is disclosed"
            rejected.append(Rejected(id=shown.record.id, because=because))


def _take_back(store: Store, group: list[Shown]) -> None:
    """Delete the traces that tell something else of private fields than is to be told now: MLflow never
    sets a column anew, so what one once told would stay there, erased or not."""
    private = {s.request_id: s for s in group if getattr(s.record, "withheld", ())}
    if not private:
        return
    told = []
    for found in map(find, store.each_of([*private])):
        shown = private[found.trace_id]
        same = found.attributes.get(DISCLOSURES) == shown.attributes.get(DISCLOSURES)
        if not same or not columns_hold(found, shown):
            told.append(found.trace_id)
    store.delete(told)


def _link(
    store: Store, group: list[Shown], runs: dict[str, Words | None], unlinked: list[Unlinked]
) -> int:
    """Link each record to its run, where MLflow has that run, and say on the run what was decided
    in it; gives how many are linked. `runs` are those that were met: what they say, None where
    there is no such run."""
    by_run: dict[str, list[Shown]] = {}
    for shown in group:
        if run := mlflow_run(shown.record.run):
            by_run.setdefault(run, []).append(shown)
    count = 0
    for run, members in by_run.items():
        if run not in runs:
            told = store.run_tags(run)
            runs[run] = None if told is None else Words.of(told)
        words = runs[run]
        found = store.link([m.request_id for m in members], run) if words is not None else set()
        because = "MLflow has no such run" if words is None else "MLflow did not keep the link"
        for member in members:
            if member.request_id in found:
                count += 1
            else:
                unlinked.append(Unlinked(id=member.record.id, run=run, because=because))
        if words is not None:
            grown = words.with_records(m.record for m in members)
            store.tag_run(run, words.changes(grown))
            runs[run] = grown
    return count
