"""Copies are read from strangers: whatever stands in them is refused or judged, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.reflection import repr_call

import answerable as ans
from answerable.errors import AnswerableError, MalformedError
from answerable.exporters import otlp_copy, otlp_json
from answerable.history.bundles import Bundle, records_of, verify_bundle
from answerable.testing import temporary_ledger

SUBJECT = "deployment:prod/scores"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["sha256:" + "0" * 64, "AAAA", "0" * 32, "9" * 400, "-1", "1e400"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


class Copies:
    """A trace in OTLP JSON, and a bundle. Hypothesis spells out what a test was given when it has found something,
    fields and all of what attrs makes, and warns where that is long: the warning, an error here, would be told
    in place of what was found."""

    def __init__(self, trace: dict[str, Any], bundle: dict[str, Any]) -> None:
        self.trace = trace
        self.bundle = bundle

    def __repr__(self) -> str:
        return "Copies(…)"


@pytest.fixture(scope="module")
def whole() -> Iterator[Copies]:
    with temporary_ledger(actor="person:ana@bank.example") as uri:
        with ans.step("deploy", used=["vendor:v@1"], produced=[SUBJECT]):
            with ans.decide("threshold") as d:
                d.evidence("report:r@1", valid_until="2020-01-31")
                d.choose(0.62, because="measured")
        ans.approve(SUBJECT, digest="sha256:" + "0" * 64)
        with ans.open(uri) as history:
            drawn = json.loads(otlp_json.to_json(history.trace(SUBJECT)))
            yield Copies(drawn, json.loads(history.bundle(SUBJECT)))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield from places(inner, (*path, key))


def mutated(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    mutant = copy.deepcopy(document)
    holder = mutant
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return mutant


def test_what_is_found_can_be_told(whole: Copies) -> None:
    assert repr_call(json.dumps, (), {"obj": whole}) == "dumps(obj=Copies(…))"


@settings(max_examples=400)
@given(st.data(), VALUES)
def test_any_value_anywhere_in_a_trace(whole: Copies, data: st.DataObject, value: Any) -> None:
    path = data.draw(st.sampled_from([*places(whole.trace)]))
    mutant = mutated(whole.trace, path, value)
    try:
        shown = otlp_copy.from_document(json.dumps(mutant).encode())
        verdict = otlp_copy.verify(shown)
    except AnswerableError:
        return
    if verdict.holds:
        assert otlp_copy.from_document(json.dumps(whole.trace).encode()) == shown


@settings(max_examples=400)
@given(st.data(), VALUES)
def test_any_value_anywhere_in_a_bundle(whole: Copies, data: st.DataObject, value: Any) -> None:
    path = data.draw(st.sampled_from([*places(whole.bundle)]))
    mutant = mutated(whole.bundle, path, value)
    try:
        bundle = Bundle.from_bytes(json.dumps(mutant).encode())
        verdict = verify_bundle(bundle)
        records_of(bundle)
    except AnswerableError:
        return
    if verdict.holds:
        # What it is called, and what nobody asks for, is not what was signed.
        before = Bundle.from_bytes(json.dumps(whole.bundle).encode())
        kept = {entry[1] for entry in bundle.entries}
        assert kept <= {entry[1] for entry in before.entries}


def test_text_that_is_none_anywhere_in_a_trace(whole: Copies) -> None:
    """Half of a character outside the first plane: JSON can spell it, and no octets can."""
    for path in places(whole.trace):
        held: Any = whole.trace
        for step in path:
            held = held[step]
        if isinstance(held, str):
            mutant = json.dumps(mutated(whole.trace, path, f"{held}\ud800")).encode()
            try:
                assert not otlp_copy.verify(otlp_copy.from_document(mutant)).holds, path
            except AnswerableError:
                continue


def test_a_name_that_stands_twice_anywhere_in_a_trace(whole: Copies) -> None:
    """Which of the two counts, readers of JSON do not agree on: who shows the copy may show the other."""
    text = json.dumps(whole.trace)
    for path in places(whole.trace):
        if not (path and isinstance(path[-1], str)):
            continue
        holder: Any = whole.trace
        for step in path[:-1]:
            holder = holder[step]
        before = json.dumps(holder)
        twice = f'{{"{path[-1]}": "another", {before[1:]}'
        with pytest.raises(MalformedError, match=r"^not a trace in OTLP/JSON: .* twice"):
            otlp_copy.from_document(text.replace(before, twice).encode())


@given(st.binary(max_size=300))
def test_rubbish(data: bytes) -> None:
    for read in (otlp_copy.from_document, Bundle.from_bytes):
        with pytest.raises(AnswerableError):
            read(data)


def test_what_is_nested_without_end_is_refused() -> None:
    deep = b"[" * 100_000
    for read in (otlp_copy.from_document, Bundle.from_bytes):
        with pytest.raises(AnswerableError):
            read(deep)
