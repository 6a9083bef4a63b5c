"""How the story is told: at settled times, under settled ids, each in their own name and key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import attrs

import answerable as ans
from answerable import Artifact
from answerable.model import Record
from answerable.recording.adopting import adopt
from answerable.signing import Keyring, endorsing, key_id, raw
from answerable.statement import parse_time
from answerable.testing import FixedClock

ANA, BO, CY, DI, EVE = (f"person:{name}@bank.example" for name in ("ana", "bo", "cy", "di", "eve"))
FAY: Final = "person:fay@labels.example"
CREDIT, DATA, OPERATIONS = (
    "role:head-of-credit-risk",
    "role:head-of-data",
    "role:head-of-operations",
)
BANK: Final = "org:bank.example"
LOANS: Final = "deployment:prod/loans"
CARDS: Final = "deployment:prod/cards"
ACME: Final = "vendor:acme-score@3"

# The three times at which every question is asked.
SPRING, SUMMER, AUTUMN = "2025-03-31", "2025-07-31", "2025-10-31"


@attrs.define
class Telling:
    """The clock, the keys, and what each record is called in the story."""

    home: Path
    clock: FixedClock
    ids: dict[str, str] = attrs.field(factory=dict)
    outcomes: dict[str, str] = attrs.field(factory=dict)

    def on(self, day: str) -> None:
        """It is nine in the morning of that day (UTC)."""
        self.clock.now = parse_time(f"{day}T09:00:00Z")

    def later(self) -> None:
        """A minute passes."""
        self.clock.now += timedelta(minutes=1)

    def keep(self, name: str, record: Record) -> Record:
        """Call the record by that name from here on; a minute passes."""
        assert name not in self.ids
        self.ids[name] = record.id
        self.later()
        return record

    def newest(self, name: str, kind: str) -> None:
        """The newest record of that type, or decision of that kind, is called that."""
        with ans.open() as history:
            found = [r for r in history.records() if kind in (getattr(r, "kind", None), _type(r))]
        self.keep(name, found[-1])

    def ref(self, name: str) -> str:
        """What the record of that name is called where a reference is asked for."""
        return f"record:{self.ids[name]}"

    def key(self, actor: str) -> str:
        """The id of the key that the actor signs with."""
        return key_id(raw(Keyring(self.home).identity(actor).public_key()))

    def adopt(self, name: str, version: int, text: str) -> None:
        """Put a version of the policy in force, under the signature of its root, Cy."""
        with acting(CY, "credit-risk", CREDIT):
            mark = endorsing.endorse(text, Keyring(self.home).identity(CY))
            self.keep(name, adopt(version, text, [mark]))


@contextmanager
def acting(actor: str, team: str, accountable: str | None) -> Iterator[None]:
    """For a block, this is who acts, for which team, and who answers for it."""
    with ans.configured(actor=actor, team=team, accountable=accountable):
        yield


def content(ref: str, text: str) -> Artifact:
    """An artifact with that content."""
    return ans.artifact(ref, data=text)


def _type(record: Record) -> str:
    return type(record).__name__.lower()
