"""What compiled code reads is what the exact reader reads, and what it does not read is left to that."""

from __future__ import annotations

import base64
import json
import runpy
from typing import Any, get_args, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import jsontext, statement, usual
from answerable.canonical import value_digest
from answerable.errors import MalformedError
from answerable.model import Artifact, Considered, Decision
from answerable.model.types import TYPES
from answerable.signing import Envelope
from answerable.signing.dsse import Signature
from answerable.usual import texts
from tests.model.generated import JSON, record_of, records, whole
from tests.test_statement import DECISION

# What a reader may take for something else, put in wherever it may stand.
PIECES = [
    *(b"", b" ", b"\n", b",", b":", b"{", b"}", b"[", b"]", b'"', b"\\", b"\x00", b"\xff", b"\xc3"),
    *(b"0", b"1", b"-", b".0", b"e0", b"E+1", b"1e400", b"9" * 17, b"9007199254740993", b"-0"),
    *(b"null", b"true", b"NaN", b"Infinity", b"\\u0041", b"\\ud800", b"\\ud83d\\ude00", b"\\/"),
    *(b'"id":"x",', b'"chosen":1,', b'"a":1,"a":1,', b'"zz":null,', b'"about":[],', b'"":0'),
]


def agrees(payload: bytes) -> bool:
    """Holds the two against each other; True if compiled code read it."""
    swift = usual.record(payload)
    if swift is None:
        return False
    exact = statement.exactly_from_bytes(payload)
    # As text too: True, 1 and 1.0 are equal, and are not the same.
    assert (swift, repr(swift)) == (exact, repr(exact))
    return True


def changed(data: bytes, draw: st.DataObject) -> bytes:
    """The bytes with one place of them otherwise."""
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.just(start) | st.integers(start, min(len(data), start + 30)))
    put = draw.draw(st.sampled_from(PIECES) | st.just(data[start:end] * 2) | st.binary(max_size=3))
    return data[:start] + put + data[end:]


