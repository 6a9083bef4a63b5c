"""Records, gaps and verdicts on a terminal: of any width and encoding, with colour or without."""

from __future__ import annotations

from answerable.cli.words.gaps import gaps_text
from answerable.cli.words.lists import decisions_table
from answerable.cli.words.people import attribution, decider, names
from answerable.cli.words.reasons import artifact, opinion, reasons
from answerable.cli.words.records import decision_panel, full
from answerable.cli.words.verdicts import policy_text, verdict_style, verdict_text

__all__ = [
    "artifact",
    "attribution",
    "decider",
    "decision_panel",
    "decisions_table",
    "full",
    "gaps_text",
    "names",
    "opinion",
    "policy_text",
    "reasons",
    "verdict_style",
    "verdict_text",
]
