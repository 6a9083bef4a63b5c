"""Design choices as a table: what was chosen, why, over what, on which assumptions, by whom."""

from __future__ import annotations

from collections.abc import Iterable

from answerable import wording
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.markup import Child, Markup, join, tag
from answerable.exporters.html.tables import Row, lines, table
from answerable.lineage.trace import Placed
from answerable.model import Decision

_HEADS = ("Design choice", "Rationale", "Considered and not taken", "Assumptions", "Decided by")
_NOTE = (
    "Supports technical documentation of the kind that the EU AI Act, Annex IV 2(b), asks for:"
    ' "key design choices including the rationale and assumptions made".'
)


def design(context: Context) -> Markup:
    """Those that are in force."""
    found = [
        entry.shows.record
        for entry in context.entries
        if isinstance(entry.shows, Placed)
        and not entry.shows.is_history
        and isinstance(entry.shows.record, Decision)
    ]
    made = choices(f"{len(found)} in force", found)
    return join(tag("p", _NOTE, class_="quiet"), made or tag("p", "No decision is in force."))


def choices(caption: str, decisions: Iterable[Decision]) -> Markup:
    """These decisions; nothing if there are none."""
    made = table(caption, _HEADS, map(_choice, decisions))
    return tag("div", made, class_="choices") if made else made


def _choice(decision: Decision) -> Row:
    default = decision.capture == "default"
    cells: list[Child] = [
        [
            tag("a", wording.cut(wording.title(decision), 120), href=f"#{anchor(decision.id)}"),
            tag("div", wording.line(decision.question), class_="quiet"),
        ],
        decision.rationale or ("none: a default that nobody chose" if default else "none given"),
        lines(
            wording.value(option.value) + (f": {option.because}" if option.because else "")
            for option in decision.considered
        ),
        lines(
            each.statement + (f" (review by {each.review_by})" if each.review_by else "")
            for each in decision.assumptions
        ),
        [
            wording.decided_by(decision),
            tag("div", f"accountable: {wording.accountable(decision)}", class_="quiet"),
        ],
    ]
    return Row(cells, anchor(decision.id))
