"""How a trace is drawn: its tree, its names, its services, its links, what is red."""

from __future__ import annotations

from datetime import datetime

import attrs
import pytest

from answerable.lineage.trace import AccountabilityTrace, Gap, Link, Placed
from answerable.model import Decision, Record, Step
from answerable.otel import attributes as names
from answerable.stitched import Span, draw
from tests.stitched.traces import START, Team, loan_approval, trace_of

OUTLINE = """\
deployment:prod/loan-approval [answerable]
  requirements [answerable]
    requirement = decline only on ability to repay [credit-policy]
  data [answerable]
    select [data]
      dataset = {"rows":1969,"source":"hmda-boston"} [data]
        ! gap: no-alternatives dataset [data]
        ! gap: unrecorded dataset:hmda-boston@1990 [data]
      feature = ["loanamt","appinc","obrat","pubrec","mortlat1","… [data]
        ! gap: unassigned feature [data]
      data_window = all [data]
        ! gap: default data_window [data]
  labelling [answerable]
    guideline = a loan counts as approved when it was offered a… [credit-policy]
  training [answerable]
    train [data-science]
      hyperparameter = {"C":0.3,"penalty":"l2"} [data-science]
        ! gap: unassigned hyperparameter [data-science]
      hyperparameter = 0 [data-science]
        ! gap: default hyperparameter [data-science]
  evaluation [answerable]
    threshold = 0.5 (superseded) [data-science]
    threshold = 0.62 [data-science]
    vendor = credit-bureau-score [credit-policy]
      ! gap: vendor-assertion-only vendor [credit-policy]
      ! gap: asserted-link vendor:credit-bureau-score [credit-policy]
  approval [answerable]
    dissent by role:model-risk [model-risk]
    approval by role:head-of-credit-risk [credit-risk]
  deployment [answerable]
    deploy = model:loan-approval@7 [platform]
  ! gap: stale-approval deployment:prod/loan-approval [answerable]
"""


@pytest.fixture(scope="module")
def trace() -> AccountabilityTrace:
    return loan_approval()


@pytest.fixture(scope="module")
def spans(trace: AccountabilityTrace) -> tuple[Span, ...]:
    return draw(trace)


class TestTree:
    def test_a_reviewer_reads_subject_phases_steps_decisions_and_gaps(
        self, spans: tuple[Span, ...]
    ) -> None:
        assert outline(spans) == OUTLINE

    def test_phases_come_in_their_own_order_and_records_in_that_of_their_decisions(
        self, spans: tuple[Span, ...]
    ) -> None:
        # A labelling guideline older than the data it labels: the phases cross in time.
        guideline = next(s for s in spans if s.name.startswith("guideline = "))
        dataset = next(s for s in spans if s.name.startswith("dataset = "))

        assert named(spans, "data").start_ns < named(spans, "labelling").start_ns
        assert guideline.start_ns < dataset.start_ns

    def test_versions_of_a_model_have_the_same_root_so_that_jaeger_can_compare_them(self) -> None:
        placed = loan_approval().records

        (older, *_), (newer, *_) = (
            draw(trace_of(f"model:loan-approval@{version}", placed)) for version in (6, 7)
        )

        assert older.name == newer.name == "model:loan-approval"
        assert said(newer)[names.SUBJECT] == "model:loan-approval@7"

    def test_a_parent_that_is_not_in_the_trace_leaves_a_record_under_its_phase(self) -> None:
        placed = Placed(record=decision("1"), phase="data", parent="elsewhere")

        assert outline(draw(trace_of("model:m", [placed]))) == (
            "model:m [answerable]\n  data [answerable]\n    dataset = 1 [no-team]\n"
        )

    def test_a_circle_is_cut_at_its_newest_record(self) -> None:
        placed = [
            Placed(record=decision("1", minute=1), phase="data", parent="2"),
            Placed(record=decision("2", minute=2), phase="data", parent="1"),
            Placed(record=decision("3", minute=3), phase="data", parent="1"),
        ]

        assert outline(draw(trace_of("model:m", placed))) == (
            "model:m [answerable]\n"
            "  data [answerable]\n"
            "    dataset = 2 [no-team]\n"
            "      dataset = 1 [no-team]\n"
            "        dataset = 3 [no-team]\n"
        )

    def test_a_subject_without_records_is_a_root_with_its_gaps(self) -> None:
        gap = Gap(code="unrecorded", ref="model:m", message="nothing recorded produced model:m")

        assert outline(draw(trace_of("model:m", [], [gap]))) == (
            "model:m [answerable]\n  ! gap: unrecorded model:m [answerable]\n"
        )

    def test_a_subject_without_anything_is_a_root(self) -> None:
        assert outline(draw(trace_of("model:m", []))) == "model:m [answerable]\n"

    def test_a_gap_of_a_record_that_is_not_in_the_trace_stands_under_the_root(self) -> None:
        gap = Gap(code="opaque", record="elsewhere", message="a vendor's inside")
        placed = Placed(record=decision("1"), phase="data")

        assert outline(draw(trace_of("model:m", [placed], [gap]))).endswith(
            "\n  ! gap: opaque [answerable]\n"
        )


