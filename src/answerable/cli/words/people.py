"""Who decided, and who answers, on a terminal."""

from __future__ import annotations

from rich.text import Text

from answerable import wording
from answerable.cli.pen import Pen
from answerable.model import Decision, Record


def attribution(record: Record, pen: Pen) -> Text:
    """The team, who decided and how that is known, who answers for it."""
    parts = [pen.team(wording.team(record)), decider(record, pen)]
    if isinstance(record, Decision):
        style = "" if record.accountable else "red"
        answers = pen.text(wording.accountable(record), style)
        parts.append(Text.assemble(("accountable: ", "dim"), answers))
    return pen.join(parts)


def decider(record: Record, pen: Pen) -> Text:
    """Who decided, and how that is known."""
    said = pen.text(wording.decided_by(record), "" if record.decided_by else "red")
    if record.decided_by is not None:
        said.append_text(pen.text(f" ({record.decided_by.known_by})", "dim"))
    return said