@pytest.mark.parametrize(
    "said", ["at .000000Z", 'at .000000Z"', "2026-01-01T00:00:00.000000Z", "Z", ".000000Z"]
)
@pytest.mark.parametrize("at", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z"])
def test_text_that_ends_as_a_time_does_is_no_time(said: str, at: str) -> None:
    """A time at a full second is spelled in two ways: what else ends so must come back as it was."""
    moment = statement.parse_time(at)
    made = attrs.evolve(DECISION, rationale=said, question=said, decided_at=moment)
    payload = statement.to_bytes(made)
    agrees(payload)
    agrees(payload.replace(b".000000Z", b"Z"))
    exact = statement.exactly_from_bytes(payload)
    assert isinstance(exact, Decision) and exact.rationale == said


@given(records())
def test_a_record_as_it_is_written_is_read_alike(record: Any) -> None:
    agrees(statement.to_bytes(record))


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("made", [record_of, whole])
def test_nearly_every_record_is_read_by_compiled_code(name: str, made: Any) -> None:
    # But for numbers that Python spells otherwise, as 1e-07.
    fields = {f.name for f in attrs.fields(TYPES[name])}
    plain: dict[str, Any] = {n: 0.5 for n in ("chosen", "previous") if n in fields}
    plain |= {n: () for n in ("considered",) if n in fields}

    @given(made(TYPES[name]))
    def check(record: Any) -> None:
        assert agrees(statement.to_bytes(attrs.evolve(record, **plain)))

    check()


@pytest.mark.parametrize("chosen", [{"type": "step"}, {"a": '"type":"step"'}, '"type":"x"'])
def test_a_choice_that_speaks_of_a_type_is_read_by_compiled_code(chosen: Any) -> None:
    assert agrees(statement.to_bytes(attrs.evolve(DECISION, chosen=chosen, previous=chosen)))


@given(records(), st.data())
def test_what_was_changed_in_some_place_is_read_alike_or_left(
    record: Any, data: st.DataObject
) -> None:
    agrees(changed(statement.to_bytes(record), data))


@given(records(), st.data())
def test_so_is_a_field_with_another_value(record: Any, data: st.DataObject) -> None:
    told = json.loads(statement.to_bytes(record))
    place = data.draw(st.sampled_from([told, told["predicate"], told["subject"][0]]))
    key = data.draw(st.sampled_from(sorted(place)) | st.sampled_from(["zz", "accountable"]))
    place[key] = data.draw(JSON | st.sampled_from([[], {}, "", "ana@bank.example", "a:b@c", -1]))

    agrees(jsontext.dumps(told))


@pytest.mark.parametrize(
    "payload",
    [
        statement.to_bytes(DECISION).replace(b'"id":"0193"', b'"id":"0193","id":"0193"'),
        statement.to_bytes(DECISION).replace(b'"id":"0193"', b'"id": "0193"'),
        statement.to_bytes(DECISION).replace(b'"id":"0193"', b'"id":"\\u0030193"'),
        statement.to_bytes(DECISION).replace(b'"kind"', b'"about":[],"kind"'),
        statement.to_bytes(DECISION).replace(b'"kind"', b'"drafted_by":null,"kind"'),
        statement.to_bytes(DECISION).replace(b'"kind"', b'"unknown":1,"kind"'),
        statement.to_bytes(DECISION).replace(b"0.62", b"0.620"),
        statement.to_bytes(DECISION) + b" ",
        statement.to_bytes(attrs.evolve(DECISION, chosen=1e-07)),
    ],
)
def test_what_is_spelled_otherwise_is_left_to_the_exact_reader(payload: bytes) -> None:
    assert usual.record(payload) is None


@pytest.mark.parametrize("inner", ["1", '"a"', "[]", "{}"])
@pytest.mark.parametrize("depth", [20, 27, 28, 29, 30, 31, 32, 33, 200, 5000])
def test_depth_has_the_same_limit(depth: int, inner: str) -> None:
    plain = statement.to_bytes(attrs.evolve(DECISION, chosen="X"))
    nested = b"[" * depth + inner.encode() + b"]" * depth
    payload = plain.replace(b'"chosen":"X"', b'"chosen":' + nested)
    told = json.loads(payload) if depth < 500 else None
    if told is not None:
        told["subject"][0]["digest"]["sha256"] = value_digest(told["predicate"]["chosen"])[7:]
        payload = jsontext.dumps(told)

    assert agrees(payload) == (depth <= 27)  # the exact reader: 30


@pytest.mark.parametrize("field", ["chosen", "previous", "value"])
@pytest.mark.parametrize("number", [2**53 - 1, 2**53, -(2**53) + 1, -(2**53), 2**63, 2**64, 10**30])
@pytest.mark.parametrize("inside", ["%s", "[%s]", '{"a":[%s]}'])
def test_an_integer_has_the_same_limit(field: str, number: int, inside: str) -> None:
    record = attrs.evolve(
        DECISION, considered=(Considered(value="X"),), previous="X", chosen="X", produced=()
    )
    payload = statement.to_bytes(record).replace(
        f'"{field}":"X"'.encode(), f'"{field}":{inside % number}'.encode()
    )
    told = json.loads(payload)
    if abs(number) < 2**53:
        told["subject"][0]["digest"]["sha256"] = value_digest(told["predicate"]["chosen"])[7:]
        payload = jsontext.dumps(told)

    assert agrees(payload) == (abs(number) < 2**53)


@pytest.mark.parametrize(
    "size", [jsontext.MAX_BYTES - 1, jsontext.MAX_BYTES, jsontext.MAX_BYTES + 1]
)
def test_size_has_the_same_limit(size: int) -> None:
    short = statement.to_bytes(attrs.evolve(DECISION, rationale="x"))
    record = attrs.evolve(DECISION, rationale="x" * (size - len(short) + 1))

    assert agrees(statement.to_bytes(record)) == (size <= jsontext.MAX_BYTES)


ENVELOPES = st.builds(
    lambda payload, signatures: Envelope(
        payload,
        "application/vnd.in-toto+json",
        tuple(Signature(name, sig) for name, sig in signatures.items()),
    ),
    st.binary(max_size=60),
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.binary(max_size=70), max_size=3),
)


