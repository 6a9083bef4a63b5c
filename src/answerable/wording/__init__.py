"""Records, gaps and verdicts in words, for every view that people read. Pure; ASCII only, so
that a terminal of any encoding can show it."""

from answerable.wording.events import details
from answerable.wording.gaps import by_code, short
from answerable.wording.outline import Entry, outline
from answerable.wording.phrases import (
    ANY_KEY,
    ASSUMED,
    CAPTURES,
    CERTAINTIES,
    EVIDENCE,
    GAPS,
    JOINS,
    KNOWN_BY,
    LIMITS,
    MEANINGS,
    OPPOSED,
    SCOPE,
    STANDINGS,
    VERDICTS,
)
from answerable.wording.records import (
    Signature,
    accountable,
    artifacts,
    bound,
    capture,
    decided_by,
    kind,
    place,
    signature,
    title,
    who,
    withheld,
)
from answerable.wording.teams import hues, team
from answerable.wording.text import cut, line, moment, value, visible

__all__ = [
    "ANY_KEY",
    "ASSUMED",
    "CAPTURES",
    "CERTAINTIES",
    "EVIDENCE",
    "GAPS",
    "JOINS",
    "KNOWN_BY",
    "LIMITS",
    "MEANINGS",
    "OPPOSED",
    "SCOPE",
    "STANDINGS",
    "VERDICTS",
    "Entry",
    "Signature",
    "accountable",
    "artifacts",
    "bound",
    "by_code",
    "capture",
    "cut",
    "decided_by",
    "details",
    "hues",
    "kind",
    "line",
    "moment",
    "outline",
    "place",
    "short",
    "signature",
    "team",
    "title",
    "value",
    "visible",
    "who",
    "withheld",
]