class TestWhatIsSaid:
    def test_a_decision_says_all_that_was_signed_and_carries_its_envelope(
        self, trace: AccountabilityTrace, spans: tuple[Span, ...]
    ) -> None:
        record = next(p.record for p in trace.records if chosen(p.record) == 0.62)
        assert record.custody is not None

        found = said(named(spans, "threshold = 0.62"))

        assert found.items() >= names.of_record(record).items()
        assert str(found[names.ENVELOPE]).encode() == record.custody.envelope
        assert found[names.DIGEST] == record.custody.digest
        assert found[names.INDEX] == record.custody.index
        assert found[names.VERIFIED] is True
        assert found[names.PHASE] == "evaluation"
        assert found[names.SINCE_PREVIOUS] == "6 d 2 h"

    def test_the_root_says_what_the_whole_is(
        self, trace: AccountabilityTrace, spans: tuple[Span, ...]
    ) -> None:
        assert said(spans[0]) == {
            names.SUBJECT: trace.subject,
            names.REVISION: trace.revision,
            names.DIGEST: trace.digest,
            names.VERDICT: "valid-unwitnessed",
            names.TIME_AXIS: "compressed",
            names.FIRST_DECIDED_AT: "2026-01-12T09:00:00.000000Z",
            names.LAST_DECIDED_AT: "2026-03-11T11:55:00.000000Z",
            names.SHOWN_SINCE: "2026-03-11T11:55:00.003000Z",
            names.TEAMS: (
                *("credit-policy", "credit-risk", "data", "data-science", "model-risk"),
                "platform",
            ),
            names.COUNT_RECORDS: 15,
            names.COUNT_DECISIONS: 11,
            names.COUNT_STEPS: 2,
            names.COUNT_TEAMS: 6,
            names.COUNT_GAPS: 9,
            names.GAP_CODES: '{"asserted-link":1,"default":2,"no-alternatives":1,'
            '"stale-approval":1,"unassigned":2,"unrecorded":1,"vendor-assertion-only":1}',
        }

    def test_a_gap_says_what_is_missing_and_where(self, spans: tuple[Span, ...]) -> None:
        gap = named(spans, "gap: vendor-assertion-only vendor")

        assert gap.error == "vendor rests on the vendor's word alone"
        assert said(gap)[names.GAP_CODE] == "vendor-assertion-only"
        assert said(gap)[names.GAP_OWNER] == "role:head-of-credit-risk"
        assert (
            said(gap)[names.GAP_RECORD]
            == said(named(spans, "vendor = credit-bureau-score"))[names.ID]
        )

    def test_red_are_the_gaps_and_nothing_else(
        self, trace: AccountabilityTrace, spans: tuple[Span, ...]
    ) -> None:
        assert sorted(s.error for s in spans if s.error) == sorted(g.message for g in trace.gaps)

    def test_a_record_that_did_not_verify_is_red_and_so_is_the_root(self) -> None:
        signed = Team("data", "role:data").signed(decision("1"))
        assert signed.custody is not None
        custody = attrs.evolve(signed.custody, verified=False, fault="no key signed it")
        record = attrs.evolve(signed, custody=custody)

        root, _, drawn = draw(
            trace_of("model:m", [Placed(record=record, phase="data")], verdict="invalid")
        )

        assert root.error == "the ledger does not verify"
        assert drawn.error == said(drawn)[names.FAULT] == "no key signed it"
        assert said(drawn)[names.VERIFIED] is False

    def test_a_team_is_one_service_however_it_was_written(self) -> None:
        placed = [
            Placed(record=attrs.evolve(decision(id), team=team), phase="data")
            for id, team in (("1", "data"), ("2", "team:data"))
        ]

        assert [s.service for s in draw(trace_of("model:m", placed))[2:]] == ["data", "data"]


