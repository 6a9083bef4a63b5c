"""Many records, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from answerable import wording
from answerable.cli.pen import HUES, Drawn, Pen, grid
from answerable.cli.words.people import decider
from answerable.model import Record


def decisions_table(records: Sequence[Record]) -> RenderableType:
    """Records, one a row; on a narrow terminal one a block. Ids are always whole."""

    def draw(pen: Pen, width: int) -> RenderableType:
        if not records:
            return pen.text("no decisions", "dim")
        return _table(records, pen) if width >= 150 else _blocks(records, pen)

    return Drawn(draw, wording.hues(map(wording.team, records), len(HUES)))


def _table(records: Sequence[Record], pen: Pen) -> RenderableType:
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    made.add_column("decided", no_wrap=True)
    made.add_column("decision", overflow="fold", ratio=1)
    made.add_column("team", overflow="fold", max_width=20)
    made.add_column("by", overflow="fold", max_width=44)
    made.add_column("id", no_wrap=True, min_width=36)
    for record in records:
        made.add_row(
            pen.text(wording.moment(record.decided_at)[:16] + "Z"),
            _heading(record, pen),
            pen.team(wording.team(record)),
            decider(record, pen),
            pen.text(record.id, "dim"),
        )
    return made


def _blocks(records: Sequence[Record], pen: Pen) -> RenderableType:
    parts: list[RenderableType] = []
    for record in records:
        parts.append(_heading(record, pen))
        when = pen.text(wording.moment(record.decided_at)[:16] + "Z")
        by = [when, pen.team(wording.team(record)), decider(record, pen)]
        parts.append(grid([("", pen.join([*by, pen.text(record.id, "dim")]))], indent=2))
    return Group(*parts)


def _heading(record: Record, pen: Pen) -> Text:
    title = pen.text(wording.cut(wording.title(record), 80), "bold")
    return Text.assemble(pen.mark(record), " ", title)
