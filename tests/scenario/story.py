"""One story of a year, with a known truth: told once, and asked at three times."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs

import answerable as ans
from answerable.testing import FixedClock, SequentialIds
from tests.scenario.elsewhere import make_cards, say_more
from tests.scenario.first_model import make_first
from tests.scenario.founding import found
from tests.scenario.gathering import gather
from tests.scenario.going_wrong import go_wrong
from tests.scenario.outcomes import decline
from tests.scenario.second_model import go_on, make_second
from tests.scenario.telling import Telling


@attrs.frozen
class Story:
    """Where it is kept, and what each record is called."""

    ledger: str
    home: Path
    ids: dict[str, str]
    outcomes: dict[str, str]

    def names(self, ids: Iterable[str]) -> list[str]:
        """What the records of these ids are called, in their order."""
        called = {id: name for name, id in self.ids.items()}
        return [called[id] for id in ids]

    def variables(self) -> dict[str, str]:
        """What a shell calls the ledger, its home, and the ids of records and outcomes."""
        called = {name.replace("-", "_"): id for name, id in {**self.ids, **self.outcomes}.items()}
        return {"ANSWERABLE_LEDGER": self.ledger, "ANSWERABLE_HOME": str(self.home), **called}

    def ref(self, name: str) -> str:
        """The record of that name, as a reference."""
        return f"record:{self.ids[name]}"


def tell(folder: Path, ledger: str | None = None) -> Story:
    """Tell it through the public calls alone: into SQLite under `folder`, unless a ledger is given."""
    uri = ledger or f"sqlite:///{folder / 'decisions.db'}"
    home = folder / "home"
    ans.configure(ledger=uri, home=home, on_failure="raise")
    try:
        with FixedClock("2025-01-07T09:00:00Z") as clock, SequentialIds():
            told = Telling(home, clock)
            for chapter in (found, gather, make_cards, make_first):
                chapter(told)
            decline(told, "2025-03-25", "declined-1", "case-1101", "model:loans@1", 0.41)
            go_on(told)
            make_second(told)
            decline(told, "2025-07-20", "declined-2", "case-2207", "model:loans@2", 0.5)
            say_more(told)
            go_wrong(told)
            decline(told, "2025-10-25", "declined-3", "case-3310", "model:loans@2", 0.66)
    finally:
        ans.shutdown()
    return Story(uri, home, told.ids, told.outcomes)
