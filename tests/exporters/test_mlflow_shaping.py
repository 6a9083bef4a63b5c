"""What one record looks like in MLflow, before MLflow has a say in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given

from answerable import statement
from answerable.errors import MalformedError
from answerable.exporters.mlflow import tags
from answerable.exporters.mlflow.shaping import (
    DECIDED_AT,
    ENVELOPE,
    MAX_NAME,
    Shown,
    envelope_of,
    show,
)
from answerable.model import Artifact, Record
from answerable.signing import Envelope
from tests.exporters.mlflow_records import ANA, DATA, MODEL, Emitter, envelope
from tests.model.generated import records


def shown(record: Record, index: int | None = 7) -> Shown:
    return show(envelope(record), index)


def test_a_decisions_row_reads_as_a_decision() -> None:
    seen = shown(Emitter().decision())

    assert seen.name == "threshold = 0.62"
    assert json.loads(seen.inputs) == {
        "question": "At which score do we decline?",
        "considered": [{"value": 0.5, "because": "declines 9% more applicants"}],
    }
    assert json.loads(seen.outputs) == {
        "chosen": 0.62,
        "rationale": "false positives below 2% on validation",
    }


def test_a_row_begins_with_the_question_and_with_the_choice() -> None:
    seen = shown(Emitter().decision())

    assert seen.inputs.startswith('{"question":"At which score do we decline?",')
    assert seen.outputs.startswith('{"chosen":0.62,')


def test_what_is_filtered_is_a_tag() -> None:
    emitter = Emitter()
    record = emitter.decision(run="5" * 32, step="a-step", within="another")
    assert record.emission

    assert shown(record).tags == {
        "answerable.type": "decision",
        "answerable.id": record.id,
        "answerable.kind": "threshold",
        "answerable.chosen": "v1:0.62",
        "answerable.decided_by": ANA,
        "answerable.known_by": "environment",
        "answerable.accountable": "role:head-of-credit-risk",
        "answerable.team": "credit-risk",
        "answerable.capture": "explicit",
        "answerable.step": "a-step",
        "answerable.within": "another",
        # All digits reads as JSON, and would not come back as it was.
        "answerable.run": "v1:" + "5" * 32,
        "answerable.artifacts": f" {DATA.ref} report:validation@3 {MODEL} ",
        "answerable.digests": f" {DATA.digest} ",
        "answerable.trace_id": record.trace_id,
        "answerable.key_id": record.emission.key_id,
    }


def test_what_is_looked_up_is_an_attribute() -> None:
    record = Emitter().decision()
    assert record.custody and record.emission
    attributes = dict(shown(record).attributes)
    del attributes[ENVELOPE]

    assert attributes == {
        "answerable.digest": record.custody.digest,
        "answerable.index": "7",
        "answerable.key_id": record.emission.key_id,
        "answerable.decided_at": "2026-03-02T12:00:01.250500Z",
    }


def test_an_approval_shows_what_was_presented_to_whom() -> None:
    seen = shown(Emitter().approval(rationale="seen whole"))

    assert seen.name == f"approval: {MODEL}"
    assert seen.tags["answerable.type"] == "approval"
    assert seen.tags["answerable.meaning"] == "approval"
    assert seen.tags["answerable.presented"] == "sha256:" + "cd" * 32
    assert json.loads(seen.inputs)["about"] == [MODEL]
    assert json.loads(seen.outputs)["rationale"] == "seen whole"


def test_a_dissent_shows_its_reason() -> None:
    seen = shown(Emitter().dissent())

    assert seen.name == f"dissent: {MODEL}"
    assert json.loads(seen.outputs) == {"rationale": "the sample is from one branch"}


def test_a_delegation_shows_whose_key_lends_to_which() -> None:
    emitter = Emitter()
    seen = shown(emitter.records[0])

    assert seen.name == f"delegation: {ANA}"
    assert json.loads(seen.inputs)["principal"] == ANA
    assert len(bytes.fromhex(json.loads(seen.outputs)["session_key"])) == 32


def test_the_envelope_is_carried_to_the_byte() -> None:
    record = Emitter().decision(rationale="größer ist nicht besser")
    attribute = shown(record).attributes[ENVELOPE]

    assert envelope_of(attribute) == envelope(record)


def test_the_same_envelope_is_the_same_trace_and_another_is_not() -> None:
    emitter = Emitter()
    first, second = emitter.decision(), emitter.decision()

    assert shown(first, index=1).trace_id == shown(first, index=None).trace_id
    assert shown(first).trace_id != shown(second).trace_id
    assert len(bytes.fromhex(shown(first).trace_id)) == 16
    assert len(bytes.fromhex(shown(first).span_id)) == 8


def test_it_follows_the_signed_bytes_and_not_the_object_that_carries_them() -> None:
    record = Emitter().decision()
    altered = attrs.evolve(record, kind="vendor", chosen=0.1)

    assert shown(altered).tags[tags.KIND] == "threshold"


def test_the_span_that_ran_at_the_time_is_linked() -> None:
    record = Emitter().decision()

    assert shown(record).live == (record.trace_id, record.span_id)
    assert shown(Emitter().decision(trace_id="no trace id")).live is None


@pytest.mark.parametrize(
    ("moment", "nanoseconds"),
    [
        (datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC), 1_000_005_000),
        (datetime(1965, 1, 1, tzinfo=UTC), 0),
        (datetime(9999, 1, 1, tzinfo=UTC), 2**63 - 1),
    ],
)
def test_a_time_mlflow_cannot_store_is_moved_to_the_nearest_and_kept_beside_it(
    moment: datetime, nanoseconds: int
) -> None:
    seen = shown(Emitter().decision(decided_at=moment))

    assert seen.moment == nanoseconds
    assert seen.attributes[DECIDED_AT] == statement.timestamp(moment)


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("threshold", "threshold"),
        ("1e5", "v1:1e5"),
        ("true", "v1:true"),
        ('"quoted"', 'v1:"quoted"'),
        ('{"a": 1}', 'v1:{"a": 1}'),
        ("NaN", "v1:NaN"),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_a_tag_that_mlflow_would_change_is_written_so_that_it_cannot(said: str, tag: str) -> None:
    assert tags.plain(said) == tag


def test_names_and_tags_have_bounds() -> None:
    seen = shown(Emitter().decision(kind="k" * 8_100, chosen="long " * 500))

    assert len(seen.name) == MAX_NAME
    assert len(seen.tags[tags.KIND]) == tags.MAX_VALUE
    assert len(seen.tags[tags.CHOSEN]) == len(tags.MARK) + tags.MAX_CHOSEN


def test_a_choice_that_is_text_gives_the_name_in_one_line_without_quotation_marks() -> None:
    assert shown(Emitter().decision(chosen="do\n nothing")).name == "threshold = do nothing"


def test_references_that_do_not_fit_one_tag_are_cut_whole_and_the_cut_is_told() -> None:
    many = tuple(Artifact(ref=f"dataset:{'d' * 100}-{i}@1") for i in range(200))
    seen = shown(Emitter().decision(used=many))
    listed = seen.tags[tags.ARTIFACTS]

    assert len(listed) <= tags.MAX_VALUE
    assert listed.split() == [a.ref for a in many[: len(listed.split())]]
    assert seen.tags[tags.CUT] == f" {tags.ARTIFACTS} "


def test_an_envelope_that_holds_no_record_is_refused() -> None:
    key = Ed25519PrivateKey.generate()
    foreign = Envelope.sign(b'{"_type": "something else"}', [("a-key", key)]).to_bytes()

    with pytest.raises(MalformedError):
        show(foreign, None)


@given(records())
def test_every_record_can_be_shown_and_fits(record: Record) -> None:
    key = Ed25519PrivateKey.generate()
    data = Envelope.sign(statement.to_bytes(record), [("a-key", key)]).to_bytes()
    seen = show(data, 3)

    assert statement.to_plain(seen.record) == statement.to_plain(record)
    assert 0 < len(seen.name) <= MAX_NAME + len(tags.MARK)
    for text in seen.tags.values():
        assert len(text) <= tags.MAX_VALUE
        assert "\x00" not in text
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_the_time_of_recording_plays_no_part() -> None:
    emitter = Emitter()
    late = emitter.decision(recorded_at=emitter.time + timedelta(days=2))

    assert shown(late).attributes[DECIDED_AT] == statement.timestamp(late.decided_at)
