"""The forms in which a page tells things: tables, lists of facts, counts, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from answerable import wording
from answerable.exporters.html.markup import EMPTY, Child, Markup, join, tag
from answerable.lineage.trace import Gap


@attrs.frozen
class Row:
    """The cells of a row; `of` is the anchor of the record with which the filter hides it."""

    cells: Sequence[Child]
    of: str | None = None


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Child] | Row]) -> Markup:
    """A table with a caption, or nothing if it has no rows. It scrolls where it is too wide; on a
    narrow screen each cell stands under its head."""
    made = [_row(heads, each if isinstance(each, Row) else Row(each)) for each in rows]
    if not made:
        return EMPTY
    head = tag("thead", tag("tr", (tag("th", name, scope="col") for name in heads)))
    return tag(
        "div", tag("table", tag("caption", caption), head, tag("tbody", made)), class_="wide"
    )


def facts(rows: Iterable[tuple[str, Child]]) -> Markup:
    """What is the case, by name."""
    return tag("dl", (join(tag("dt", name), tag("dd", said, dir="auto")) for name, said in rows))


def lines(items: Iterable[Child]) -> Markup:
    """A list in a cell, or that there is none."""
    made = [tag("li", item) for item in items]
    return tag("ul", made) if made else tag("span", "none", class_="quiet")


def counts(*each: tuple[int, str, str]) -> Markup:
    """How many of what, each with the style that it has if there are any. A word that ends in
    `(s)` is said as its number asks."""
    return tag("ul", (_count(*one) for one in each), class_="counts")


def missing(gaps: Sequence[Gap]) -> Markup:
    """What is missing at one place."""
    if not gaps:
        return EMPTY
    said = (
        tag("li", tag("span", gap.code, class_="code"), ": ", wording.line(gap.message))
        for gap in gaps
    )
    return tag("div", tag("ul", said), class_="missing")


def _row(heads: Sequence[str], row: Row) -> Markup:
    cells = (tag("td", cell, data_head=head) for head, cell in zip(heads, row.cells, strict=True))
    return tag("tr", cells, data_of=row.of)


def _count(number: int, what: str, style: str) -> Markup:
    said = what.replace("(s)", "" if number == 1 else "s")
    return tag("li", tag("b", f"{number:,}", class_=style if number else None), said)
