"""docs/jaeger.md names every attribute there is, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from answerable.otel import attributes

PAGE = (Path(__file__).parents[2] / "docs" / "jaeger.md").read_text(encoding="utf-8")


def test_the_table_has_every_attribute_and_no_other() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}

    names = {
        value
        for constant, value in vars(attributes).items()
        if constant.isupper() and not constant.startswith("_")
    }
    assert listed == names


def test_attributes_in_the_text_are_ones_that_exist() -> None:
    named = set(re.findall(r"`(answerable(?:\.[a-z_]+)+)`", PAGE))

    names = {value for value in vars(attributes).values() if isinstance(value, str)}
    assert named <= names
