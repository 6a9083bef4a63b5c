"""Whose signature a record carries: envelope, session key, delegation, identity key.

One rule. A delegation is signed by exactly the identity key and the session key it names, in
that order. Every other record is signed by exactly one session key, which a delegation earlier
in its log introduced, between the times and for the team that the delegation states. A key's
id is the fingerprint of its bytes, so that no key goes by two names. A session may record what
others decided, but only as asserted; nothing signed here says of itself that it is authenticated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Protocol

from answerable import configuration, statement
from answerable.errors import MalformedError
from answerable.model import Custody, Delegation, Record
from answerable.signing import Envelope, envelope_digest, key_id, low_order, sigstore
from answerable.signing.identities import can_be_trusted


class UnauthenticError(MalformedError):
    """A well-formed record whose signature or delegation does not hold."""


def read(data: bytes, *, index: int | None = None) -> tuple[Record, Envelope]:
    """The record in an envelope, its custody not yet verified; raises `MalformedError`."""
    envelope = Envelope.from_bytes(data)
    record = statement.from_bytes(envelope.payload)
    custody = Custody(envelope=data, digest=envelope_digest(data), index=index)
    return _in(record, custody), envelope


def _in(record: Record, custody: Custody) -> Record:
    """The record, which was read just now and is nobody else's yet, with that custody."""
    # Not by `evolve`: it would check every field once more, for each record of a ledger.
    object.__setattr__(record, "custody", custody)
    return record


def check_delegation(record: Delegation, envelope: Envelope, home: Path | None = None) -> None:
    """Raises `UnauthenticError` unless both keys that the delegation names have signed it. Where one of
    them is a Sigstore identity, the trusted root is that of `home`, by default this process's."""
    identity, session = identity_of(record), _key(record.session_key)
    if record.emission is None or record.emission.key_id != key_id(session):
        raise UnauthenticError("the delegation is not the first word of the key it introduces")
    if record.emission.seq != 0 or record.emission.prev is not None:
        raise UnauthenticError("the delegation is not the first record of its chain")
    if record.decided_by is None or record.decided_by.id != record.principal:
        raise UnauthenticError("the delegation is not made by the principal it names")
    if record.decided_by.known_by == "authenticated":
        raise UnauthenticError("a delegation cannot authenticate its own principal")
    if tuple(s.key_id for s in envelope.signatures) != (identity, key_id(session)):
        raise UnauthenticError("the delegation is not signed by exactly its two keys")
    if not envelope.signed_by(key_id(session), session):
        raise UnauthenticError("a signature of the delegation does not verify")
    if sigstore.is_name(identity):
        try:
            sigstore.check(record, envelope, home or configuration.here().home)
        except MalformedError as error:
            raise UnauthenticError(error.message) from None
    elif not envelope.signed_by(identity, _identity(record.identity_key), by_person=True):
        raise UnauthenticError("a signature of the delegation does not verify")


def check_record(record: Record, envelope: Envelope, delegation: Delegation | None) -> Delegation:
    """The delegation under which the record counts; raises `UnauthenticError` unless the session
    key that it introduced signed the record."""
    if record.emission is None:
        raise UnauthenticError("the record does not say which key signed it")
    name = record.emission.key_id
    if delegation is None:
        raise UnauthenticError(f"no delegation introduces the key {name}")
    session = _key(delegation.session_key)
    if key_id(session) != name or tuple(s.key_id for s in envelope.signatures) != (name,):
        raise UnauthenticError(f"the record is not signed by exactly the key {name}")
    if not envelope.signed_by(name, session):
        raise UnauthenticError("the signature does not verify")
    if told := beyond(delegation, record.recorded_at, record.team, record.decided_by):
        raise UnauthenticError(told)
    return delegation


class Named(Protocol):
    """An actor, as the model has it or as it was read."""

    @property
    def id(self) -> str:
        """`kind:name`."""
        ...

    @property
    def known_by(self) -> str:
        """How the name is known."""
        ...


