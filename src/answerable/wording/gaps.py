"""Gaps as a reader wants them: by what is missing, most frequent first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from answerable.lineage.trace import Gap, GapCode


def by_code(gaps: Iterable[Gap]) -> dict[GapCode, tuple[Gap, ...]]:
    """The gaps of each code, in the order given."""
    found: dict[GapCode, list[Gap]] = defaultdict(list)
    for gap in gaps:
        found[gap.code].append(gap)
    most_first = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return {code: tuple(group) for code, group in most_first}


def short(gaps: Iterable[Gap]) -> str:
    """What is missing at one place, in a line: codes, with the reference where one is named."""
    said = (f"{gap.code} {gap.ref}" if gap.ref else gap.code for gap in gaps)
    return "; ".join(dict.fromkeys(said))
