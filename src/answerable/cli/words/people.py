"""Who decided, and who answers, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

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


def names(records: Iterable[Record], pen: Pen) -> list[Text]:
    """What the words behind the names of these records mean, each in a line."""
    deciders = [record.decided_by for record in records]
    used = {each.known_by for each in deciders if each is not None}
    return [pen.text(said, "dim") for how, said in wording.KNOWN_BY.items() if how in used]


def decider(record: Record, pen: Pen) -> Text:
    """Who decided, and how that is known."""
    said = pen.text(wording.decided_by(record), "" if record.decided_by else "red")
    if record.decided_by is not None:
        said.append_text(pen.text(f" ({record.decided_by.known_by})", "dim"))
    return said