def beyond(
    delegation: Delegation, recorded_at: datetime, team: str | None, by: Named | None
) -> str | None:
    """What a delegation does not lend to a record of that time and team, decided by that actor."""
    if not delegation.not_before <= recorded_at <= delegation.not_after:
        return "recorded at a time for which its key was not delegated"
    if team != delegation.team:
        return f"its key was delegated to the team {delegation.team}"
    if by is not None and by.known_by != "asserted":
        lender = delegation.decided_by
        if lender is None or (by.id, by.known_by) != (lender.id, lender.known_by):
            return f"says that {by.id} is known by more than assertion"
    return None


class Authenticator:
    """Checks records against delegations, each of which it checks once.

    `find` gives the envelopes (with their index) of the delegations that name a session key,
    in the log's order; at the next time perhaps more, after those. `home` is as in `check_delegation`.
    """

    def __init__(
        self, find: Callable[[str], Iterable[tuple[int | None, bytes]]], home: Path | None = None
    ) -> None:
        self._find = find
        self._home = home
        self._delegations: dict[str, Delegation] = {}
        self._tried: dict[str, int] = {}

    def authenticate(self, data: bytes, *, index: int | None = None) -> Record:
        """The record, its custody saying whether it verified and if not, why not.

        Raises `MalformedError` for bytes that are no record at all.
        """
        envelope = Envelope.from_bytes(data)
        record = statement.from_bytes(envelope.payload)
        digest = envelope_digest(data)
        try:
            if isinstance(record, Delegation):
                check_delegation(record, envelope, self._home)
                lent, source = record, data
            else:
                by = record.emission
                lending = None if by is None else self.lending(by.key_id, index)
                lent = check_record(record, envelope, lending)
                assert lent.custody is not None
                source = lent.custody.envelope
        except UnauthenticError as error:
            custody = Custody(envelope=data, digest=digest, index=index, fault=error.message)
            return _in(record, custody)
        custody = Custody(
            envelope=data,
            digest=digest,
            index=index,
            verified=True,
            identity_key=identity_of(lent),
            principal=lent.principal,
            delegation=source,
        )
        return _in(record, custody)

    def lending(self, name: str, index: int | None) -> Delegation | None:
        """The delegation that holds and introduces the session key of that id to what stands at
        `index`."""
        found = self._delegations.get(name) or self._first(name)
        if found is None or found.custody is None:
            return None
        self._delegations[name] = found
        earlier = index is None or found.custody.index is None or found.custody.index < index
        return found if earlier else None

    def _first(self, name: str) -> Delegation | None:
        """The first delegation of that key that holds; later ones cannot widen it. One that does not will
        not at the next record either: else a heap of them would be tried for each of a heap of records."""
        for index, data in islice(self._find(name), self._tried.get(name, 0), None):
            self._tried[name] = self._tried.get(name, 0) + 1
            try:
                record, envelope = read(data, index=index)
                if isinstance(record, Delegation):
                    check_delegation(record, envelope, self._home)
                    return record
            except MalformedError:
                continue
        return None


def lent_to(delegation: Delegation) -> tuple[str, bytes]:
    """The session key that the delegation introduces: its id, and its 32 octets."""
    session = _key(delegation.session_key)
    return key_id(session), session


def identity_of(delegation: Delegation) -> str:
    """The id of the key that lends, or the name of the Sigstore identity; raises `UnauthenticError`."""
    told = delegation.identity_key
    if not sigstore.is_name(told):
        return key_id(_identity(told))
    try:
        return sigstore.checked(told)
    except MalformedError as error:
        raise UnauthenticError(error.message) from None


@lru_cache(maxsize=1024)
def _identity(text: str) -> bytes:
    """A session's key is Ed25519 alone; whoever lends may have theirs on a FIDO token."""
    octets = _octets(text)
    return octets if len(octets) != 32 and can_be_trusted(octets) else _key(text)


@lru_cache(maxsize=1024)
def _key(text: str) -> bytes:
    public = _octets(text)
    if len(public) != 32 or low_order(public):
        raise UnauthenticError(f"not an Ed25519 public key that can be trusted: {text!r:.70}")
    return public


def _octets(text: str) -> bytes:
    """What is written in hex; none, if it is not written as we write it."""
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        return b""
    # `fromhex` reads capitals and spaces too: one key would then have several names.
    return octets if octets.hex() == text else b""