def opens(data: bytes) -> bool:
    """As `agrees`, of envelopes."""
    swift = usual.opened(data)
    if swift is None:
        return False
    exact = Envelope.exactly_from_bytes(data)
    assert swift.payload == exact.payload and swift.payloadType == exact.payload_type
    assert [(s.keyid, s.sig) for s in swift.signatures] == [
        (s.key_id, s.sig) for s in exact.signatures
    ]
    assert Envelope.from_bytes(data) == exact
    return True


@given(ENVELOPES)
def test_an_envelope_as_it_is_written_is_opened_by_compiled_code(envelope: Envelope) -> None:
    assert opens(envelope.to_bytes()) == bool(envelope.signatures)


@given(ENVELOPES, st.data())
def test_an_envelope_that_was_changed_is_opened_alike_or_left(
    envelope: Envelope, data: st.DataObject
) -> None:
    opens(changed(envelope.to_bytes(), data))


@pytest.mark.parametrize("size", [jsontext.MAX_BYTES, jsontext.MAX_BYTES + 1])
def test_the_size_of_an_envelope_has_the_same_limit(size: int) -> None:
    def named(key: str) -> bytes:
        signed = [{"keyid": key, "sig": "cw=="}]
        kind = "application/vnd.in-toto+json"
        return jsontext.dumps({"payload": "", "payloadType": kind, "signatures": signed})

    assert opens(named("k" * (size - len(named(""))))) == (size <= jsontext.MAX_BYTES)


def test_an_envelope_with_one_key_twice_is_left() -> None:
    one = {"keyid": "a", "sig": base64.b64encode(b"s").decode()}
    told = {"payload": "", "payloadType": "application/vnd.in-toto+json", "signatures": [one, one]}

    assert not opens(jsontext.dumps(told))
    with pytest.raises(MalformedError, match="stands twice"):
        Envelope.from_bytes(jsontext.dumps(told))


@pytest.mark.parametrize(
    ("text", "actor", "ref"),
    [
        ("person:ana@bank.example", True, True),
        ("ana@bank.example", False, False),
        ("model:m@1", False, True),
        ("nothing", False, False),
        ("", False, False),
    ],
)
def test_a_name_is_read_by_compiled_code_as_it_is_spelled(
    text: str, actor: bool, ref: bool
) -> None:
    # As they are made when the module is imported.
    made = runpy.run_path(texts.__file__, run_name=texts.__name__)

    assert (made["is_actor"](text), made["is_ref"](text)) == (actor, ref)
    assert (texts.is_actor(text), texts.is_ref(text)) == (actor, ref)


def test_no_class_of_the_model_asks_more_of_a_field_than_is_asked_here() -> None:
    # Compiled code sets fields as they are; who adds a validator adds it to `answerable.usual.plans`.
    seen, asking = set[type[Any]](), set[str]()
    waiting: list[Any] = list(TYPES.values())
    while waiting:
        cls = waiting.pop()
        if cls in seen:
            continue
        seen.add(cls)
        assert not hasattr(cls, "__attrs_post_init__")
        waiting += [part for hint in get_type_hints(cls).values() for part in _parts(hint)]
        for field in attrs.fields(cls):
            assert field.converter is None
            if field.validator is not None:
                asking.add(f"{cls.__name__}.{field.name}")
    assert asking == {"Artifact.ref", "Artifact.digest", "Artifact.uri"}
    assert {Decision, Artifact, Considered} <= seen


def _parts(hint: Any) -> list[Any]:
    """The model's classes in a type."""
    if attrs.has(hint):
        return [hint]
    return [part for inner in get_args(hint) for part in _parts(inner)]
