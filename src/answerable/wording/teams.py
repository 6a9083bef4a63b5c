"""Teams: what they are called, and a colour that stays theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from answerable.model import Record
from answerable.wording.text import line

NO_TEAM = "no team"


def team(record: Record) -> str:
    """The name of the record's team."""
    return line((record.team or "").removeprefix("team:")) or NO_TEAM


def hues(teams: Iterable[str], count: int) -> dict[str, int]:
    """A number below `count` for each team: the same in every trace, unless two teams of this
    one would share it; then the later in the alphabet takes the next that is free."""
    found: dict[str, int] = {}
    for name in sorted(set(teams)):
        wanted = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        order = [(wanted + step) % count for step in range(count)]
        taken = set(found.values())
        found[name] = next((hue for hue in order if hue not in taken), order[0])
    return found
