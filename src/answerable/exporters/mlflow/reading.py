"""Records out of MLflow, each one verified against its own envelope.

Tags, names and columns in MLflow can be edited by whoever may write there. So all of it is
derived again from the signed bytes, and what differs is told.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Protocol

import attrs

from answerable import statement
from answerable.errors import MalformedError, NotFoundError
from answerable.exporters.mlflow import tags
from answerable.exporters.mlflow.authenticate import authenticate
from answerable.exporters.mlflow.comparing import Found, differences, find, read
from answerable.exporters.mlflow.exporting import EXPERIMENT
from answerable.exporters.mlflow.filters import Criteria, Moment, criteria, equals
from answerable.exporters.mlflow.shaping import INDEX, Shown
from answerable.exporters.mlflow.store import RUN_PREFIX, Store
from answerable.history.withheld import handed_over
from answerable.model import Decision, Delegation, Record
from answerable.privacy import digest
from answerable.signing import envelope_digest

# Above so many session keys it is cheaper to fetch every delegation than each by its key.
FEW_KEYS = 8


@attrs.frozen(kw_only=True)
class Unreadable:
    """A trace that claims to show a record, and holds none."""

    trace_id: str
    because: str


class Keeps(Protocol):
    """What records are kept in: a `History`."""

    def get(self, id: str, /) -> Record:
        """The record of that id; raises `NotFoundError`."""
        ...


class Decisions(list[Decision]):
    """What a search found; and, as `unreadable`, what MLflow gave for it that is no decision."""

    def __init__(self, found: Iterable[Decision], unreadable: Iterable[Unreadable] = ()) -> None:
        super().__init__(found)
        self.unreadable = tuple(unreadable)


@attrs.frozen(kw_only=True)
class Copies:
    """Every record in an experiment, oldest first, each with its custody; and what is none.

    `places` are the entries that MLflow says the records are in the ledger, by the digests of
    their envelopes: nothing that was signed says so.
    """

    records: tuple[Record, ...]
    unreadable: tuple[Unreadable, ...]
    places: dict[str, int] = attrs.field(factory=dict, hash=False)


def search(
    uri: str,
    *,
    experiment: str = EXPERIMENT,
    kind: str | None = None,
    actor: str | None = None,
    accountable: str | None = None,
    team: str | None = None,
    step: str | None = None,
    run: str | None = None,
    capture: str | None = None,
    artifact: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    model: str | None = None,
    version: str | int | None = None,
    limit: int | None = None,
    kept: Keeps | None = None,
) -> Decisions:
    """The decisions that MLflow finds, newest first: a list.

    `artifact` is a reference (without a version: every version of it) or a digest; `model` and
    `version` find decisions that name that model, and those of the runs which made it in
    MLflow's registry; `since` and `until` bound `decided_at`, both included; `limit` None or 0
    means all.

    `kept` is the ledger's `History`, where it is at hand: then what it does not hold is no more
    verified, though it may be signed by somebody who may write to MLflow, and `custody.index` is its
    place there.

    `custody.verified` is true if the envelope's signature holds and MLflow shows what was
    signed; else `custody.fault` says what was edited. A decision that was found by an edited tag
    is returned with its fault; one that was hidden by an edited tag, or deleted, is only found
    missing by comparing `copies` with the ledger. A trace that claims to be such a decision and
    holds none keeps nobody from the others: it is in the list's `unreadable`, and warned of.

    Raises `NotFoundError` without the database or experiment, `ExportError` if MLflow does not
    answer, `LedgerError` where `kept` cannot be read.
    """
    asked = criteria(
        kind=kind,
        actor=actor,
        accountable=accountable,
        team=team,
        step=step,
        run=run,
        capture=capture,
        artifact=artifact,
        since=since,
        until=until,
        model=model,
        version=version,
    )
    store = Store.open(uri, experiment, create=False)
    if asked.model is not None:
        name = asked.model.removeprefix("model:").partition("@")[0]
        runs = store.model_runs(name, str(version) if version is not None else None)
        asked = attrs.evolve(asked, runs=(*runs, *(RUN_PREFIX + run for run in runs)))
    found: dict[str, tuple[Found, Shown]] = {}
    unreadable: dict[str, Unreadable] = {}
    for filter in asked.filters():
        found.update(_matching(store, filter, asked, limit, unreadable))
    if unreadable:
        first = next(iter(unreadable.values()))
        warnings.warn(
            f"{len(unreadable)} traces in MLflow claim to be decisions and hold none, such as"
            f" {first.trace_id}: {first.because}. `answerable export mlflow` writes anew what was"
            " overwritten",
            stacklevel=2,
        )
    decisions = [r for r in _verified(store, found.values()) if isinstance(r, Decision)]
    newest = sorted(decisions, key=lambda d: (d.decided_at, d.id), reverse=True)[: limit or None]
    if kept is not None:
        newest = [_held_against(decision, kept) for decision in newest]
    return Decisions(newest, unreadable.values())


def copies(uri: str, *, experiment: str = EXPERIMENT) -> Copies:
    """Everything that is in the experiment, of every type: to be compared with the ledger.

    Raises `NotFoundError` without the database or experiment, `ExportError` if MLflow does not
    answer.
    """
    store = Store.open(uri, experiment, create=False)
    whole: list[tuple[Found, Shown]] = []
    unreadable: list[Unreadable] = []
    for found in map(find, store.traces(None)):
        if found.claims:
            try:
                whole.append((found, read(found)))
            except MalformedError as error:
                unreadable.append(Unreadable(trace_id=found.trace_id, because=error.message))
    records = sorted(_verified(store, whole), key=lambda r: (r.decided_at, r.id))
    places = {
        envelope_digest(shown.envelope): int(shown.attributes[INDEX])
        for _, shown in whole
        if INDEX in shown.attributes
    }
    return Copies(records=tuple(records), unreadable=tuple(unreadable), places=places)


def _matching(
    store: Store,
    filter: str,
    asked: Criteria,
    limit: int | None,
    unreadable: dict[str, Unreadable],
) -> dict[str, tuple[Found, Shown]]:
    """What is asked for by the id of its trace, newest first, up to `limit`; and what MLflow
    gave only because it was edited. What is no decision goes into `unreadable`."""
    kept: dict[str, tuple[Found, Shown]] = {}
    last = None
    for found in map(find, store.traces(filter)):
        # MLflow orders by milliseconds: all of the last one are needed to choose among them.
        if last is not None and found.moments[0] < last:
            break
        try:
            shown = read(found)
            if not isinstance(shown.record, Decision):
                raise MalformedError(f"what was signed is {statement.record_type(shown.record)}")
        except MalformedError as error:
            told = Unreadable(trace_id=found.trace_id, because=error.message)
            unreadable[found.trace_id] = told
            continue
        if asked.matches(shown.record) or differences(found, shown):
            kept[found.trace_id] = found, shown
            if len(kept) == limit:
                last = found.moments[0]
    return kept


def _verified(store: Store, pairs: Iterable[tuple[Found, Shown]]) -> list[Record]:
    """The records with their custody: the signature's verdict, and what MLflow shows amiss."""
    whole = list(pairs)
    envelopes = [shown.envelope for _, shown in whole]
    records = authenticate([*envelopes, *_delegations(store, [s.record for _, s in whole])])
    verified = []
    for (found, shown), bare in zip(whole, records, strict=False):
        record = handed_over(bare, {digest(each): each for each in shown.disclosures})
        custody = record.custody
        edited = differences(found, shown)
        if custody is not None and edited:
            faults = [custody.fault] if custody.fault else []
            fault = "; ".join([*faults, *(f"in MLflow, {each}" for each in edited)])
            custody = attrs.evolve(custody, verified=False, fault=fault)
        verified.append(attrs.evolve(record, custody=custody))
    return verified


