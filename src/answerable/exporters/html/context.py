"""What every part of a page needs: anchors, team colours, and which gaps stand where."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

import attrs

from answerable import wording
from answerable.exporters.html.markup import Markup, tag
from answerable.lineage.trace import AccountabilityTrace, Gap, Placed
from answerable.model import Record
from answerable.signing import Policy
from answerable.wording import Entry

HUES: Final = 10  # as many as style.css has

_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_PREFIXES: Final = ("g", "h")


@attrs.frozen(kw_only=True)
class Context:
    """A trace, its `gaps` being all that is missing, and where on the page its parts are.

    `entries` are never folded, and are those that this context's list of records holds. `placed`
    is everything that has a part of its own anywhere on the page. `prefix` keeps the anchors of
    two traces on one page apart.
    """

    trace: AccountabilityTrace
    entries: tuple[Entry, ...]
    placed: Mapping[str, Placed]
    hues: Mapping[str, int]
    numbers: Mapping[Gap, int]
    prefix: str
    policy: Policy | None

    @classmethod
    def of(cls, *traces: AccountabilityTrace, policy: Policy | None = None) -> tuple[Context, ...]:
        """One for each trace of a page, at most two. What several hold is told where the first
        of them is. Everything is worked out once. `policy` says who fills roles."""
        traces = tuple(attrs.evolve(trace, gaps=trace.missing, unheld=()) for trace in traces)
        placed: dict[str, Placed] = {}
        entries: list[tuple[Entry, ...]] = []
        for trace in traces:
            own = {each.record.id: each for each in trace.placed()}
            told = wording.outline(trace, limit=len(own) + len(trace.gaps) + 100)
            entries.append(tuple(entry for entry in told if not _is_told(entry, placed)))
            placed = own | placed
        hues = wording.hues((wording.team(p.record) for p in placed.values()), HUES)
        return tuple(
            cls(
                trace=trace,
                entries=own_entries,
                placed=placed,
                hues=hues,
                numbers={gap: n for n, gap in enumerate(dict.fromkeys(trace.gaps), 1)},
                prefix=prefix,
                policy=policy,
            )
            for trace, own_entries, prefix in zip(traces, entries, _PREFIXES, strict=False)
        )

    def colour(self, record: Record) -> str:
        """The class that carries the colour of the record's team."""
        return f"t{self.hues[wording.team(record)]}"

    def link(self, id: str) -> Markup:
        """A link to the record's part of the page; its bare id if the page does not hold it."""
        placed = self.placed.get(id)
        if placed is None:
            return tag("code", id)
        title = wording.cut(wording.title(placed.record), 80)
        return tag("a", title, href=f"#{anchor(id)}")

    def gap(self, gap: Gap) -> str:
        """The fragment of the gap's place in the list of what is missing."""
        return f"{self.prefix}-{self.numbers[gap]}"


def anchor(id: str) -> str:
    """The fragment of a record's part of the page. Ids come from strangers, too."""
    if _PLAIN.fullmatch(id):
        return f"r-{id}"
    return "x-" + hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def codes(gaps: tuple[Gap, ...]) -> str:
    """The gaps' codes, each once, for the filter."""
    return " ".join(sorted({gap.code for gap in gaps}))


def _is_told(entry: Entry, placed: Mapping[str, Placed]) -> bool:
    return isinstance(entry.shows, Placed) and entry.shows.record.id in placed
