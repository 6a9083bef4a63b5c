"""What is told of a range of a log in which nothing is wrong, as far as that shows in itself.

Most ranges are so. What each entry says of itself is then needed only where it meets what stands before:
the same is found as from every entry by itself, and little has to be sent from one process to another.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from answerable.history.checking import Checked
from answerable.history.rows import Names, Row
from answerable.signing import Signed


@attrs.frozen
class Link:
    """What one emitter added: its records from number `seq`, the one before which is `prev`, to number
    `last`, whose digest is `digest`; each of them names the one before it."""

    key_id: str
    seq: int
    prev: str | None
    last: int
    digest: str


@attrs.frozen
class Sight:
    """A checkpoint that emitters knew of when they signed (root as hex), and the first entry that says so."""

    size: int
    root: str
    index: int


@attrs.frozen
class Signing:
    """What one key signed of one kind: as of the latest and the last of it, and since when."""

    latest: Signed
    since: datetime


@attrs.frozen
class Brief:
    """The entries from `start` on, one at each index, which are records that verify.

    `leaves` are the hashes of their bytes, which the ledger has too. Of their times of recording, `first` is
    that of the first entry. `noted` are those of which more is asked: delegations, policies, batches of
    outcomes, erasures, and records with private fields. `rows` are what an index holds of each, where that
    was asked for.
    """

    start: int
    leaves: tuple[bytes, ...]
    ids: tuple[str, ...]
    links: tuple[Link, ...]
    sights: tuple[Sight, ...]
    signings: tuple[Signing, ...]
    first: datetime
    earliest: datetime
    latest: datetime
    noted: tuple[Checked, ...]
    rows: tuple[tuple[Row, Names], ...] = ()

    @property
    def end(self) -> int:
        """The index after the last entry."""
        return self.start + len(self.leaves)