def _held_against(decision: Decision, kept: Keeps) -> Decision:
    """The decision with its place in the ledger, and what speaks against it there."""
    copy = decision.custody
    assert copy is not None
    try:
        own = kept.get(decision.id).custody
    except NotFoundError:
        own = None
    if own is None:
        told: str | None = "the ledger does not hold it"
    elif own.digest != copy.digest:
        told = "the ledger holds another record under its id"
    else:
        copy = attrs.evolve(copy, index=own.index)
        told = None if own.verified else f"in the ledger itself: {own.fault}"
    if told is not None:
        fault = f"{copy.fault}; {told}" if copy.fault else told
        copy = attrs.evolve(copy, verified=False, fault=fault)
    return attrs.evolve(decision, custody=copy)


def _delegations(store: Store, records: Iterable[Record]) -> list[bytes]:
    """The envelopes of the delegations that introduce the keys which signed the records."""
    keys = {record.emission.key_id for record in records if record.emission}
    keys -= {r.emission.key_id for r in records if isinstance(r, Delegation) and r.emission}
    any_of_them = equals(tags.TYPE, "delegation")
    filters = [f"{any_of_them} AND {equals(tags.KEY_ID, key)}" for key in sorted(keys)]
    envelopes = []
    for filter in filters if len(filters) <= FEW_KEYS else [any_of_them]:
        for found in map(find, store.traces(filter)):
            try:
                envelopes.append(read(found).envelope)
            except MalformedError:
                continue  # what it would have introduced is then told to be unintroduced
    return envelopes
