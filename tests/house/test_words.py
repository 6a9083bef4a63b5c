"""The page of words has every word that the program puts behind a name, a record or a ledger."""

from __future__ import annotations

import re
from itertools import chain

from answerable import wording
from tests.house.pages import ROOT

PAGE = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE))
WORDS = set(chain.from_iterable(cell.split(", ") for cell in ROWS))


def test_what_stands_behind_a_name_means_there_what_it_means_on_a_terminal() -> None:
    for word, said in wording.KNOWN_BY.items():
        assert f"| {word} | {said.removeprefix(f'{word}: ')} |" in PAGE


def test_how_a_record_is_known_is_explained_and_so_is_each_verdict() -> None:
    assert set(wording.CERTAINTIES) <= WORDS
    assert {word for verdict in wording.VERDICTS for word in verdict.split("-")} <= WORDS


def test_the_gaps_that_it_leads_to_are_all_explained() -> None:
    lineage = (ROOT / "docs" / "lineage.md").read_text(encoding="utf-8")
    table = lineage[lineage.index("## Gaps") : lineage.index("## Questions")]

    assert [code for code in wording.GAPS if f"`{code}`" not in table] == []