class TestLinks:
    def test_the_root_has_none_and_no_phase_or_gap_has(self, spans: tuple[Span, ...]) -> None:
        records = {s.span_id for s in spans if names.ID in said(s)}

        assert {s.span_id for s in spans if s.links} <= records

    def test_causes_are_linked_and_their_roles_stand_on_the_span_in_the_same_order(
        self, spans: tuple[Span, ...]
    ) -> None:
        threshold, train = named(spans, "threshold = 0.62"), named(spans, "train")
        old = named(spans, "threshold = 0.5 (superseded)")

        targets = [link.span_id for link in threshold.links]

        assert targets[:2] == [train.span_id, old.span_id]
        assert said(threshold)[names.CAUSE_ROLES] == ("model:loan-approval@7", "supersedes")
        assert said(threshold)[names.CAUSE_JOINS] == ("digest", "supersedes")
        assert said(threshold)[names.CAUSE_IDS] == tuple(said(s)[names.ID] for s in (train, old))

    def test_the_last_link_leads_to_the_run_in_which_it_was_decided(
        self, trace: AccountabilityTrace, spans: tuple[Span, ...]
    ) -> None:
        record = next(p.record for p in trace.records if chosen(p.record) == 0.62)
        threshold = named(spans, "threshold = 0.62")

        live = threshold.links[-1]

        assert (live.trace_id, live.span_id) == (record.trace_id, record.span_id)
        assert dict(live.attributes) == {names.LINK_ROLE: "live"}
        assert said(threshold)[names.LIVE_TRACE_ID] == record.trace_id

    @pytest.mark.parametrize("trace_id", ["0" * 32, "xyz", None])
    def test_ids_that_no_live_span_can_have_are_no_link(self, trace_id: str | None) -> None:
        record = attrs.evolve(decision("1"), trace_id=trace_id, span_id="1" * 16)

        drawn = draw(trace_of("model:m", [Placed(record=record, phase="data")]))

        assert drawn[-1].links == ()

    def test_what_a_record_stands_in_is_its_parent_and_no_link(self) -> None:
        step = Step(id="s", name="train", started_at=START, decided_at=START, recorded_at=START)
        inside = Link(to="s", role="inside", by="inside")
        placed = Placed(record=decision("1"), phase="data", parent="s", links=(inside,))

        drawn = draw(trace_of("model:m", [placed, Placed(record=step, phase="data")]))[-1]

        assert drawn.links == ()
        assert names.CAUSE_IDS not in said(drawn)

    def test_a_cause_outside_the_trace_is_named_after_the_ones_that_are_linked(self) -> None:
        causes = (
            Link(to="elsewhere", role="dataset:d", by="name"),
            Link(to="1", role="about", by="about"),
        )
        placed = [
            Placed(record=decision("1", minute=1), phase="data"),
            Placed(record=decision("2", minute=2), phase="data", links=causes),
        ]

        drawn = draw(trace_of("model:m", placed))

        assert [link.span_id for link in drawn[-1].links] == [drawn[-2].span_id]
        assert said(drawn[-1])[names.CAUSE_IDS] == ("1", "elsewhere")


class TestTime:
    def test_the_compressed_trace_is_over_when_its_newest_record_was_made(
        self, trace: AccountabilityTrace, spans: tuple[Span, ...]
    ) -> None:
        newest = max(p.record.recorded_at for p in trace.placed())

        assert spans[0].end_ns == max(s.end_ns for s in spans) == nanoseconds(newest)

    def test_the_compressed_trace_takes_a_second_a_record(self, spans: tuple[Span, ...]) -> None:
        seconds = (spans[0].end_ns - spans[0].start_ns) / 1e9

        assert 15 < seconds < 17  # fifteen records, and a gap of the whole

    def test_on_the_true_axis_a_decision_stands_where_it_was_made(
        self, trace: AccountabilityTrace
    ) -> None:
        record = next(p.record for p in trace.records if chosen(p.record) == 0.62)

        drawn = draw(trace, time_axis="true")

        span = named(drawn, "threshold = 0.62")
        assert span.start_ns == nanoseconds(record.decided_at)
        assert said(drawn[0])[names.TIME_AXIS] == "true"

    def test_on_the_true_axis_a_step_lasts_as_long_as_it_ran(
        self, trace: AccountabilityTrace
    ) -> None:
        step = trace.steps[0].record

        span = named(draw(trace, time_axis="true"), "select")

        assert isinstance(step, Step)
        assert span.end_ns - span.start_ns == (step.decided_at - step.started_at).seconds * 10**9

    def test_the_two_axes_share_no_id_because_jaeger_would_show_both_in_one(
        self, trace: AccountabilityTrace, spans: tuple[Span, ...]
    ) -> None:
        true = draw(trace, time_axis="true")

        assert spans[0].trace_id == trace.trace_id != true[0].trace_id
        assert not {s.span_id for s in spans} & {s.span_id for s in true}
        assert [s.name for s in spans if s.error] == [s.name for s in true if s.error]


def outline(spans: tuple[Span, ...]) -> str:
    """The spans as an indented list."""
    depths: dict[str | None, int] = {None: -1}
    lines = []
    for span in spans:
        depths[span.span_id] = depth = depths[span.parent_id] + 1
        mark = "! " if span.error else ""
        lines.append(f"{'  ' * depth}{mark}{span.name} [{span.service}]\n")
    return "".join(lines)


def named(spans: tuple[Span, ...], name: str) -> Span:
    (found,) = (s for s in spans if s.name == name)
    return found


def said(span: Span) -> dict[str, names.AttributeValue]:
    return dict(span.attributes)


def nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6) * 1000


def chosen(record: Record) -> object:
    return record.chosen if isinstance(record, Decision) else None


def decision(id: str, *, minute: int = 0) -> Decision:
    """A bare decision: choosing what it is called."""
    moment = START.replace(minute=minute)
    return Decision(
        id=id,
        decided_at=moment,
        recorded_at=moment,
        kind="dataset",
        question="Which?",
        chosen=id,
    )
