"""How text gets onto a terminal of any width and encoding, with colour or without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from answerable import wording
from answerable.model import Record

# Of the 256 colours, those that can be read on black and on white. Red is kept for gaps.
HUES: Final = tuple(f"color({n})" for n in (37, 133, 136, 68, 71, 173, 169, 101, 62, 30))

Row: TypeAlias = tuple[str, Text]

_GUTTER: Final = 2
# Columns for text beside a label: an id's length. With fewer it stands under the label.
_READABLE: Final = 36


@attrs.frozen(kw_only=True)
class Pen:
    """How text gets onto one terminal: the encoding it has, and the colour of each team."""

    encoding: str
    hues: Mapping[str, int] = attrs.field(factory=dict)

    def text(self, said: str, style: str | Style = "") -> Text:
        """What cannot be shown, or would move the cursor, is written out."""
        seen = wording.visible(said)
        fitting = seen.encode(self.encoding, "backslashreplace").decode(self.encoding)
        return Text(fitting, style=style, overflow="fold")

    def join(self, parts: Iterable[Text], between: str | None = None) -> Text:
        """The parts on one line."""
        said = Text(overflow="fold")
        for number, part in enumerate(parts):
            if number:
                said.append(between or f" {self.dot} ", "dim")
            said.append_text(part)
        return said

    def team(self, name: str) -> Text:
        """The team's name in its colour."""
        return self.text(name, HUES[self.hues[name]] if name in self.hues else "")

    @property
    def unicode(self) -> bool:
        """True where more than ASCII can be shown."""
        return self.encoding.lower().startswith("utf")

    @property
    def dot(self) -> str:
        """Between two things on a line."""
        return "·" if self.unicode else "-"

    @property
    def legend(self) -> Text:
        """What the marks mean."""
        seals = (("verified", "verified"), ("fault", "does not verify"), ("unknown", "not checked"))
        said = [
            Text.assemble(self._seal(state), Text(f" {words}", style="dim"))
            for state, words in seals
        ]
        return self.join([*said, self.gap("missing")], "   ")

    def mark(self, record: Record) -> Text:
        """Whether the record verified."""
        return self._seal(wording.signature(record).state)

    def _seal(self, state: str) -> Text:
        if state == "verified":
            return Text("✓" if self.unicode else "ok", style="green")
        if state == "fault":
            return Text("✗" if self.unicode else "!!", style="bold red")
        return Text("?", style="dim")

    def gap(self, said: str) -> Text:
        """Something that is missing, in red."""
        return Text.assemble(("▲ " if self.unicode else "! ", "red"), self.text(said, "red"))


@attrs.frozen
class Drawn:
    """A renderable that is made once the terminal is known."""

    draw: Callable[[Pen, int], RenderableType]
    hues: Mapping[str, int] = attrs.field(factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.draw(Pen(encoding=options.encoding, hues=self.hues), options.max_width)


@attrs.frozen
class Grid:
    """Labels in a narrow column, text beside them that wraps in its own. A text stands under its
    label where a word of it (a digest) would be cut beside it and not there, and every text does
    on a terminal that is too narrow for both."""

    rows: tuple[Row, ...]
    indent: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widest = max((cell_len(label) for label, _ in self.rows), default=0)
        left = min(self.indent, _GUTTER)  # so that an id fits into forty columns
        if self.indent + widest + _GUTTER + _READABLE > options.max_width and widest > _GUTTER:
            yield from self._stacked(self.rows, left)
            return
        beside: list[Row] = []
        room = options.max_width - self.indent - widest - 2 * _GUTTER
        for row in self.rows:
            if room < _longest(row[1]) <= options.max_width - left - _GUTTER:
                yield self._beside(beside, widest)
                yield from self._stacked([row], self.indent)
                beside = []
            else:
                beside.append(row)
        yield self._beside(beside, widest)

    def _beside(self, rows: Sequence[Row], widest: int) -> Table:
        made = Table.grid(padding=(0, _GUTTER, 0, 0))
        made.add_column(style="dim", no_wrap=True, min_width=self.indent + widest)
        made.add_column(overflow="fold", ratio=1)
        for label, text in rows:
            made.add_row(Text(" " * self.indent + label), text)
        return made

    def _stacked(self, rows: Sequence[Row], left: int) -> Iterator[RenderableType]:
        for label, text in rows:
            if label:
                yield Padding(Text(label, style="dim", overflow="fold"), (0, 0, 0, left))
            yield Padding(text, (0, 0, 0, min(left, _GUTTER) + _GUTTER * bool(label)))


def _longest(text: Text) -> int:
    """Cells of its longest word."""
    return max(map(cell_len, text.plain.split()), default=0)


def grid(rows: Iterable[Row], *, indent: int = 0) -> Grid:
    """Labels and texts, `indent` from the left."""
    return Grid(tuple(rows), indent)
