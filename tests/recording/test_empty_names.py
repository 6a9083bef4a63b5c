"""An empty name is not the same as none: who forgot to fill a variable is told, not replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import answerable as ans
from answerable.errors import AnswerableError
from tests.recording.kept import Kept


def _choose(**details: Any) -> None:
    ans.choose("threshold", 0.5, **details)


def _decide(**details: Any) -> None:
    with ans.decide("threshold", **details) as d:
        d.choose(0.5)


def _decorated(**details: Any) -> None:
    ans.decision("threshold", **details)(lambda: 0.5)()


@pytest.mark.parametrize("record", [_choose, _decide, _decorated])
@pytest.mark.parametrize("name", ["decided_by", "accountable", "authority"])
@pytest.mark.parametrize("nothing", ["", 0, False, [], {}], ids=repr)
def test_it_is_refused(kept: Kept, record: Callable[..., None], name: str, nothing: Any) -> None:
    with pytest.raises(AnswerableError):
        record(**{name: nothing})
    assert kept.size() == 0


def test_an_assumption_has_a_real_owner_or_none(kept: Kept) -> None:
    with ans.decide("threshold") as d:
        with pytest.raises(ans.InvalidReferenceError, match="not an actor: ''"):
            d.assume("the mix stays", owner="")
        d.assume("prices too", owner=None)
        d.choose(0.5)
    assert kept.decision().assumptions == (ans.Assumption(statement="prices too"),)


def test_none_says_nothing_and_the_settings_count(kept: Kept) -> None:
    ans.choose("threshold", 0.5, decided_by=None, accountable=None, authority=None)

    made = kept.decision()
    assert made.decided_by is not None
    assert made.decided_by.id == "person:analyst@bank.example"
    assert made.accountable == "role:head-of-credit-risk"
    assert made.authority is None
