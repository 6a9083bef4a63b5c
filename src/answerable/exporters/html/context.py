"""What every part of the page needs: anchors, team colours, and which gaps stand where."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final, Self

import attrs

from answerable import wording
from answerable.exporters.html.markup import Markup, tag
from answerable.lineage.trace import AccountabilityTrace, Gap, Placed
from answerable.model import Record
from answerable.wording import Entry

HUES: Final = 10  # as many as style.css has

_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


@attrs.frozen(kw_only=True)
class Context:
    """A trace, and where on the page its parts are. `entries` are never folded."""

    trace: AccountabilityTrace
    entries: tuple[Entry, ...]
    placed: Mapping[str, Placed]
    hues: Mapping[str, int]

    @classmethod
    def of(cls, trace: AccountabilityTrace) -> Self:
        """Everything is worked out once."""
        placed = {each.record.id: each for each in trace.placed()}
        return cls(
            trace=trace,
            entries=wording.outline(trace, limit=len(placed) + len(trace.gaps) + 100),
            placed=placed,
            hues=wording.hues((wording.team(p.record) for p in placed.values()), HUES),
        )

    def colour(self, record: Record) -> str:
        """The class that carries the colour of the record's team."""
        return f"t{self.hues[wording.team(record)]}"

    def link(self, id: str) -> Markup:
        """A link to the record's part of the page; its bare id if the trace does not hold it."""
        placed = self.placed.get(id)
        if placed is None:
            return tag("code", id)
        title = wording.cut(wording.title(placed.record), 80)
        return tag("a", title, href=f"#{anchor(id)}")


def anchor(id: str) -> str:
    """The fragment of a record's part of the page. Ids come from strangers, too."""
    if _PLAIN.fullmatch(id):
        return f"r-{id}"
    return "x-" + hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def codes(gaps: tuple[Gap, ...]) -> str:
    """The gaps' codes, each once, for the filter."""
    return " ".join(sorted({gap.code for gap in gaps}))
