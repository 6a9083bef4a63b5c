"""What holds of every trace, over histories made to be awkward."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from answerable.errors import NotFoundError
from answerable.lineage import PHASES, AccountabilityTrace, Known, MemoryLookup, closure, stitch
from answerable.lineage.known import took_effect
from answerable.lineage.turning import shown_since
from answerable.model import (
    Acknowledgement,
    Approval,
    Custody,
    Decision,
    Delegation,
    Dissent,
    Erasure,
    Mandate,
    Record,
    Revocation,
    Step,
    Supersession,
)
from answerable.model.naming import replaces
from tests.lineage.story import approval, artifact, decision, dissent, step
from tests.strategies import END, IDS, START, histories, subjects, times


def told(subject: str, records: list[Record], at: datetime = END) -> AccountabilityTrace | None:
    """The trace, or None if nothing names the subject."""
    try:
        return stitch(subject, MemoryLookup(records), at)
    except NotFoundError:
        return None


def found(subject: str, records: list[Record]) -> AccountabilityTrace:
    """The trace of a subject that has one."""
    trace = told(subject, records)
    assume(trace is not None)
    assert trace is not None
    return trace


@given(subjects(), histories(), st.data())
def test_arrival_order_and_duplicates_change_nothing(
    subject: str, records: list[Record], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records)))))
    assert told(subject, again) == told(subject, records)


@given(subjects(), histories(), st.integers(0, 9))
def test_the_place_in_the_ledger_changes_the_revision_and_nothing_else(
    subject: str, records: list[Record], offset: int
) -> None:
    """It is shown, so that the revision covers it; nobody approves it, so that the digest does not."""

    def elsewhere(record: Record) -> Record:
        moved = record.custody and attrs.evolve(record.custody, index=99 - offset)
        return attrs.evolve(record, custody=moved)

    here, there = told(subject, records), told(subject, list(map(elsewhere, records)))
    if here is None or there is None:
        assert here is there
        return
    named = attrs.evolve(there, revision=here.revision, trace_id=here.trace_id)
    assert named == here
    moved = any(p.record.custody for p in here.placed())
    assert (there.revision != here.revision) == moved


@given(subjects(), histories())
def test_the_trace_is_a_forest_under_phases_with_every_record_once(
    subject: str, records: list[Record]
) -> None:
    trace = found(subject, records)
    placed = {p.record.id: p for p in trace.placed()}
    assert len(placed) == len(trace.records) + len(trace.steps)
    assert placed.keys() == closure(subject, Known(MemoryLookup(records), END)).records.keys()
    assert {p.phase for p in placed.values()} <= set(PHASES)
    assert sum(len(records) for _, records in trace.phases) == len(trace.records)
    assert all(isinstance(p.record, Step) for p in trace.steps)
    for p in placed.values():
        assert not isinstance(p.record, Delegation | Step) or p in trace.steps
        seen = {p.record.id}
        here = p.parent
        while here is not None:
            assert here not in seen
            seen.add(here)
            assert isinstance(placed[here].record, Decision | Step)
            here = placed[here].parent


@given(subjects(), histories())
def test_links_lead_to_records_of_the_trace_and_never_back(
    subject: str, records: list[Record]
) -> None:
    trace = found(subject, records)
    ahead = {p.record.id: {link.to for link in p.links} for p in trace.placed()}
    for p in trace.placed():
        assert p.parent not in ahead[p.record.id]
        assert len({(link.to, link.role) for link in p.links}) == len(p.links)
    while ahead:
        ends = {id for id, to in ahead.items() if not to & ahead.keys()}
        assert ends
        ahead = {id: to for id, to in ahead.items() if id not in ends}
    everyone = {p.record.id for p in trace.placed()}
    assert {link.to for p in trace.placed() for link in p.links} <= everyone


@given(subjects(), histories())
def test_what_is_not_in_force_is_nobodys_cause_and_has_no_gaps(
    subject: str, records: list[Record]
) -> None:
    trace = found(subject, records)
    placed = {p.record.id: p for p in trace.placed()}
    void = {id for id, p in placed.items() if p.is_history}
    for id, p in placed.items():
        # On a mandate that was withdrawn later, something was decided nonetheless.
        lent = {id for id, p in placed.items() if isinstance(p.record, Mandate)}
        joined = {link.to for link in p.links if link.by in {"digest", "name"}}
        causes = joined | {link.to for link in p.links if link.by == "authority"} - lent
        assert not causes & void
        if id in void:
            assert not causes
        if p.superseded_by:
            assert (
                id in replaces(placed[p.superseded_by].record)
                or any(
                    isinstance(other.record, Supersession)
                    and id in other.record.replaces
                    and other.record.successor == p.superseded_by
                    for other in placed.values()
                )
                or any(gap.code == "conflict" for gap in trace.gaps)
            )
    # That it was withdrawn for nothing else is the one thing that a withdrawn record lacks.
    assert {
        (gap.code, placed[gap.record or ""].standing) for gap in trace.gaps if gap.record in void
    } <= {("lapsed", "revoked")}
    assert {gap.record for gap in trace.gaps} <= placed.keys() | {None}
    assert len(set(trace.gaps)) == len(trace.gaps)


@given(subjects(), histories(), histories(max_size=4))
def test_an_unrelated_record_changes_nothing(
    subject: str, records: list[Record], others: list[Record]
) -> None:
    before = told(subject, records)
    assert told(subject, [*records, *map(_foreign, others)]) == before


@given(subjects(), histories(), times())
def test_what_was_recorded_later_was_not_known(
    subject: str, records: list[Record], at: datetime
) -> None:
    then = [record for record in records if record.recorded_at <= at]
    assert told(subject, records, at) == told(subject, then, at)


@given(subjects(), histories(), times())
def test_the_time_it_is_asked_for_is_no_part_of_what_is_shown(
    subject: str, records: list[Record], at: datetime
) -> None:
    at = max(at, *(record.recorded_at for record in records))
    first, later = told(subject, records, at), told(subject, records, at + timedelta(seconds=1))
    if first and later and first.gaps == later.gaps and [*first.placed()] == [*later.placed()]:
        assert first.revision == later.revision
        assert first.trace_id == later.trace_id
        assert attrs.evolve(later, as_of=at) == first


@given(histories(), st.integers(0, 60), st.data())
def test_its_own_records_give_the_trace_again_as_of_when_it_came_to_be(
    records: list[Record], hours: int, data: st.DataObject
) -> None:
    """So that a copy of it can be checked without the ledger."""
    record = data.draw(st.sampled_from(records))
    named = [a.ref for a in getattr(record, "produced", ())]
    subject = data.draw(st.sampled_from([f"record:{record.id}", *named]))
    at = max(record.recorded_at, START + timedelta(hours=hours))
    first = told(subject, records, at)
    if first is None or not any(first.placed()):  # how keys are lent is no part of any trace
        assert not took_effect(record) or isinstance(record, Delegation) or named
        return
    since = shown_since(first.placed(), first.gaps, at)
    assert since is not None and since <= at
    again = told(subject, [p.record for p in first.placed()], since)
    assert again is not None
    assert attrs.evolve(again, as_of=at) == first


@given(subjects(), histories(max_size=10), st.booleans(), st.data())
def test_a_yes_or_a_no_about_the_subject_leaves_the_digest_alone(
    subject: str, records: list[Record], yes: bool, data: st.DataObject
) -> None:
    before = found(subject, records)
    around = data.draw(st.none() | st.sampled_from(IDS))
    voice = (approval if yes else dissent)(
        "voice",
        data.draw(st.integers(0, 2)),
        about=(subject,),
        step=around,
        custody=data.draw(st.none() | st.just(Custody(envelope=b"", digest="sha256:00"))),
    )
    after = found(subject, [*records, voice])
    # About a slot, and made inside what filled it before: it concerns that.
    assume("voice" in {p.record.id for p in after.placed()})
    assert after.digest == before.digest
    assert after.revision != before.revision
    assert after.trace_id != before.trace_id


@given(subjects(), histories(max_size=10), st.data())
def test_any_other_new_record_in_the_ancestry_changes_the_digest(
    subject: str, records: list[Record], data: st.DataObject
) -> None:
    before = found(subject, records)
    used = data.draw(st.sampled_from(("dataset:a@1", "vendor:v", "model:m")))
    make = data.draw(st.sampled_from((decision, step)))
    new = make("new", data.draw(st.integers(0, 2)), about=(subject,), used=[artifact(used)])
    after = found(subject, [*records, new])
    assert after.digest != before.digest
    assert after.revision != before.revision


@given(histories(min_size=1, max_size=10), st.data())
def test_any_change_to_a_shown_record_changes_digest_or_revision(
    records: list[Record], data: st.DataObject
) -> None:
    # A record's own trace shows it, so that hardly an example is wasted.
    subject = f"record:{data.draw(st.sampled_from(records)).id}"
    before = found(subject, records)
    shown = [p.record for p in before.placed() if p.record.custody is None]
    assume(shown)
    old = data.draw(st.sampled_from(shown))
    new = attrs.evolve(old, team="other")
    after = found(subject, [new if record.id == old.id else record for record in records])
    assert after.revision != before.revision
    if isinstance(old, Approval | Dissent | Erasure):
        assert after.digest == before.digest
    # These may speak of voices alone.
    elif not isinstance(old, Revocation | Supersession | Acknowledgement):
        assert after.digest != before.digest


def _foreign(record: Record) -> Record:
    """The record as another system's, which shares no name, digest or id with this one."""

    def name(text: str) -> str:
        kind, _, rest = text.rpartition(":")
        return f"{kind}:foreign-{rest}" if kind else f"foreign-{text}"

    changes: dict[str, object] = {
        "id": name(record.id),
        "about": tuple(map(name, record.about)),
        "step": record.step and name(record.step),
        "within": record.within and name(record.within),
    }
    for role in ("used", "produced"):
        if artifacts := getattr(record, role, ()):
            changes[role] = tuple(attrs.evolve(a, ref=name(a.ref), digest=None) for a in artifacts)
    if hasattr(record, "evidence"):
        changes["evidence"] = ()
    for role in ("authority", "successor"):
        if id := getattr(record, role, None):
            changes[role] = name(id)
    for role in ("supersedes", "revokes", "replaces"):
        if ids := getattr(record, role, ()):
            changes[role] = tuple(map(name, ids))
    return attrs.evolve(record, **changes)  # type: ignore[arg-type]
