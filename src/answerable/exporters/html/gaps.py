"""What is missing, as a list: by code, each with a link to the record where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from answerable import wording
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.markup import EMPTY, Markup, join, tag
from answerable.lineage.trace import Gap

NOTHING = "Nothing is missing that this program looks for."


def gap_list(context: Context, gaps: Sequence[Gap] | None = None) -> Markup:
    """The gaps of the context's trace, or some of them; nothing if there are none."""
    listed = dict.fromkeys(context.trace.gaps if gaps is None else gaps)
    parts: list[Markup] = []
    for code, group in wording.by_code(listed).items():
        meaning = tag("span", f": {wording.GAPS[code]} ({len(group)})")
        parts.append(
            tag(
                "div",
                tag("h3", code, meaning, class_="missed"),
                tag("ul", (_gap(context, gap) for gap in group), class_="plain gaps"),
                class_="group",
            )
        )
    return join(parts)


def _gap(context: Context, gap: Gap) -> Markup:
    record = context.placed.get(gap.record or "")
    where = join(" ", context.link(gap.record)) if gap.record and record else EMPTY
    owner = (
        tag("span", f" Owner: {wording.who(gap.owner)}.", class_="quiet") if gap.owner else EMPTY
    )
    return tag(
        "li",
        wording.line(gap.message),
        owner,
        where,
        id=context.gap(gap),
        tabindex=-1,
        data_of=anchor(record.record.id) if record else None,
        data_gaps=gap.code if record else None,
    )
