"""Who has approved a whole, of which state, what was not in view; and who is against it."""

from __future__ import annotations

from answerable import wording
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.markup import Child, Markup, join, tag
from answerable.exporters.html.tables import Row, lines, table
from answerable.lineage import Opposed, Review, Voiced


def voices(review: Review, context: Context) -> Markup:
    """Approvals, then objections, answered or not."""
    approvals = table(
        "Approvals",
        ("Record", "Says", "Presented was", "In force, and not in view", "Because"),
        (_approval(voice, review, context) for voice in review.approvals),
    )
    against = table(
        "Objections",
        ("Who", "How", "To", "Because", "Answered by"),
        (_objection(opposed, context) for opposed in review.opposition),
    )
    return join(approvals or tag("p", "Nobody has approved it.", class_="warn"), against)


def _approval(voice: Voiced, review: Review, context: Context) -> Row:
    approval = voice.approval
    whole = review.subject in approval.about
    cells = (
        context.link(approval.id),
        wording.MEANINGS[approval.meaning],
        _presented(voice, whole),
        _unseen(voice, context) if whole else "",
        approval.rationale or "",
    )
    return Row(cells, anchor(approval.id))


def _presented(voice: Voiced, whole: bool) -> Markup:
    if voice.is_present:
        return tag("span", "what is shown here", class_="good")
    if whole:
        return tag("span", "what was there before", class_="bad")
    return tag("span", f"{', '.join(voice.approval.about)} alone", class_="quiet")


def _unseen(voice: Voiced, context: Context) -> Markup:
    if voice.unseen is None and not voice.is_present:
        return tag("span", "what was shown is not recorded here", class_="quiet")
    return lines(map(context.link, voice.unseen or ()))


def _about(ref: str, context: Context) -> Child:
    """What an objection is to: a record by its title."""
    return context.link(ref.removeprefix("record:")) if ref.startswith("record:") else ref


def _objection(opposed: Opposed, context: Context) -> Row:
    who = wording.who(opposed.actor) if opposed.actor else "nobody named"
    cells = (
        [who, " ", tag("div", context.link(opposed.record))],
        tag("span", wording.OPPOSED[opposed.how], class_="warn"),
        lines(_about(ref, context) for ref in opposed.about),
        opposed.because or "no reason given",
        lines(map(context.link, opposed.answered_by))
        if opposed.answered_by
        else tag("span", "nobody", class_="bad"),
    )
    return Row(cells, anchor(opposed.record))
