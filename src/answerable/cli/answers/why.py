"""Which decision set it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.answers.beside import certainty_rows
from answerable.cli.answers.parts import briefly, gaps_below, hues, told
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.cli.words import artifact
from answerable.lineage import Authority, Rest, Why
from answerable.model import Decision


def why_text(found: Why) -> RenderableType:
    """The decisions in force in full, what they replaced in a line each, and the gaps."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not found.in_force:
            text = f"nobody decided {found.kind} behind {found.subject}"
            parts: list[RenderableType] = [pen.gap(wording.line(text))]
            if found.kinds:  # the word may just be another one
                there = pen.text(wording.line(", ".join(found.kinds)))
                parts.append(grid([("decided there", there)], indent=2))
        else:
            parts = [each for d in found.in_force for each in _told(d, found, pen)]
        for title, some in (
            (wording.STANDINGS["over"], found.over),
            (wording.STANDINGS["to-come"], found.to_come),
            ("replaced or withdrawn", found.superseded),
        ):
            if some:
                parts += ["", pen.text(title, "bold"), *briefly(some, pen)]
        rows = certainty_rows(found.certainty, pen)
        if rows:
            parts += ["", pen.text("known by", "bold"), grid(rows, indent=2)]
        return Group(*parts, *gaps_below(found.gaps))

    return Drawn(draw, hues(found.decisions))


def _told(decision: Decision, found: Why, pen: Pen) -> list[RenderableType]:
    rows: list[Row] = [
        ("held by", _holders(role, persons, pen))
        for role, persons in found.holders.get(decision.id, {}).items()
    ]
    rows += [
        ("authority", _authority(each, pen))
        for each in found.authorities
        if each.decision == decision.id and (each.named or decision.capture == "explicit")
    ]
    rows += [
        ("evidence", _rest(each, pen)) for each in found.evidence if each.decision == decision.id
    ]
    return told(decision, pen, instead=rows)


def _holders(role: str, persons: Sequence[str], pen: Pen) -> Text:
    if not persons:
        return pen.text(wording.line(f"nobody filled {role}"), "red")
    return pen.text(wording.line(f"{', '.join(map(wording.who, persons))}, as {role}"))


def _authority(authority: Authority, pen: Pen) -> Text:
    if authority.named is None:
        return pen.text("none is named", "yellow")
    parts = [pen.text(wording.line(authority.named))]
    if authority.holder:
        lent = f"lent to {wording.who(authority.holder)}"
        lent += f", {authority.limit}" if authority.limit else ""
        lent += f", until {authority.valid_until}" if authority.valid_until else ""
        parts.append(pen.text(wording.line(lent), "dim"))
    if authority.record is None:
        parts.append(pen.text("nothing recorded says whether it was given", "yellow"))
    else:
        parts.append(_held("then", authority.then, pen))
        parts.append(_held("now", authority.now, pen))
    return pen.join(parts)


def _held(when: str, held: bool | None, pen: Pen) -> Text:
    return pen.text(f"valid {when}", "green") if held else pen.text(f"not valid {when}", "red")


def _rest(rest: Rest, pen: Pen) -> Text:
    parts = [artifact(rest.artifact, pen), pen.text(wording.EVIDENCE[rest.kind])]
    if rest.produced_by:
        parts.append(pen.text(f"by {', '.join(map(wording.who, rest.by)) or 'nobody named'}"))
    else:
        parts.append(pen.text("nothing recorded produced it", "yellow"))
    if rest.valid_until:
        word = "valid until" if rest.valid else "was valid until"
        parts.append(pen.text(f"{word} {rest.valid_until}", "dim" if rest.valid else "red"))
    return pen.join(parts)
