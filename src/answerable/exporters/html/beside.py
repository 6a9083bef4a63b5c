"""What a reviewer is told beside the decisions: assumptions, walls, risks, controls, scopes."""

from __future__ import annotations

from collections.abc import Iterator

from answerable import wording
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.markup import Child, Markup, tag
from answerable.exporters.html.tables import Row, lines, table
from answerable.lineage import Bypass, Held, Review, Risk, Within
from answerable.lineage.joins import used


def assumptions(review: Review, context: Context) -> Markup:
    """What is taken to be true, while what, until when."""

    def told(held: Held) -> Row:
        assumed = held.assumption
        owner = wording.who(assumed.owner) if assumed.owner else "nobody named"
        cells = (
            assumed.statement,
            assumed.holds_while or "",
            assumed.review_by or "no date",
            owner,
            tag(
                "span",
                wording.ASSUMED[held.state],
                class_="quiet" if held.state == "assumed" else "bad",
            ),
            context.link(held.record),
        )
        return Row(cells, anchor(held.record))

    heads = ("Taken to be true", "While", "Review by", "Watched by", "What is known", "For")
    return table("Assumptions relied on", heads, map(told, review.assumptions))


def walls(review: Review, context: Context) -> Markup:
    """Each vendor, and what uses it."""
    using: dict[str, list[str]] = {}
    for id, placed in context.placed.items():
        if not placed.is_history:
            for artifact in used(placed.record):
                using.setdefault(artifact.ref, []).append(id)
    rows = [(wall, lines(map(context.link, using.get(wall, ())))) for wall in review.walls]
    return table("Nobody here can see inside", ("Vendor", "Used by"), rows)


def risks(review: Review, context: Context) -> Markup:
    """What stays at risk: who owns it, until when, and what watches it."""

    def told(risk: Risk) -> Row:
        cells: list[Child] = [
            risk.statement,
            _or_bad(wording.who(risk.owner) if risk.owner else None, "nobody owns it"),
            _or_bad(None if risk.state == "lapsed" else risk.until or "no end", _past(risk.until)),
            lines(map(context.link, risk.monitors)) if risk.monitors else _or_bad(None, "nothing"),
            context.link(risk.record),
        ]
        return Row(cells, anchor(risk.record))

    heads = ("Risk", "Owner", "Until", "Watched by", "Accepted with")
    return table("Residual risks", heads, map(told, review.risks))


def controls(review: Review, context: Context) -> Markup:
    """Controls that were bypassed, the reverted ones too."""

    def told(bypass: Bypass) -> Row:
        style = {"reverted": "good", "bypassed": "warn"}.get(bypass.state, "bad")
        cells: list[Child] = [
            bypass.control,
            tag("span", bypass.state, class_=style),
            wording.who(bypass.actor) if bypass.actor else "nobody named",
            bypass.because,
            bypass.until or "no date",
            context.link(bypass.record),
        ]
        return Row(cells, anchor(bypass.record))

    heads = ("Control", "State", "By", "Because", "Until", "Record")
    return table("Controls that were bypassed", heads, map(told, review.overrides))


def scopes(review: Review, context: Context) -> Markup:
    """For what, and for whom, it was decided."""

    def told(within: Within) -> Iterator[Row]:
        for part, label in wording.SCOPE.items():
            if said := getattr(within.scope, part):
                note = "not as first decided" if part in within.differs else ""
                cells = (
                    label,
                    said,
                    tag("span", note, class_="warn") if note else "",
                    context.link(within.record),
                )
                yield Row(cells, anchor(within.record))

    rows = [each for within in review.scopes for each in told(within)]
    return table("Stated scopes", ("What", "Stated", "Beside the first", "By"), rows)


def certainty(review: Review) -> Markup:
    """How what stands here is known."""
    rows = [
        (word, f"{len(ids):,}", wording.CERTAINTIES[word])
        for word, ids in review.certainty.items()
        if ids
    ]
    return table("Records and steps in force", ("Known by", "How many", "That is"), rows)


def _or_bad(said: str | None, lacking: str) -> Markup:
    return tag("span", lacking if said is None else said, class_="bad" if said is None else None)


def _past(until: str | None) -> str:
    return f"{until}, which has passed"
