"""docs/predicate.md says what the code does: every type, field, form and word."""

from __future__ import annotations

import json
import re
import types
import typing
from datetime import datetime
from typing import Any, Literal

import attrs
import pytest

from answerable import statement
from answerable.errors import MalformedError
from answerable.model import (
    Actor,
    Artifact,
    Assumption,
    Ballot,
    Considered,
    Decision,
    Emission,
    Endorsement,
    Evidence,
    Observed,
    Record,
    ResidualRisk,
    Scope,
    Source,
    Withheld,
)
from answerable.model.types import PREDICATE_TYPE, TYPES
from tests.house.pages import ROOT

PAGE = (ROOT / "docs" / "predicate.md").read_text(encoding="utf-8")
PARTS: dict[str, type[Any]] = {
    "actor with evidence": Actor,
    "artifact": Artifact,
    "assumption": Assumption,
    "ballot": Ballot,
    "considered": Considered,
    "endorsement": Endorsement,
    "emission": Emission,
    "evidence": Evidence,
    "observed": Observed,
    "residual risk": ResidualRisk,
    "scope": Scope,
    "source": Source,
    "withheld": Withheld,
}
# Forms of text that the type `str` does not tell.
OF_TEXT = {"text", "actor", "digest", "day"}


def _tables() -> dict[str, list[tuple[str, str, str, str]]]:
    found = {}
    for section in re.split(r"^#{3,4} ", PAGE, flags=re.MULTILINE)[1:]:
        title = section.splitlines()[0]
        rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (yes|no) \| (.+?) \|$", section, re.MULTILINE)
        found[title] = rows
    return found


TABLES = _tables()


def test_every_type_and_part_has_its_table_and_no_other_has() -> None:
    assert {title for title, rows in TABLES.items() if rows} == {"Every record", *TYPES, *PARTS}


def test_the_common_fields_are_those_of_every_record() -> None:
    rows = TABLES["Every record"]

    assert rows[0][:3] == ("type", f"one of {_words(TYPES)}", "yes")
    assert [row[:3] for row in rows[1:]] == _fields(Record)


@pytest.mark.parametrize("name", TYPES)
def test_a_types_table_has_its_own_fields(name: str) -> None:
    common = {field.name for field in attrs.fields(Record)}
    own = [row for row in _fields(TYPES[name]) if row[0] not in common]

    assert _loosely(TABLES[name]) == own


@pytest.mark.parametrize("name", PARTS)
def test_a_parts_table_has_its_fields(name: str) -> None:
    assert _loosely(TABLES[name]) == _fields(PARTS[name])


def test_the_type_uri_is_the_one_that_is_written() -> None:
    assert f"Type URI: `{PREDICATE_TYPE}`" in PAGE


class TestTheExample:
    example: dict[str, Any] = json.loads(
        typing.cast(re.Match[str], re.search(r"```json\n(.*?)```", PAGE, re.DOTALL))[1]
    )

    def test_it_is_what_our_writer_writes(self) -> None:
        record = statement.from_bytes(json.dumps(self.example).encode())

        assert isinstance(record, Decision)
        assert json.loads(statement.to_bytes(record)) == self.example

    def test_it_is_whole(self) -> None:
        set_ = {"type"} | {f.name for f in attrs.fields(Decision)} - {"custody"}

        assert set(self.example["predicate"]) == set_ - {"within", "abandoned"}

    @pytest.mark.parametrize(
        "name", [n for n, rows in TABLES.items() if n in ("Every record", "decision")]
    )
    def test_what_is_required_may_not_be_left_out(self, name: str) -> None:
        for field, _, required, _ in TABLES[name]:
            predicate = {k: v for k, v in self.example["predicate"].items() if k != field}
            if required == "yes":
                with pytest.raises(MalformedError):
                    statement.from_plain(predicate)
            else:
                statement.from_plain(predicate)


def _loosely(rows: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str]]:
    """The rows with each form of text as `text`, which is all that a type can tell."""
    texts = dict.fromkeys(OF_TEXT, "text") | {f"list of {n}": "list of text" for n in OF_TEXT}
    return [(name, texts.get(form, form), required) for name, form, required, _ in rows]


def _fields(cls: type[Any]) -> list[tuple[str, str, str]]:
    hints = typing.get_type_hints(cls)
    return [
        (f.name, _form(hints[f.name]), "yes" if f.default is attrs.NOTHING else "no")
        for f in attrs.fields(cls)
        if f.name != "custody"
    ]


def _form(hint: Any) -> str:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _form(next(each for each in inner if each is not type(None)))
    if origin is tuple:
        return f"list of {_form(inner[0])}"
    if origin is Literal:
        return f"one of {_words(inner)}"
    plain = {
        str: "text",
        int: "whole number",
        bool: "true or false",
        datetime: "time",
        Any: "any JSON",
    }
    parts = {cls: name for name, cls in PARTS.items()}
    return plain.get(hint) or parts[hint]


def _words(words: Any) -> str:
    return ", ".join(f"`{word}`" for word in words)
