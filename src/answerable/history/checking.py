"""One entry, looked at by itself: is it a record, and does its signature hold?

What comes of it is small and plain, so that another process can do it and send it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from answerable.errors import MalformedError
from answerable.history.authentication import Authenticator
from answerable.ledger import Entry, leaf_hash
from answerable.model import Delegation, Erasure, Observed, Outcomes, PolicyVersion, Record
from answerable.signing import Signed, signed_of


@attrs.frozen
class Checked:
    """What an entry says of itself, and whether its signature holds.

    `stored` is the leaf hash that the ledger has for it, `leaf` the one that its bytes have.
    `malformed` says why it is no record: then there is nothing more. `fault` says why it does not
    verify. `signed` is what a policy is asked about. `whole` are the bytes of those on which others
    depend: policies, and delegations, which say `introduces`. `seals` is what a batch of outcomes
    that verifies says of them: how many, and their root in hex. `withheld` are the private fields of
    a record that verifies, and their digests; `erases` is the id of a record and a field of it.
    """

    index: int
    stored: bytes
    leaf: bytes
    malformed: str | None = None
    id: str = ""
    recorded_at: datetime | None = None
    fault: str | None = None
    key_id: str | None = None
    seq: int = 0
    prev: str | None = None
    digest: str = ""
    observed: Observed | None = None
    signed: Signed | None = None
    whole: bytes | None = None
    introduces: bool = False
    seals: tuple[int, str] | None = None
    withheld: tuple[tuple[str, str], ...] = ()
    erases: tuple[str, str] | None = None


def check(entry: Entry, authenticator: Authenticator) -> Checked:
    """One entry, under the delegations that the authenticator knows."""
    leaf = leaf_hash(entry.envelope)
    try:
        record = authenticator.authenticate(entry.envelope, index=entry.index)
    except MalformedError as error:
        return Checked(entry.index, entry.leaf, leaf, malformed=error.message)
    custody, emission = record.custody, record.emission
    assert custody is not None
    return Checked(
        index=entry.index,
        stored=entry.leaf,
        leaf=leaf,
        id=record.id,
        recorded_at=record.recorded_at,
        fault=custody.fault,
        key_id=emission.key_id if emission else None,
        seq=emission.seq if emission else 0,
        prev=emission.prev if emission else None,
        digest=custody.digest,
        observed=emission.observed if emission else None,
        signed=signed_of(record),
        whole=entry.envelope if isinstance(record, Delegation | PolicyVersion) else None,
        introduces=isinstance(record, Delegation),
        seals=(record.size, record.root)
        if isinstance(record, Outcomes) and custody.verified
        else None,
        withheld=_withheld(record) if custody.verified else (),
        erases=_erases(record) if custody.verified else None,
    )


def _withheld(record: Record) -> tuple[tuple[str, str], ...]:
    return tuple((part.field, part.digest) for part in getattr(record, "withheld", ()))


def _erases(record: Record) -> tuple[str, str] | None:
    if not isinstance(record, Erasure):
        return None
    named = [ref.removeprefix("record:") for ref in record.about if ref.startswith("record:")]
    return (named[0], record.field) if len(named) == 1 else None


def signed_in(checked: Checked) -> Iterator[tuple[str, Signed]]:
    """Its id and what its signature says, if it verifies."""
    if checked.signed is not None:
        yield checked.id, checked.signed


@attrs.frozen
class Introductions:
    """The delegations met so far, by the session key that each introduces."""

    _met: dict[str, list[tuple[int | None, bytes]]] = attrs.field(factory=dict)

    def take(self, checked: Checked) -> None:
        """Take it in if it is one."""
        if checked.introduces and checked.whole is not None and checked.key_id is not None:
            self._met.setdefault(checked.key_id, []).append((checked.index, checked.whole))

    def of(self, key: str) -> list[tuple[int | None, bytes]]:
        """Those that name the key, in the log's order."""
        return self._met.get(key, [])
