"""Where responsibility crosses from team to team, in words: what the picture's strong arrows say."""

from __future__ import annotations

from collections import Counter

from answerable import wording
from answerable.exporters.html.context import Context
from answerable.exporters.html.markup import EMPTY, Markup, tag
from answerable.exporters.html.tables import table


def handovers(context: Context) -> Markup:
    """One row for each two teams and what joins them, with how many records it joins."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for placed in context.trace.placed():
        receives = wording.team(placed.record)
        for link in placed.links:
            cause = context.placed.get(link.to)
            if cause is not None and (gives := wording.team(cause.record)) != receives:
                through = link.role if link.role != link.by else ""
                found[gives, receives, through, wording.JOINS[link.by]] += 1
    rows = [(*key, count) for key, count in sorted(found.items())]
    made = table(
        "Where responsibility crosses", ("From", "To", "Through", "Joined by", "Records"), rows
    )
    if not made:
        return EMPTY
    count = len({key[:2] for key in found})
    said = f"The same in words: {count} handover{'s' * (count > 1)} between teams"
    return tag("details", tag("summary", said), made)
