from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from answerable import wording


@given(st.text(st.characters()))
def test_what_is_made_visible_has_nothing_left_that_acts(text: str) -> None:
    seen = wording.visible(text)
    assert all(
        unicodedata.category(letter) not in ("Cc", "Cs") or letter in "\n\t" for letter in seen
    )
    assert not any(unicodedata.bidirectional(letter) in _BIDI for letter in seen)
    assert wording.visible(seen) == seen


_BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_ordinary_text_of_any_script_stays_as_it_is() -> None:
    for text in ("threshold", "Schwellenwert für Anträge", "閾値", "حد القرار", "a\nb\tc"):
        assert wording.visible(text) == text


def test_controls_are_written_out() -> None:
    assert wording.visible("a\x1b[2Jb\u202ec\r") == "a\\x1b[2Jb\\u202ec\\x0d"


def test_a_line_is_one_line() -> None:
    assert wording.line(" a\n  b\u2028c ") == "a b\\u2028c"


def test_a_cut_is_no_longer_than_asked_for() -> None:
    assert wording.cut("abcdef", 6) == "abcdef"
    assert wording.cut("abcdefg", 6) == "abc..."


@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_teams_of_one_trace_do_not_share_a_colour_while_there_are_enough(teams: list[str]) -> None:
    found = wording.hues(teams, 8)
    assert len(set(found.values())) == len(teams)
    assert wording.hues(reversed(teams), 8) == found


def test_a_team_alone_has_the_same_colour_in_every_trace() -> None:
    assert wording.hues(["data"], 10)["data"] == wording.hues(["data", "data"], 10)["data"]


def test_more_teams_than_colours_share_them() -> None:
    found = wording.hues([f"team {n}" for n in range(30)], 8)
    assert set(found.values()) <= set(range(8))
