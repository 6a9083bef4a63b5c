"""Who has approved it, of what, and who is against it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.pen import Pen, Row, grid
from answerable.cli.words import decider, opinion
from answerable.lineage import Opposed, Review, Voiced


def voices(found: Review, pen: Pen) -> list[RenderableType]:
    """What the policy asks for, each approval and what it did not see, and who is against it."""
    parts: list[RenderableType] = []
    titles = {decision.id: wording.title(decision) for decision in found.decisions}
    if found.required is not None:
        of = ", ".join(found.required.principals)
        parts += [
            "",
            pen.text(wording.line(f"the policy asks for {found.required.threshold} of {of}")),
        ]
    if found.approvals:
        parts += ["", pen.text("approvals", "bold")]
    for number, voice in enumerate(found.approvals):
        whole = found.subject in voice.approval.about
        if voice.is_present:
            state = pen.text("of what is shown here", "green")
        elif whole:
            state = pen.text("of what was there before", "bold red")
        else:
            only = ", ".join(voice.approval.about)
            state = pen.text(wording.line(f"of {only} alone"), "dim")
        said = pen.join([decider(voice.approval, pen), state])
        head = Text.assemble(pen.mark(voice.approval), " ", said)
        rows = [*opinion(voice.approval, pen), *(_unseen(voice, pen) if whole else ())]
        parts += [*[""][: number > 0], head, grid(rows, indent=4)]
    if not found.approvals:
        parts += ["", pen.text("nobody has approved it", "yellow")]
    if found.opposition:
        parts += ["", pen.text("objections", "bold")]
    for number, against in enumerate(found.opposition):
        parts += [*[""][: number > 0], *_opposed(against, titles, pen)]
    return parts


def _unseen(voice: Voiced, pen: Pen) -> list[Row]:
    if voice.is_present:
        return []
    if voice.unseen is None:
        return [("not in view", pen.text("what was shown is not recorded here", "dim"))]
    if not voice.unseen:
        return [("not in view", pen.text("nothing that is in force now", "dim"))]
    count = f"{len(voice.unseen)} of what is in force now"
    return [("not in view", pen.text(count, "bold red"))]


def _opposed(against: Opposed, titles: Mapping[str, str], pen: Pen) -> list[RenderableType]:
    who = pen.text(wording.who(against.actor) if against.actor else "nobody named")
    head = pen.join([who, pen.text(wording.OPPOSED[against.how], "yellow")])
    rows: list[Row] = []
    if against.about:
        to = (titles.get(ref.removeprefix("record:"), ref) for ref in against.about)
        rows.append(("to", pen.text(wording.line(", ".join(wording.cut(each, 80) for each in to)))))
    if against.because:
        rows.append(("why", pen.text(against.because)))
    answered = ", ".join(against.answered_by)
    rows.append(
        ("answered", pen.text(answered, "dim") if answered else pen.text("by nobody", "yellow"))
    )
    rows.append(("id", pen.text(against.record, "dim")))
    return [head, grid(rows, indent=4)]
