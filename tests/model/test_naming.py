"""References, digests and actors: read in their one form, or refused in one line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import InvalidReferenceError
from answerable.model import Artifact, parse_actor, parse_digest, parse_ref
from tests.model.generated import ACTORS, DIGESTS, REFS

# Controls, halves of characters, and marks that turn the reading direction around: whoever
# reads the record must see the name that was signed.
UNSEEN = [
    "\x00",
    "\x07",
    "\x1f",
    "\x7f",
    "\x9f",
    "\ud800",
    "\udfff",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u061c",
]
BLANK = [" ", "\t", "\n", "\u2028", "\u00a0"]


@given(REFS)
def test_a_reference_reads_back_as_it_was_written(text: str) -> None:
    assert str(parse_ref(text)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("dataset:hmda-boston@1990", ("dataset", "hmda-boston", "1990")),
        ("deployment:prod/loan-approval", ("deployment", "prod/loan-approval", None)),
        ("record:0193", ("record", "0193", None)),
        ("config:a:b@c:d", ("config", "a:b", "c:d")),
        ("guideline:étiquetage@3", ("guideline", "étiquetage", "3")),
    ],
)
def test_a_reference_is_a_kind_a_name_and_perhaps_a_version(
    text: str, parts: tuple[str, str, str | None]
) -> None:
    ref = parse_ref(text)

    assert (ref.kind, ref.name, ref.version) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dataset",
        ":name",
        "dataset:",
        "Dataset:a",
        "1a:b",
        "dataset:a@",
        "dataset:a@1@2",
        "a:" + "b" * 511,
        None,
        5,
        b"a:b",
    ]
    + [f"dataset:a{mark}b" for mark in UNSEEN + BLANK]
    + [f"dataset:a@1{mark}" for mark in UNSEEN + BLANK],
    ids=repr,
)
def test_what_is_no_reference_is_refused_in_one_line(text: Any) -> None:
    with pytest.raises(InvalidReferenceError, match="not an artifact reference") as caught:
        parse_ref(text)

    assert len(caught.value.message.splitlines()) == 1
    assert len(caught.value.message) < 700


@given(DIGESTS)
def test_a_digest_is_taken_as_it_is(text: str) -> None:
    assert parse_digest(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        "ab" * 32,
        "sha256:" + "AB" * 32,
        "sha256:" + "a" * 63,
        "sha256:" + "a" * 65,
        "sha512:" + "a" * 64,
        "sha256:" + "g" * 64,
        "sha256:" + "a" * 64 + "\n",
        "sha256:" + "\N{ARABIC-INDIC DIGIT ONE}" * 64,
        None,
        5,
    ],
    ids=repr,
)
def test_what_is_no_digest_is_refused(text: Any) -> None:
    with pytest.raises(InvalidReferenceError, match="not a digest"):
        parse_digest(text)


@given(ACTORS)
def test_an_actor_is_taken_as_it_is(text: str) -> None:
    assert parse_actor(text) == text


@pytest.mark.parametrize("text", ["ana@bank.example", "a.b+c@d"])
def test_a_bare_mail_address_is_a_person(text: str) -> None:
    assert parse_actor(text) == f"person:{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "person:",
        "person: ana",
        "person:ana ",
        "person:a  b",
        "robot:a",
        "Person:a",
        "a@",
        "@b",
        "a@b@c",
        "person:" + "a" * 250,
        None,
        5,
    ]
    + [f"person:a{mark}b" for mark in UNSEEN + BLANK[1:]]
    + [f"a{mark}b@bank.example" for mark in UNSEEN + BLANK],
    ids=repr,
)
def test_who_is_no_actor_is_refused_in_one_line(text: Any) -> None:
    with pytest.raises(InvalidReferenceError, match="not an actor") as caught:
        parse_actor(text)

    assert len(caught.value.message.splitlines()) == 1
    assert "person:" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("artifact", "is_slot"),
    [
        (Artifact(ref="deployment:prod/loan"), True),
        (Artifact(ref="model:loan@7"), False),
        (Artifact(ref="model:loan", digest="sha256:" + "ab" * 32), False),
    ],
)
def test_only_what_nothing_pins_can_change(artifact: Artifact, is_slot: bool) -> None:
    assert artifact.is_slot is is_slot
    assert artifact.kind == artifact.ref.split(":")[0]


@pytest.mark.parametrize(
    "given",
    [
        {"ref": "no reference"},
        {"ref": None},
        {"ref": "dataset:a", "digest": "md5:abc"},
        {"ref": "dataset:a", "digest": ""},
        {"ref": "dataset:a", "uri": 5},
        {"ref": "dataset:a", "uri": "\ud800"},
    ],
    ids=repr,
)
def test_an_artifact_of_another_form_cannot_be_made(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidReferenceError, match="not a"):
        Artifact(**given)


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_a_refusal(text: str) -> None:
    for parse in (parse_ref, parse_digest, parse_actor):
        try:
            read = str(parse(text))
        except InvalidReferenceError:
            continue
        read.encode()  # it can be signed
        assert str(parse(read)) == read
