"""A part of a ledger that travels, and verifies without the rest.

JSON: `format`, `subject`, `vkey` (the log's key), `checkpoint` (its signed note, base64), and
`entries`, each with its `index`, its `envelope` and the `path` that proves it (RFC 6962 section
2.1.1), all base64, by index. Where private fields are disclosed: `disclosures`, as RFC 9901 writes them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from answerable import jsontext, statement
from answerable.errors import MalformedError
from answerable.history.authentication import Authenticator
from answerable.history.governing import Governor
from answerable.history.verifying import Verdict
from answerable.history.withheld import revealed, still_told
from answerable.ledger import Checkpoint, Fault, Ledger, LogVerifier, check_path
from answerable.model import Delegation, Erasure, Record
from answerable.privacy import digest
from answerable.signing import Policy, Signed, signed_of

FORMAT = "answerable-bundle/1"
MAX_BUNDLE = 512 * 1024 * 1024


@attrs.frozen
class Bundle:
    """What was read: nothing of it is checked yet."""

    subject: str
    verifier: LogVerifier
    note: bytes
    entries: tuple[tuple[int, bytes, tuple[bytes, ...]], ...]
    disclosures: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> Bundle:
        """Read one; raises `MalformedError`."""
        found = jsontext.loads(data, limit=MAX_BUNDLE)
        try:
            if found["format"] != FORMAT or not isinstance(found["subject"], str):
                raise ValueError("another format")
            entries = tuple(
                (_place(e["index"]), _octets(e["envelope"]), tuple(map(_octets, e["path"])))
                for e in found["entries"]
            )
            verifier = LogVerifier.from_vkey(found["vkey"])
            told = tuple(each.encode("ascii") for each in found.get("disclosures", ()))
            return cls(found["subject"], verifier, _octets(found["checkpoint"]), entries, told)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            raise MalformedError(f"not a bundle: {error}") from None


def make(
    subject: str, ledger: Ledger, places: Iterable[int], disclosures: Sequence[bytes] = ()
) -> bytes:
    """A bundle of the entries at those places, and of disclosures of their private fields; raises `LedgerError` where the log does not hold."""
    tip, note = ledger.present(), ledger.checkpoint()
    entries = [
        {
            "index": place,
            "envelope": _text(ledger.entry(place).envelope),
            "path": [_text(step) for step in ledger.inclusion(place, tip.size)],
        }
        for place in places
    ]
    return jsontext.dumps(
        {
            "format": FORMAT,
            "subject": subject,
            "vkey": ledger.verifier.vkey(),
            "checkpoint": _text(note),
            "entries": entries,
        }
        | ({"disclosures": [told.decode() for told in disclosures]} if disclosures else {})
    )


def verify_bundle(bundle: Bundle, policy: Policy | None = None) -> Verdict:
    """Check every proof, signature and delegation of a bundle, and the policy if one is given.

    It shows that these entries are in the log that its key signs for, and says nothing of entries
    that were left out: a bundle is a selection. The verdict's `size` counts what it holds.
    """
    faults: list[Fault] = []
    records: list[Record] = []
    signed_for = _signed_for(bundle)
    if isinstance(signed_for, MalformedError):
        faults.append(Fault("checkpoint", signed_for.message))
    governor = Governor(policy)
    faults.extend(_entries(bundle, governor, records))
    faults.extend(governor.looking_back(lambda a, b: _between(records, a, b), [*faults]))
    signed = {part.digest for record in records for part in getattr(record, "withheld", ())}
    told = {digest(each): each for each in bundle.disclosures}
    if not told.keys() <= signed:
        faults.append(Fault("disclosure", "it discloses what none of its records has signed"))
    erasures = [record for record in records if isinstance(record, Erasure)]
    faults.extend(fault for record in records for fault in still_told(record, told, erasures))
    faults.extend(governor.at_the_end(bundle.verifier.vkey()))
    first = records[0].recorded_at if records else None
    return Verdict(
        verdict="invalid" if faults else "valid-unwitnessed",
        size=len(bundle.entries),
        root=None if isinstance(signed_for, MalformedError) else signed_for.root.hex(),
        origin=bundle.verifier.origin,
        policy=governor.policy.version if governor.policy else None,
        unwitnessed_since=statement.timestamp(first) if first else None,
        faults=tuple(faults),
    )


def records_of(bundle: Bundle) -> list[Record]:
    """Its records, each with its custody: whether signature, delegation and proof hold."""
    records: list[Record] = []
    for _ in _entries(bundle, Governor(), records):
        pass
    told = {digest(each): each for each in bundle.disclosures}
    return [revealed(record, told) for record in records]


def _entries(bundle: Bundle, governor: Governor, records: list[Record]) -> Iterator[Fault]:
    introduced: dict[str, list[tuple[int | None, bytes]]] = {}
    authenticator = Authenticator(lambda key: introduced.get(key, []))
    last = -1
    # Once: to verify that costs what an entry's own signature does.
    signed_for = _signed_for(bundle)
    for index, envelope, path in bundle.entries:
        if index <= last:
            yield Fault("order", f"entry {index} stands after entry {last}", index)
        last = index
        if (fault := _unproven(index, envelope, path, signed_for)) is not None:
            yield Fault("proof", fault, index)
        try:
            record = authenticator.authenticate(envelope, index=index)
        except MalformedError as error:
            yield Fault("malformed", error.message, index)
            continue
        assert record.custody is not None
        if isinstance(record, Delegation) and record.emission is not None:
            introduced.setdefault(record.emission.key_id, []).append((index, envelope))
        if record.custody.fault is not None:
            yield Fault("signature", record.custody.fault, index, record.id)
        yield from governor.faults(record, index)
        if fault is not None:
            custody = attrs.evolve(record.custody, verified=False, fault=fault)
            record = attrs.evolve(record, custody=custody)
        records.append(record)


def _signed_for(bundle: Bundle) -> Checkpoint | MalformedError:
    try:
        return bundle.verifier.open(bundle.note)
    except MalformedError as error:
        return error


def _unproven(
    index: int,
    envelope: bytes,
    path: tuple[bytes, ...],
    signed_for: Checkpoint | MalformedError,
) -> str | None:
    """Why the entry is not proven to stand at its place; None if it is."""
    if isinstance(signed_for, MalformedError):
        return signed_for.message
    try:
        check_path(envelope, index, path, signed_for)
    except MalformedError as error:
        return error.message
    return None


def _between(records: Iterable[Record], start: int, end: int) -> Iterator[tuple[str, Signed]]:
    for record in records:
        signed = signed_of(record)
        if signed is not None and signed.index is not None and start <= signed.index < end:
            yield record.id, signed


def _place(index: Any) -> int:
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise ValueError("an index that is no whole number")
    return index


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _octets(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)
