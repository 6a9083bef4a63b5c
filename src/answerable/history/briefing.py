"""Entries looked at one after the other, for as long as nothing is wrong with any of them.

What is in the usual spelling is not made into a record first: its fields are compared as they were read. The
rule is that of `answerable.history.authentication`; where an entry is any other than that, it is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import starmap
from typing import Any

from answerable import usual
from answerable.history.authentication import Authenticator, beyond, identity_of, lent_to
from answerable.history.brief import Brief, Link, Sight, Signing
from answerable.history.checking import Checked, Introductions, check
from answerable.history.rows import Names, Row, row_from, row_of
from answerable.ledger import Entry, leaf_hash
from answerable.model import Decision, Delegation, Erasure, Outcomes, PolicyVersion
from answerable.signing import PAYLOAD_TYPE, Signed, envelope_digest, pae, verifies
from answerable.usual import Opened

# Entries whose signatures are asked of together: few enough that all of them stay at hand.
_PART = 128
_NOTED = (Delegation, Erasure, Outcomes, PolicyVersion)


class Briefing:
    """Takes the entries from the index `start` on. What introduces keys goes into `met`, if it is given; with
    `indexing`, the brief has rows."""

    def __init__(
        self,
        start: int,
        authenticator: Authenticator,
        met: Introductions | None = None,
        *,
        indexing: bool = False,
    ) -> None:
        self._start = start
        self._authenticator = authenticator
        self._met = met
        self._leaves: list[bytes] = []
        self._signed: list[tuple[bytes, bytes, bytes]] = []
        self._ids: list[str] = []
        self._lent: dict[str, tuple[Delegation, bytes]] = {}
        self._begun: dict[str, tuple[int, str | None]] = {}
        self._last: dict[str, tuple[int, str]] = {}
        self._sights: dict[tuple[int, str], int] = {}
        self._times: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._first: datetime | None = None
        self._noted: list[Checked] = []
        self._rows: list[tuple[Row, Names]] | None = [] if indexing else None

    def take(self, entries: Sequence[Entry]) -> bool:
        """The next entries; False if anything is wrong with one of them, and then there is no brief."""
        parts = (entries[at : at + _PART] for at in range(0, len(entries), _PART))
        return all(map(self._take_part, parts))

    def _take_part(self, entries: Sequence[Entry]) -> bool:
        self._signed.clear()
        # The signatures come last, one after the other: what one needs, the processor still has for the next.
        return all(map(self._take, entries)) and all(starmap(verifies, self._signed))

    def _take(self, entry: Entry) -> bool:
        index, data = entry.index, entry.envelope
        leaf = leaf_hash(data)
        if index != self._start + len(self._leaves) or leaf != entry.leaf:
            return False
        self._leaves.append(leaf)
        opened = usual.opened(data)
        told = None if opened is None else usual.told(opened.payload)
        if opened is None or told is None:
            return self._note(entry)
        predicate, plan = told
        emission = predicate.emission
        if emission is None or plan.cls in _NOTED or getattr(predicate, "withheld", None):
            return self._note(entry)
        at, key = predicate.recorded_at, emission.key_id
        if not self._is_to_be_signed(index, opened, key, at, predicate):
            return False
        if self._rows is not None:
            self._rows.append(row_from(index, leaf, predicate, predicate.type, plan.cls))
        self._times[predicate.kind if plan.cls is Decision else predicate.type, key].append(at)
        if (seen := emission.observed) is not None:
            self._sights.setdefault((seen.size, seen.root), index)
        digest = envelope_digest(data)
        return self._follows(predicate.id, at, key, emission.seq, emission.prev, digest)

    def brief(self) -> Brief | None:
        """All that was taken, in brief; None of nothing."""
        if self._first is None:
            return None
        signings = [self._signing(*each) for each in self._times]
        signings += [Signing(c.signed, c.signed.at) for c in self._noted if c.signed is not None]
        return Brief(
            start=self._start,
            leaves=tuple(self._leaves),
            ids=tuple(self._ids),
            links=tuple(Link(key, *self._begun[key], *last) for key, last in self._last.items()),
            sights=tuple(Sight(*seen, index) for seen, index in self._sights.items()),
            signings=tuple(signings),
            first=self._first,
            earliest=min(each.since for each in signings),
            latest=max(each.latest.at for each in signings),
            noted=tuple(self._noted),
            rows=tuple(self._rows or ()),
        )

    def _is_to_be_signed(
        self, index: int, opened: Opened, key: str, at: datetime, told: Any
    ) -> bool:
        lent = self._lent.get(key) or self._lending(key, index)
        if lent is None or len(opened.signatures) != 1 or opened.signatures[0].keyid != key:
            return False
        delegation, session = lent
        if beyond(delegation, at, told.team, told.decided_by) is not None:
            return False
        message = pae(PAYLOAD_TYPE, opened.payload)
        self._signed.append((session, opened.signatures[0].sig, message))
        return True

    def _lending(self, key: str, index: int) -> tuple[Delegation, bytes] | None:
        delegation = self._authenticator.lending(key, index)
        if delegation is None:
            return None
        name, session = lent_to(delegation)
        if name != key:
            return None
        # To whatever comes after, too.
        self._lent[key] = delegation, session
        return self._lent[key]

    def _note(self, entry: Entry) -> bool:
        """One that is looked at as a record, and of which more is told."""
        checked = check(entry, self._authenticator)
        if checked.signed is None or checked.recorded_at is None or checked.key_id is None:
            return False
        if self._met is not None:
            self._met.take(checked)
        self._noted.append(checked)
        if self._rows is not None:
            self._rows.append(row_of(checked.index, checked.leaf, entry.envelope))
        if (seen := checked.observed) is not None:
            self._sights.setdefault((seen.size, seen.root), entry.index)
        at, digest = checked.recorded_at, checked.digest
        return self._follows(checked.id, at, checked.key_id, checked.seq, checked.prev, digest)

    def _follows(
        self, id: str, at: datetime, key: str, seq: int, prev: str | None, digest: str
    ) -> bool:
        """True if it is the next of its emitter, as far as that is known here."""
        self._ids.append(id)
        if self._first is None:
            self._first = at
        if key not in self._last:
            self._begun[key] = seq, prev
        elif self._last[key] != (seq - 1, prev):
            return False
        self._last[key] = seq, digest
        return True

    def _signing(self, kind: str, key: str) -> Signing:
        delegation, _ = self._lent[key]
        times = self._times[kind, key]
        latest = Signed(
            kind=kind,
            team=delegation.team,
            identity=identity_of(delegation),
            session=key,
            actor=delegation.principal,
            at=max(times),
            # Or before that: what a policy revokes after some entry, it revokes for all that follow.
            index=self._start + len(self._leaves) - 1,
        )
        return Signing(latest, min(times))
