"""Outcomes beside a ledger, held against the batches that it sealed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import attrs

from answerable.errors import LedgerError
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.ledger import Fault
from answerable.outcomes.leaves import Leaf, Leaves, places
from answerable.outcomes.tree import faults


class Beside:
    """The places where the outcomes of one ledger lie: its own, and that of what waits on this
    machine. A context manager. Every method raises `LedgerError` where one cannot be used."""

    def __init__(self, ledger: str, home: Path) -> None:
        self._places = places(ledger, home)
        self._open: list[Leaves] = []

    def __enter__(self) -> Self:
        try:
            for place in self._places:
                if (leaves := Leaves.open(place)) is not None:
                    self._open.append(leaves)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        while self._open:
            self._open.pop().close()

    def of(self, batch: str) -> list[Leaf]:
        """Everything that is kept of a batch, in order."""
        return next((kept for leaves in self._open if (kept := leaves.of(batch))), [])

    def holding(self, text: str) -> list[Leaf]:
        """The outcomes in whose disclosure the text stands. It reads all."""
        return [leaf for leaves in self._open for leaf in leaves.holding(text)]


class Seals:
    """The batches that verification came across, to be held against what lies beside the ledger."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside
        self._batches: list[Batch] = []
        self._erased: set[str] = set()

    def saw(self, checked: Checked) -> None:
        """Take note of an entry, in the ledger's order."""
        if checked.seals is not None:
            size, root = checked.seals
            self._batches.append(Batch(checked.index, checked.id, size, root))
        if checked.erases is not None:
            self._erased.add(".".join(checked.erases))

    def asks(self, brief: Brief) -> bool:  # noqa: ARG002  # as of every comparison
        """False: what it is about is noted."""
        return False

    def faults(self) -> Iterator[Fault]:
        """Everything wrong with the outcomes of those batches; those of one that is not there at
        all are one fault."""
        with ExitStack() as opened:
            try:
                beside = opened.enter_context(self._beside)
            except LedgerError as error:
                for batch in self._batches:
                    yield batch.fault("outcome-missing", error.message)
                return
            for batch in self._batches:
                try:
                    kept = beside.of(batch.id)
                except LedgerError as error:
                    yield batch.fault("outcome-missing", error.message)
                else:
                    yield from batch.faults(kept, self._erased)


@attrs.frozen
class Batch:
    """What the ledger says of a batch: its entry and id, how many outcomes, and their root."""

    index: int
    id: str
    size: int
    root: str

    def fault(self, code: str, message: str, id: str | None = None) -> Fault:
        """Something wrong with it, or with the outcome of that id."""
        return Fault(code, message, self.index, id or self.id)

    def faults(self, kept: Sequence[Leaf], erased: Collection[str]) -> Iterator[Fault]:
        """Everything wrong with it as it is kept; `erased` are ids of outcomes."""
        if self.size and not kept:
            told = f"none of the {self.size:,} outcomes of the batch is there"
            yield self.fault("outcome-missing", told)
            return
        for code, id, told in faults(self.id, self.size, self.root, kept, erased):
            yield self.fault(code, told, id)
