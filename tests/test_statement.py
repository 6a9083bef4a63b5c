"""Records as in-toto statements: what is signed reads back as it was, and nothing else is read."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from answerable import statement
from answerable.canonical import canonical, value_digest
from answerable.errors import InvalidValueError, MalformedError
from answerable.model import Artifact, Considered, Decision, Evidence, Record, Scope, Source
from answerable.model.types import TYPES
from tests.model.generated import JSON, records, whole

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
DIGEST = "sha256:" + "ab" * 32
DECISION = Decision(
    id="0193",
    decided_at=NOW,
    recorded_at=NOW,
    kind="threshold",
    question="At which score do we decline?",
    chosen=0.62,
)


@given(records())
def test_every_record_reads_back_as_it_was_written(record: Record) -> None:
    assert statement.from_bytes(statement.to_bytes(record)) == record


@pytest.mark.parametrize("name", TYPES)
def test_every_field_of_every_type_is_written_and_read(name: str) -> None:
    cls = TYPES[name]

    @given(whole(cls))
    def check(record: Record) -> None:
        plain = statement.to_plain(record)
        assert set(plain) == {"type"} | {f.name for f in attrs.fields(cls)} - {"custody"}
        assert plain["type"] == name
        assert statement.from_plain(plain) == record

    check()


@given(records())
def test_the_bytes_are_strict_json_and_the_same_each_time(record: Record) -> None:
    data = statement.to_bytes(record)

    assert data == statement.to_bytes(attrs.evolve(record))
    assert json.loads(data)["predicate"] == json.loads(json.dumps(statement.to_plain(record)))


@given(
    records(), st.dictionaries(st.text(min_size=1).filter(lambda k: k not in _all_fields()), JSON)
)
def test_a_field_that_a_reader_does_not_know_is_passed_over(
    record: Record, unknown: dict[str, Any]
) -> None:
    assert statement.from_plain(unknown | statement.to_plain(record)) == record


@given(records(), st.data())
def test_a_field_with_a_value_of_any_other_kind_is_read_or_refused(
    record: Record, data: st.DataObject
) -> None:
    plain = statement.to_plain(record)
    place, key = data.draw(st.sampled_from(list(_places(plain))))
    place[key] = data.draw(JSON)

    try:
        read = statement.from_plain(plain)
    except MalformedError:
        return
    assert isinstance(hash(read), int)  # no part is of a kind that the model does not have
    assert statement.from_plain(statement.to_plain(read)) == read


@given(JSON)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        statement.from_bytes(json.dumps(value).encode())
    with pytest.raises(MalformedError):
        statement.from_plain({"type": value})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "Statement v1"),
        ({"predicateType": "https://slsa.dev/provenance/v1"}, "another type"),
        ({"predicateType": None}, "another type"),
        ({"predicate": None}, "without a type"),
        ({"predicate": {"type": "rumour"}}, "unknown type 'rumour'"),
        ({"subject": []}, "subject"),
        ({"subject": None}, "subject"),
    ],
)
def test_a_statement_of_another_kind_is_refused_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    fields = json.loads(statement.to_bytes(DECISION)) | change

    with pytest.raises(MalformedError, match=reason):
        statement.from_bytes(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"decided_at": "yesterday"},
        {"decided_at": "0001-01-01T00:00:00+23:59"},
        {"decided_at": "9999-12-31T23:59:59-23:59"},
        {"decided_at": "2026-W45-2"},
        {"decided_at": 1_700_000_000},
        {"decided_by": "person:ana@bank.example"},
        {"decided_by": {"id": "ana", "known_by": "asserted"}},
        {"decided_by": {"id": "person:ana", "known_by": "hearsay"}},
        {"decided_by": {"id": "person:ana", "known_by": ["asserted"]}},
        {"accountable": "nobody in particular"},
        {"capture": "guessed"},
        {"scope": 5},
        {"scope": {"deployment": ["prod"]}},
        {"source": {"line": "twelve"}},
        {"source": {"line": True}},
        {"source": {"dirty": "yes"}},
        {"assumptions": {}},
        {"assumptions": [{"review_by": "2027-01-31"}]},
        {"assumptions": [{"statement": {"a": 1}}]},
        {"used": [{"ref": "no reference"}]},
        {"used": [{"ref": "dataset:a", "digest": "md5:abc"}]},
        {"used": ["dataset:a"]},
        {"considered": [{"because": "no value"}]},
        {"considered": [5]},
        {"evidence": [{"artifact": {"ref": "report:a"}, "kind": "rumour"}]},
        {"votes": [{"actor": "person:ana", "vote": "perhaps"}]},
        {"emission": {"key_id": "k", "seq": -1}},
        {"emission": {"key_id": "k", "seq": 1.0}},
        {"emission": {"key_id": "k", "seq": 1, "observed": {"size": 1}}},
        {"emission": []},
        {"about": "model:loan@7"},
        {"question": None},
        {"kind": 5},
        {"id": 5},
    ],
    ids=str,
)
def test_a_field_of_the_wrong_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match="a decision with a field that is wrong"):
        statement.from_plain(statement.to_plain(DECISION) | change)


@pytest.mark.parametrize("name", ["id", "decided_at", "recorded_at", "kind", "question", "chosen"])
def test_a_decision_without_what_every_decision_has_is_refused(name: str) -> None:
    plain = statement.to_plain(DECISION)
    del plain[name]

    with pytest.raises(MalformedError, match=name):
        statement.from_plain(plain)


def test_a_choice_of_nothing_is_not_an_absent_choice() -> None:
    record = attrs.evolve(DECISION, chosen=None, considered=(Considered(value=None),))

    assert statement.to_plain(record)["chosen"] is None
    assert statement.from_bytes(statement.to_bytes(record)) == record


class TestSubject:
    def test_a_bare_choice_is_the_digest_of_its_canonical_value(self) -> None:
        record = attrs.evolve(DECISION, chosen={"b": [1, 2.5], "a": "é"})

        (subject,) = json.loads(statement.to_bytes(record))["subject"]

        # RFC 8785: keys sorted, no blanks, UTF-8.
        canonical = '{"a":"é","b":[1,2.5]}'.encode()
        expected = hashlib.sha256(canonical).hexdigest()
        assert subject == {"name": f"record:{record.id}", "digest": {"sha256": expected}}

    def test_what_was_produced_is_named_with_its_own_digest(self) -> None:
        made = Artifact(ref="model:loan@7", digest=DIGEST)
        unpinned = Artifact(ref="report:loan@7")
        record = attrs.evolve(DECISION, produced=(made, unpinned))

        (subject,) = json.loads(statement.to_bytes(record))["subject"]

        assert subject == {"name": "model:loan@7", "digest": {"sha256": "ab" * 32}}

    @given(records())
    def test_every_subject_has_a_digest(self, record: Record) -> None:
        subjects = json.loads(statement.to_bytes(record))["subject"]

        assert subjects
        assert all(len(bytes.fromhex(s["digest"]["sha256"])) == 32 for s in subjects)

    def test_a_subject_that_its_predicate_does_not_give_is_refused(self) -> None:
        fields = json.loads(statement.to_bytes(DECISION))
        fields["subject"][0]["digest"]["sha256"] = "00" * 32

        with pytest.raises(MalformedError, match="subject"):
            statement.from_bytes(json.dumps(fields).encode())


class TestValueDigest:
    @given(JSON)
    def test_it_is_that_of_the_canonical_form(self, value: Any) -> None:
        expected = hashlib.sha256(rfc8785.dumps(value)).hexdigest()

        assert value_digest(value) == f"sha256:{expected}"

    # Where Python and ECMAScript spell a number alike, and where they do not.
    @pytest.mark.parametrize(
        ("value", "spelled"),
        [
            *((0.62, b"0.62"), (1.0, b"1"), (-2.5, b"-2.5"), (100000.0, b"100000"), (-0.0, b"0")),
            *((0.0001, b"0.0001"), (0.00001, b"0.00001"), (1e-07, b"1e-7"), (1e21, b"1e+21")),
            *((1e16, b"10000000000000000"), (123456789012345680.0, b"123456789012345680")),
            *((2**53 - 1, b"9007199254740991"), (-7, b"-7"), (True, b"true"), (None, b"null")),
            *(("a/\u20ac\n\x7f", b'"a/\xe2\x82\xac\\n\x7f"'), ("", b'""'), ({}, b"{}")),
        ],
    )
    def test_it_is_spelled_as_ecmascript_does(self, value: Any, spelled: bytes) -> None:
        assert canonical(value) == rfc8785.dumps(value) == spelled

    @given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1))
    def test_so_is_every_number(self, number: float) -> None:
        assert canonical(number) == rfc8785.dumps(number)

    @given(st.text(st.characters(codec="utf-8")))
    def test_so_is_every_text(self, text: str) -> None:
        assert canonical(text) == rfc8785.dumps(text)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", object()])
    def test_a_value_without_a_canonical_form_is_refused(self, value: Any) -> None:
        with pytest.raises(InvalidValueError, match="canonical"):
            value_digest(value)


class TestTimes:
    # Times that the clock showed: a zone's own past may lack some, in whole minutes of offset.
    @given(
        st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),
        st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
    def test_a_time_reads_back_as_the_same_moment(self, moment: datetime, zone: timezone) -> None:
        text = statement.timestamp(moment.astimezone(zone))

        assert text.endswith("Z")
        assert len(text) == 27
        assert statement.parse_time(text) == moment

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-11-03", datetime(2026, 11, 3, tzinfo=UTC)),
            ("2026-11-03T09:30:00Z", NOW),
            ("2026-11-03T09:30:00", NOW),
            ("2026-11-03 10:30:00+01:00", NOW),
        ],
    )
    def test_a_date_or_time_is_read(self, text: str, moment: datetime) -> None:
        assert statement.parse_time(text) == moment

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "soon",
            "2026",
            "20261103",
            "2026-W45-2",
            "2026-13-01",
            "2026-11-31",
            "2026-11-03T25:00:00Z",
            "0001-01-01T00:00:00+14:00",
        ],
    )
    def test_what_is_no_date_of_rfc_3339_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"date|time|month|day|hour"):
            statement.parse_time(text)
        with pytest.raises(InvalidValueError, match="review_by is not a date"):
            statement.parse_day(text, "review_by")

    def test_a_day_is_kept_as_it_was_written(self) -> None:
        assert statement.parse_day("2027-01-31", "review_by") == "2027-01-31"
        assert statement.parse_day(date(2027, 1, 31), "review_by") == "2027-01-31"
        assert statement.parse_day(None, "review_by") is None


def test_the_type_of_a_record_is_what_its_predicate_says() -> None:
    assert statement.record_type(DECISION) == "decision"
    assert {statement.to_plain(r)["type"] for r in (DECISION,)} == {"decision"}


def test_an_empty_scope_or_source_reads_back_as_one() -> None:
    record = attrs.evolve(DECISION, scope=Scope(), source=Source())

    assert statement.from_bytes(statement.to_bytes(record)) == record


def test_evidence_keeps_its_artifact_and_its_end() -> None:
    proof = Evidence(
        artifact=Artifact(ref="report:bias@2", digest=DIGEST, uri="report.json"),
        kind="own_test",
        valid_until="2027-01-31",
    )
    record = attrs.evolve(DECISION, evidence=(proof,))

    assert statement.to_plain(record)["evidence"] == [
        {
            "artifact": {"ref": "report:bias@2", "digest": DIGEST, "uri": "report.json"},
            "kind": "own_test",
            "valid_until": "2027-01-31",
        }
    ]


def _all_fields() -> set[str]:
    return {f.name for cls in TYPES.values() for f in attrs.fields(cls)} | {"type"}


def _places(plain: Any) -> Any:
    """Every (container, key) below `plain`, but what a choice holds inside."""
    items = plain.items() if isinstance(plain, dict) else enumerate(plain)
    for key, value in list(items):
        if key != "type":
            yield plain, key
        if isinstance(value, dict | list) and key not in ("chosen", "value"):
            yield from _places(value)
