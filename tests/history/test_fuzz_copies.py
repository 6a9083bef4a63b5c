"""Copies are read from strangers: whatever stands in them is refused or judged, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import answerable as ans
from answerable.errors import AnswerableError
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


@pytest.fixture(scope="module")
def whole() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A trace in OTLP JSON, and a bundle."""
    with temporary_ledger(actor="person:ana@bank.example") as uri:
        with ans.step("deploy", used=["vendor:v@1"], produced=[SUBJECT]):
            with ans.decide("threshold") as d:
                d.evidence("report:r@1", valid_until="2020-01-31")
                d.choose(0.62, because="measured")
        ans.approve(SUBJECT, digest="sha256:" + "0" * 64)
        with ans.open(uri) as history:
            drawn = json.loads(otlp_json.to_json(history.trace(SUBJECT)))
            yield drawn, json.loads(history.bundle(SUBJECT))


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


@settings(max_examples=400)
@given(st.data(), VALUES)
def test_any_value_anywhere_in_a_trace(
    whole: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject, value: Any
) -> None:
    path = data.draw(st.sampled_from([*places(whole[0])]))
    mutant = mutated(whole[0], path, value)
    try:
        shown = otlp_copy.from_document(json.dumps(mutant).encode())
        verdict = otlp_copy.verify(shown)
    except AnswerableError:
        return
    if verdict.holds:
        assert otlp_copy.from_document(json.dumps(whole[0]).encode()) == shown


@settings(max_examples=400)
@given(st.data(), VALUES)
def test_any_value_anywhere_in_a_bundle(
    whole: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject, value: Any
) -> None:
    path = data.draw(st.sampled_from([*places(whole[1])]))
    mutant = mutated(whole[1], path, value)
    try:
        bundle = Bundle.from_bytes(json.dumps(mutant).encode())
        verdict = verify_bundle(bundle)
        records_of(bundle)
    except AnswerableError:
        return
    if verdict.holds:
        # What it is called, and what nobody asks for, is not what was signed.
        before = Bundle.from_bytes(json.dumps(whole[1]).encode())
        kept = {entry[1] for entry in bundle.entries}
        assert kept <= {entry[1] for entry in before.entries}


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
