"""What a test's ledger holds, read from its bytes and verified."""

from __future__ import annotations

from pathlib import Path

import attrs

from answerable.history import Verdict, read, verify
from answerable.ledger import Ledger
from answerable.model import Decision, Delegation, Record, Step


@attrs.frozen
class Kept:
    """A ledger's file and the home that holds its keys."""

    path: Path
    home: Path

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.path}"

    def records(self) -> list[Record]:
        """All but delegations, in the ledger's order."""
        return [r for r in self.all() if not isinstance(r, Delegation)]

    def all(self) -> list[Record]:
        """Every record; the ledger holds, or the test ends here."""
        ledger = Ledger.open(self.uri, self.home)
        try:
            verdict = verify(ledger)
            assert verdict.holds, verdict.faults
            return [read(entry.envelope, index=entry.index)[0] for entry in ledger.entries()]
        finally:
            ledger.close()

    def decisions(self) -> list[Decision]:
        return [r for r in self.records() if isinstance(r, Decision)]

    def decision(self) -> Decision:
        """The only one."""
        (found,) = self.decisions()
        return found

    def steps(self) -> list[Step]:
        return [r for r in self.records() if isinstance(r, Step)]

    def step(self) -> Step:
        """The only one."""
        (found,) = self.steps()
        return found

    def size(self) -> int:
        """How many entries there are; 0 where no ledger has been made."""
        if not self.path.exists():
            return 0
        ledger = Ledger.open(self.uri, self.home)
        try:
            return ledger.size()
        finally:
            ledger.close()

    def verdict(self) -> Verdict:
        ledger = Ledger.open(self.uri, self.home)
        try:
            return verify(ledger)
        finally:
            ledger.close()
