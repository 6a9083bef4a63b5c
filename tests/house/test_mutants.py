"""What mutation testing has found stands in the threat model, for each file that the script knows."""

from __future__ import annotations

import re
import runpy

import pytest

from tests.house.pages import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "mutate"), run_name="mutate")
# As the script prints it, and why each that is left changes nothing.
ROW = re.compile(r"\| `([\w/]+\.py)` \| (\d+) \| (\d+) \|(.*)\|")
ROWS = {
    file: (int(made), int(found), left.strip())
    for file, made, found, left in map(tuple, ROW.findall(PAGE))
}


def test_every_file_that_can_be_asked_for_has_been_or_is_said_not_to_have_been() -> None:
    waiting = re.findall(r"`([\w/]+\.py)`", PAGE.partition("Not gone through yet:")[2])

    assert sorted([*ROWS, *waiting]) == sorted(SCRIPT["TESTS"])
    assert [*ROWS] == sorted(ROWS)


@pytest.mark.parametrize("file", ROWS)
def test_of_each_at_least_95_in_100_changes_are_found_and_the_others_explained(file: str) -> None:
    made, found, left = ROWS[file]

    assert 0.95 * made <= found <= made
    assert bool(left) == (found < made)


@pytest.mark.parametrize("file", SCRIPT["TESTS"])
def test_the_file_and_the_tests_that_are_asked_about_it_are_there(file: str) -> None:
    assert (ROOT / "src" / "answerable" / file).is_file()
    for test in SCRIPT["TESTS"][file]:
        path, _, name = test.partition("[")[0].partition("::")
        assert re.search(
            rf"^(class|def) {name or '[tT]est'}", (ROOT / path).read_text(), re.MULTILINE
        )
