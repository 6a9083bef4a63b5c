"""A trace too large to be read: repeated leaves become counts, and the root says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from answerable.lineage.trace import AccountabilityTrace, Gap, Link, Placed
from answerable.model import Actor, Custody, Decision, Step
from answerable.otel import attributes as names
from answerable.stitched import MAX_SPANS, Span, draw
from tests.stitched.traces import START, record_id, trace_of


def test_two_thousand_five_hundred_defaults_are_one_red_span_that_counts_them() -> None:
    trace = many(2_500, lambda n: {"chosen": n % 5, "capture": "default", "decided_by": None})

    spans = draw(trace)

    (fold,) = (s for s in spans if names.FOLDED_IDS in said(s))
    assert fold.name == "2,500 defaults"
    assert fold.error == "2,500 gaps"
    assert fold.service == "science"
    assert said(fold)[names.FOLDED_RECORDS] == said(fold)[names.FOLDED_GAPS] == 2_500
    assert said(fold)[names.FOLDED_IDS] == tuple(p.record.id for p in trace.records[:2_500])
    assert json.loads(str(said(fold)[names.FOLDED_NAMES])) == {
        f"hyperparameter = {n}": 500 for n in range(5)
    }
    assert json.loads(str(said(fold)[names.GAP_CODES])) == {"default": 2_500}
    assert said(spans[0])[names.FOLDED_RECORDS] == said(spans[0])[names.FOLDED_GAPS] == 2_500
    # What the whole holds is counted whether it is drawn or not.
    assert said(spans[0])[names.COUNT_DECISIONS] == 2_501
    assert said(spans[0])[names.COUNT_GAPS] == 2_500
    assert [s.name for s in spans] == [
        "model:m",
        "training",
        "train",
        "2,500 defaults",
        "model = m",
    ]


def test_defaults_of_two_places_or_teams_are_not_counted_together() -> None:
    trace = many(2_500, lambda n: {"chosen": 1, "capture": "default", "team": f"team-{n % 2}"})

    folds = [s for s in draw(trace) if names.FOLDED_IDS in said(s)]

    assert sorted((s.service, s.name) for s in folds) == [
        ("team-0", "1,250 defaults"),
        ("team-1", "1,250 defaults"),
    ]


def test_what_tells_something_private_is_never_counted_for_its_disclosure_needs_a_place() -> None:
    def fields(n: int) -> dict[str, Any]:
        told = (b"a disclosure",) if n == 7 else ()
        custody = Custody(envelope=b"{}", digest=f"{n}", verified=True, disclosures=told)
        return {"chosen": 1, "capture": "default", "custody": custody}

    spans = draw(many(2_500, fields))

    (fold,) = (s for s in spans if names.FOLDED_IDS in said(s))
    assert said(fold)[names.FOLDED_RECORDS] == 2_499
    (alone,) = (s for s in spans if said(s).get(names.ID) == "0007")
    assert said(alone)[names.DISCLOSURES] == ("a disclosure",)


def test_repeated_outcomes_are_counted_when_defaults_alone_are_too_few() -> None:
    trace = many(2_500, lambda n: {"chosen": n % 2})

    folds = [s for s in draw(trace) if names.FOLDED_IDS in said(s)]

    assert [s.name for s in folds] == [
        "hyperparameter = 0 (1,250 times)",
        "hyperparameter = 1 (1,250 times)",
    ]


def test_a_link_to_a_folded_record_leads_to_the_span_that_counts_it() -> None:
    trace = many(2_500, lambda _: {"chosen": 1, "capture": "default"})

    spans = draw(trace)

    (fold,) = (s for s in spans if names.FOLDED_IDS in said(s))
    (model,) = (s for s in spans if s.name == "model = m")
    assert [link.span_id for link in model.links] == [fold.span_id]


def test_a_record_that_did_not_verify_is_never_one_of_many() -> None:
    trace = many(2_500, lambda _: {"chosen": 1, "capture": "default"})
    fault = Custody(envelope=b"{}", digest="sha256:" + "0" * 64, fault="altered")
    first = trace.records[0]
    altered = attrs.evolve(first, record=attrs.evolve(first.record, custody=fault))

    spans = draw(attrs.evolve(trace, records=(altered, *trace.records[1:])))

    assert [s.error for s in spans if said(s).get(names.ID) == first.record.id] == ["altered"]
    assert "2,499 defaults" in [s.name for s in spans]


def test_decisions_that_differ_are_all_drawn_however_many_they_are() -> None:
    spans = draw(many(2_500, lambda n: {"chosen": n}))

    assert len(spans) == 2_504
    assert names.FOLDED_RECORDS not in said(spans[0])


@pytest.mark.parametrize(("extra", "folded"), [(0, False), (1, True)])
def test_nothing_is_folded_up_to_the_limit(extra: int, folded: bool) -> None:
    # Beside the defaults: the root, a phase, the step and the model; a gap with each default.
    count = (MAX_SPANS - 4) // 2
    trace = many(count, lambda _: {"chosen": 1, "capture": "default"})
    more = [Gap(code="opaque", message="a vendor's inside")] * extra

    spans = draw(attrs.evolve(trace, gaps=(*trace.gaps, *more)))

    assert (names.FOLDED_RECORDS in said(spans[0])) is folded
    assert folded or len(spans) == MAX_SPANS


def many(count: int, fields: Callable[[int], dict[str, Any]]) -> AccountabilityTrace:
    """A step with `count` hyperparameters, a gap at each default, and the model it produced."""
    step = Step(
        id=record_id(START, 4095),
        decided_at=START + timedelta(hours=2),
        recorded_at=START + timedelta(hours=2),
        started_at=START,
        name="train",
        team="science",
    )
    records = []
    for n in range(count):
        each: dict[str, Any] = {
            "decided_by": Actor(id="role:scientist"),
            "team": "science",
            "step": step.id,
        }
        moment = START + timedelta(seconds=n)
        each |= {"id": f"{n:04}", "decided_at": moment, "recorded_at": moment}
        each |= {"kind": "hyperparameter", "question": "Which?"}
        records.append(Decision(**(each | fields(n))))
    model = Decision(
        id="model",
        decided_at=START + timedelta(hours=3),
        recorded_at=START + timedelta(hours=3),
        team="science",
        kind="model",
        question="Which?",
        chosen="m",
    )
    gaps = [
        Gap(code="default", record=r.id, message="nobody chose it")
        for r in records
        if r.capture == "default"
    ]
    cause = Link(to="0007", role="about", by="about")
    placed = [Placed(record=r, phase="training", parent=step.id) for r in records]
    placed += [
        Placed(record=step, phase="training"),
        Placed(record=model, phase="training", links=(cause,)),
    ]
    return trace_of("model:m", placed, gaps)


def said(span: Span) -> dict[str, names.AttributeValue]:
    return dict(span.attributes)
