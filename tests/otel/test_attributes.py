"""What a record says as span attributes, and what its span is called."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from answerable.model import (
    Actor,
    Approval,
    Artifact,
    Assumption,
    Ballot,
    Considered,
    Custody,
    Decision,
    Delegation,
    Dissent,
    Emission,
    Evidence,
    Record,
    ResidualRisk,
    Scope,
    Source,
    Step,
    Withheld,
)
from answerable.otel import attributes as names
from answerable.otel.attributes import of_record, span_name, to_json

MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
AT = "2026-03-01T12:30:00.000000Z"
ANA = Actor(id="person:ana@bank.example.org", known_by="authenticated")
DATA = Artifact(ref="dataset:hmda-boston@1990", digest="sha256:" + "1" * 64, uri="file:hmda.csv")
COMMON: dict[str, Any] = {"id": "r1", "decided_at": MOMENT, "recorded_at": MOMENT}

FULL = Decision(
    **COMMON,
    decided_by=ANA,
    team="credit-risk",
    about=("model:loan-approval@7",),
    step="s1",
    within="d0",
    run="mlflow:4711",
    trace_id="a" * 32,
    span_id="b" * 16,
    source=Source(function="fit", file="train.py", line=12, commit="c0ffee", dirty=True),
    emission=Emission(key_id="SHA256:abc", seq=3),
    custody=Custody(envelope=b"{}", digest="sha256:" + "2" * 64, index=0),
    kind="threshold",
    question="At which score do we decline?",
    chosen=0.62,
    considered=(Considered(value=0.5, because="declines 9% more"), Considered(value=None)),
    rationale="FPR below 2%",
    accountable="role:head-of-credit-risk",
    authority="policy:credit@3",
    evidence=(Evidence(artifact=DATA, kind="own_test", valid_until="2027-01-31"),),
    assumptions=(Assumption(statement="the mix stays", review_by="2027-01-31"),),
    used=(DATA,),
    produced=(Artifact(ref="config:threshold@1"),),
    supersedes=("r0",),
    scope=Scope(population="retail"),
    votes=(Ballot(actor="person:bo@bank.example.org", vote="against", because="too high"),),
    residual_risk=(ResidualRisk(statement="few were held out", owner="role:owner"),),
    consulted=("team:fair-lending",),
    informed=("role:operations",),
    legal_refs=("12 CFR 1002.9",),
    valid_from="2026-03-01",
    valid_to="2027-03-01",
    pre_determined_change="0.60 to 0.64",
    drafted_by="agent:minutes",
    withheld=(Withheld(field="chosen", digest="sha256:" + 64 * "3"),),
    previous=0.58,
    capture="explicit",
)


def test_a_decision_says_everything_that_was_recorded() -> None:
    artifact = f'{{"ref":"{DATA.ref}","digest":"{DATA.digest}","uri":"file:hmda.csv"}}'
    in_evidence = f'{{"digest":"{DATA.digest}","ref":"{DATA.ref}","uri":"file:hmda.csv"}}'

    assert of_record(FULL) == {
        "answerable.type": "decision",
        "answerable.id": "r1",
        "answerable.decided_at": AT,
        "answerable.recorded_at": AT,
        "answerable.decided_by": "person:ana@bank.example.org",
        "answerable.known_by": "authenticated",
        "answerable.team": "credit-risk",
        "answerable.about": ("model:loan-approval@7",),
        "answerable.step": "s1",
        "answerable.within": "d0",
        "answerable.run": "mlflow:4711",
        "answerable.key_id": "SHA256:abc",
        "answerable.digest": "sha256:" + "2" * 64,
        "answerable.index": 0,
        "answerable.dirty": True,
        "code.function.name": "fit",
        "code.file.path": "train.py",
        "code.line.number": 12,
        "vcs.ref.head.revision": "c0ffee",
        "answerable.kind": "threshold",
        "answerable.question": "At which score do we decline?",
        "answerable.chosen": "0.62",
        "answerable.previous": "0.58",
        "answerable.considered": '[{"value":0.5,"because":"declines 9% more"},{"value":null}]',
        "answerable.rationale": "FPR below 2%",
        "answerable.accountable": "role:head-of-credit-risk",
        "answerable.authority": "policy:credit@3",
        "answerable.evidence": (
            f'[{{"artifact":{in_evidence},"kind":"own_test","valid_until":"2027-01-31"}}]'
        ),
        "answerable.assumptions": '[{"statement":"the mix stays","review_by":"2027-01-31"}]',
        "answerable.used": f"[{artifact}]",
        "answerable.produced": '[{"ref":"config:threshold@1"}]',
        "answerable.supersedes": ("r0",),
        "answerable.scope": '{"population":"retail"}',
        "answerable.votes": (
            '[{"actor":"person:bo@bank.example.org","vote":"against","because":"too high"}]'
        ),
        "answerable.residual_risk": '[{"statement":"few were held out","owner":"role:owner"}]',
        "answerable.consulted": ("team:fair-lending",),
        "answerable.informed": ("role:operations",),
        "answerable.legal_refs": ("12 CFR 1002.9",),
        "answerable.valid_from": "2026-03-01",
        "answerable.valid_to": "2027-03-01",
        "answerable.pre_determined_change": "0.60 to 0.64",
        "answerable.drafted_by": "agent:minutes",
        "answerable.withheld": f'[{{"field":"chosen","digest":"sha256:{64 * "3"}"}}]',
        "answerable.capture": "explicit",
    }


def test_no_field_of_a_decision_is_left_out() -> None:
    # Where it was recorded is a span's own business, the envelope that of a copy.
    elsewhere = {"trace_id", "span_id", "abandoned"}

    for field in attrs.fields(Decision):
        if field.name not in elsewhere:
            bare = _without(FULL, field)
            assert of_record(bare) != of_record(FULL), field.name


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            Step(**COMMON, name="train", phase="training", started_at=MOMENT, used=(DATA,)),
            {
                "answerable.name": "train",
                "answerable.phase": "training",
                "answerable.started_at": AT,
                "answerable.ended_at": AT,
            },
        ),
        (
            Approval(**COMMON, meaning="responsibility", digest="sha256:d", rationale="seen it"),
            {
                "answerable.meaning": "responsibility",
                "answerable.presented_digest": "sha256:d",
                "answerable.rationale": "seen it",
                "answerable.decided_at": AT,
            },
        ),
        (
            Dissent(**COMMON, decided_by=ANA, rationale="too high", about=("record:r0",)),
            {
                "answerable.rationale": "too high",
                "answerable.about": ("record:r0",),
                "answerable.decided_by": ANA.id,
            },
        ),
        (
            Delegation(
                **COMMON,
                session_key="ab",
                identity_key="cd",
                principal=ANA.id,
                not_before=MOMENT,
                not_after=MOMENT,
            ),
            {
                "answerable.session_key": "ab",
                "answerable.identity_key": "cd",
                "answerable.principal": ANA.id,
                "answerable.not_before": AT,
                "answerable.not_after": AT,
            },
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Record) else "",
)
def test_other_records_say_theirs(record: Record, said: dict[str, Any]) -> None:
    assert of_record(record).items() >= said.items()


def test_a_step_runs_and_is_not_decided() -> None:
    step = Step(**COMMON, name="train", started_at=MOMENT)

    assert names.DECIDED_AT not in of_record(step)


def test_a_default_has_no_decider() -> None:
    said = of_record(attrs.evolve(FULL, capture="default", decided_by=None))

    assert said[names.CAPTURE] == "default"
    assert names.DECIDED_BY not in said


def test_choosing_nothing_is_said_and_an_abandoned_decision_says_no_choice() -> None:
    assert of_record(attrs.evolve(FULL, chosen=None))[names.CHOSEN] == "null"
    abandoned = of_record(attrs.evolve(FULL, chosen=None, abandoned="ValueError"))
    assert names.CHOSEN not in abandoned
    assert abandoned[names.ABANDONED] == "ValueError"


def test_a_live_span_carries_them_all_unchanged() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    with provider.get_tracer("test").start_as_current_span("threshold") as span:
        span.set_attributes(of_record(FULL))

    (ended,) = exporter.get_finished_spans()
    assert dict(ended.attributes or {}) == of_record(FULL)


def test_names_are_lower_case_dotted_and_never_also_a_namespace() -> None:
    all_names = every_name()

    assert len(set(all_names)) == len(all_names)
    assert all(name.replace("_", "").replace(".", "").islower() for name in all_names)
    for name in all_names:
        assert not [other for other in all_names if other.startswith(f"{name}.")], name
        assert not name.startswith(("otel.", "gen_ai.", "http.", "db.", "rpc.", "messaging."))


class TestJson:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (float("nan"), '"NaN"'),
            (float("-inf"), '"-Infinity"'),
            (2**53, "9007199254740992"),
            (2**53 + 1, '"9007199254740993"'),
            (True, "true"),
            ({"b": 1, "a": [float("inf")]}, '{"a":["Infinity"],"b":1}'),
            ("\ud800", '"?"'),
        ],
    )
    def test_what_json_cannot_hold_is_text(self, value: Any, text: str) -> None:
        assert to_json(value) == text

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
            max_leaves=10,
        )
    )
    def test_it_always_parses_strictly(self, value: Any) -> None:
        text = to_json(value)

        json.loads(text, parse_constant=pytest.fail)
        text.encode()


class TestSpanName:
    @pytest.mark.parametrize(
        ("chosen", "name"),
        [
            (0.62, "threshold = 0.62"),
            ("acme", "threshold = acme"),
            (None, "threshold = null"),
            (False, "threshold = false"),
            (["a", 1], 'threshold = ["a",1]'),
            ("two\n lines", "threshold = two lines"),
            ("x" * 100, "threshold = " + "x" * 47 + "…"),
        ],
    )
    def test_a_decisions_carries_the_choice_on_one_short_line(self, chosen: Any, name: str) -> None:
        assert span_name(attrs.evolve(FULL, chosen=chosen)) == name

    @pytest.mark.parametrize(
        ("record", "name"),
        [
            (attrs.evolve(FULL, abandoned="ValueError"), "threshold abandoned"),
            (Step(**COMMON, name="train", started_at=MOMENT), "train"),
            (
                Approval(**COMMON, decided_by=ANA, meaning="approval", digest="sha256:d"),
                f"approval by {ANA.id}",
            ),
            (
                Approval(**COMMON, decided_by=ANA, meaning="review", digest="sha256:d"),
                f"approval (review) by {ANA.id}",
            ),
            (Dissent(**COMMON, rationale="no"), "dissent by nobody"),
        ],
    )
    def test_another_records_says_what_it_is_and_by_whom(self, record: Record, name: str) -> None:
        assert span_name(record) == name


def every_name() -> list[str]:
    """All attribute names there are."""
    return [value for name, value in vars(names).items() if name.isupper() and name[0] != "_"]


def _without(decision: Decision, field: attrs.Attribute[Any]) -> Decision:
    """The decision with another value, or none, in one field."""
    other: dict[str, Any] = {
        "id": "r2",
        "decided_at": datetime(2026, 3, 2, tzinfo=UTC),
        "recorded_at": datetime(2026, 3, 2, tzinfo=UTC),
        "kind": "fairness",
        "question": "Which?",
        "chosen": 0.7,
        "capture": "inferred",
    }
    other.setdefault(field.name, () if field.default is attrs.NOTHING else field.default)
    changed: dict[str, Any] = {field.name: other[field.name]}
    return attrs.evolve(decision, **changed)
