"""Everything that reads bytes from strangers, as functions of those bytes.

Each returns if the bytes were read, or refused by an error of ours, and raises `AssertionError` if they
were read and should not have been; whatever else it raises is a crash. tests/fuzzing/test_targets.py
calls them with Hypothesis's bytes, `scripts/fuzz` with those of a fuzzer that looks for new ways.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import jsontext, statement, usual
from answerable.canonical import value_digest
from answerable.errors import ConfigurationError, MalformedError
from answerable.history.bundles import Bundle, verify_bundle
from answerable.ledger import (
    Checkpoint,
    Cosigner,
    InclusionProof,
    LogVerifier,
    WitnessVerifier,
    timestamps,
)
from answerable.ledger.checkpoint import MAX_NOTE, LogSigner, parse
from answerable.ledger.proof import MAX_PROOF
from answerable.ledger.tiles import bundle, unbundle
from answerable.model import Decision, Withheld
from answerable.model.types import PREDICATE_TYPE, STATEMENT_TYPE
from answerable.privacy import digest, reveal, withhold
from answerable.privacy.disclosure import OF as FIELDS_OF
from answerable.signing import Envelope, endorsing, policy
from answerable.signing.sigstore import bundles, names, roots
from answerable.signing.sigstore.verifying import signed_at
from tests.fuzzing.tokens import AUTHORITY, FORGED, STAMPED, TOKEN
from tests.parts.sigstore import NAME as CERTIFIED_AS
from tests.parts.sigstore import Sigstore

Target = Callable[[bytes], None]
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
ORIGIN = "log.example.org/decisions"
SIGNER = LogSigner.of(ORIGIN, KEY)
WITNESS = Cosigner("w.example.org", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
CHECKPOINT = Checkpoint(ORIGIN, 3, b"r" * 32)
NOTE = SIGNER.sign(CHECKPOINT)
POLICY = (
    'version = 1\n[root]\nthreshold = 1\nkeys = ["SHA256:' + "A" * 43 + '"]\n'
    '[principals.ana]\nkeys = ["SHA256:' + "A" * 43 + '"]\nactor = "person:ana@bank.example"\n'
    '[[rule]]\nkind = "deploy"\nprincipals = ["ana"]\nfrom = 2026-01-01\n'
    '[[revoked]]\nkey = "SHA256:' + "A" * 43 + '"\nafter_index = 5\n'
)
PREDICATE = {
    "type": "decision",
    "id": "00000000-0000-7000-8000-000000000001",
    "kind": "threshold",
    "question": "Which?",
    "chosen": {"cut": [0.5, None, True, "é"]},
    "considered": [{"value": 1, "because": "b"}],
    "decided_at": "2026-01-31T12:00:00.000000Z",
    "recorded_at": "2026-01-31T12:00:00.000000Z",
    "emission": {"key_id": "SHA256:x", "seq": 1, "prev": "sha256:" + "0" * 64},
}


def json_text(data: bytes) -> None:
    """The strict loader: what it reads, every reader reads alike."""
    try:
        value = jsontext.loads(data)
    except MalformedError:
        return
    assert len(data) <= jsontext.MAX_BYTES
    assert _strictly(data) == value, "another reader reads something else"
    assert _depth(value) <= jsontext.MAX_DEPTH
    assert jsontext.loads(jsontext.dumps(value), limit=len(data) * 8 + 64) == value


def envelope(data: bytes) -> None:
    """A DSSE envelope, in one meaning."""
    try:
        found = Envelope.from_bytes(data)
    except MalformedError:
        assert usual.opened(data) is None
        return
    assert Envelope.exactly_from_bytes(data) == found
    assert Envelope.from_bytes(found.to_bytes()) == found
    assert len({s.key_id for s in found.signatures}) == len(found.signatures) > 0
    assert not any(found.signed_by(s.key_id, b"x" * 32) for s in found.signatures)
    record(found.payload)


def record(data: bytes) -> None:
    """A statement, which says the same once it is written again."""
    try:
        found = statement.from_bytes(data)
    except MalformedError:
        assert usual.record(data) is None
        return
    exact = statement.exactly_from_bytes(data)
    assert (found, repr(found)) == (exact, repr(exact)), "compiled code reads something else"
    assert statement.from_bytes(statement.to_bytes(found)) == found


def note(data: bytes) -> None:
    """A checkpoint's signed note, in one spelling."""
    with contextlib.suppress(MalformedError):
        found, _ = parse(data)
        assert len(data) <= MAX_NOTE
        assert data.startswith(found.body() + b"\n")
        assert len(found.root) == 32 and 0 <= found.size < 2**63
    with contextlib.suppress(MalformedError):
        assert SIGNER.verifier.open(data) == CHECKPOINT, "signed by nobody"


def cosignature(data: bytes) -> None:
    """A note, and when the witness signed it."""
    try:
        time = WITNESS.verifier.cosigned(data)
    except MalformedError:
        return
    assert time in (None, 1_700_000_000), "signed by nobody"


def vkey(data: bytes) -> None:
    """A log's key and a witness's, each in one spelling."""
    text = data.decode("utf-8", "replace")
    for cls in (LogVerifier, WitnessVerifier):
        with contextlib.suppress(MalformedError):
            assert cls.from_vkey(text).vkey() == text


def proof(data: bytes) -> None:
    """A proof of inclusion, in one spelling."""
    try:
        found = InclusionProof.from_bytes(data)
    except MalformedError:
        return
    assert len(data) <= MAX_PROOF and found.to_bytes() == data
    with contextlib.suppress(MalformedError):
        found.check(b"an entry", SIGNER.verifier)
        raise AssertionError("it proves what nobody put there")


def tile(data: bytes) -> None:
    """A bundle of entries, whole or not at all; the first octet says how many."""
    width, rest = (data[0], data[1:]) if data else (0, data)
    try:
        found = unbundle(rest, width)
    except MalformedError:
        return
    assert len(found) == width and bundle(found) == rest


def copies(data: bytes) -> None:
    """A bundle for another organisation."""
    try:
        found = Bundle.from_bytes(data)
    except MalformedError:
        return
    verdict = verify_bundle(found)
    assert not verdict.holds or not found.entries, "signed by nobody"


def rules(data: bytes) -> None:
    """A policy."""
    with contextlib.suppress(ConfigurationError):
        found = policy.parse(data.decode("utf-8", "replace"))
        assert found.version >= 1 and 1 <= found.root.threshold <= len(set(found.root.keys))
        assert all(1 <= rule.threshold <= len(set(rule.principals)) for rule in found.rules)


def endorsement(data: bytes) -> None:
    """A signature under a policy."""
    with contextlib.suppress(MalformedError):
        found = endorsing.from_bytes(data)
        assert not endorsing.endorsers(POLICY, [found]), "signed by nobody"


def time_token(data: bytes) -> None:
    """An authority's answer: what is read says when, and about what, as it was signed."""
    try:
        found = timestamps.verified(NOTE, data, [AUTHORITY], SIGNER.verifier)
    except MalformedError:
        # Nor is it a crash where nobody is named whose word it must be.
        with contextlib.suppress(MalformedError):
            timestamps.verified(NOTE, data, [], SIGNER.verifier, anybody=True)
        return
    assert (found.checkpoint, found.time) == (CHECKPOINT, STAMPED), "signed by nobody"


def certified(data: bytes) -> None:
    """A Sigstore's bundle, in one spelling: what verifies says when it was signed, as it was."""
    try:
        found = bundles.load(data)
    except MalformedError:
        return
    assert len(data) <= bundles.MAX_BYTES and jsontext.dumps(_strictly(data)) == found.data == data
    with contextlib.suppress(MalformedError):
        told = signed_at(CERTIFIED_AS, data, b"lent", VERIFIER)
        assert told == CERTIFIED_AT, "signed by nobody"
        signed_at(CERTIFIED_AS, data, b"not lent", VERIFIER)
        raise AssertionError("it is over anything")


def sigstore_name(data: bytes) -> None:
    """Whom a Sigstore certifies: issuer and identity, neither of which stands for another."""
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(MalformedError):
        issuer, identity = names.parts(text)
        assert f"sigstore:{issuer}#{identity}" == text and text.isascii() and "*" not in text


def disclosed(data: bytes) -> None:
    """A disclosure, in one spelling: of what was signed, and where somebody signed these very bytes."""
    with contextlib.suppress(MalformedError):
        reveal(BARE, {"rationale": data})
        assert data == DISCLOSURE, "disclosed by nobody"
    for field in FIELDS_OF[Decision]:
        part = Withheld(field=field, digest=digest(data))
        bare, _ = withhold(WHOLE, [field])
        said = statement.to_plain(bare) | {"withheld": [attrs.asdict(part)]}
        if field != "votes" and said[field] != "withheld":
            inner = {"withheld": part.digest}
            said[field] = [{"value": inner}] if field == "considered" else inner
        made = statement.from_plain(said)
        try:
            found = reveal(made, {field: data})
        except MalformedError:
            continue
        padded = data + b"=" * (-len(data) % 4)
        salt, name, value = _strictly(base64.b64decode(padded, altchars=b"-_", validate=True))
        assert len(base64.urlsafe_b64decode(salt + "==")) == 16 and name == field
        assert base64.urlsafe_b64encode(base64.urlsafe_b64decode(padded)) == padded
        told = statement.to_plain(found)[field]
        if jsontext.dumps(told) != jsontext.dumps(value):
            # What no reader knows is passed over in a disclosure as it is in a record, and nothing else.
            read = statement.from_plain(statement.to_plain(bare) | {"withheld": [], field: value})
            assert jsontext.dumps(told) == jsontext.dumps(statement.to_plain(read)[field])


def _strictly(data: bytes) -> Any:
    """As another reader has it, which keeps every pair."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in found}) == len(found), "a key stands twice"
        return dict(found)

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} was read")

    return json.loads(data, object_pairs_hook=pairs, parse_constant=refuse)


def _depth(value: Any) -> int:
    """How many containers are around the innermost."""
    depth, level = 0, [value]
    while level := [
        inner
        for outer in level
        if isinstance(outer, dict | list)
        for inner in (outer.values() if isinstance(outer, dict) else outer)
    ]:
        depth += 1
    return depth


def _statement() -> bytes:
    digest = value_digest(PREDICATE["chosen"])[7:]
    subject = [{"name": f"record:{PREDICATE['id']}", "digest": {"sha256": digest}}]
    told = {"_type": STATEMENT_TYPE, "predicateType": PREDICATE_TYPE}
    return jsontext.dumps(told | {"predicate": PREDICATE, "subject": subject})


STATEMENT = _statement()
VOTE = {"actor": "role:a", "vote": "for", "because": "b"}
WHOLE = statement.from_plain(PREDICATE | {"rationale": "r", "previous": 1, "votes": [VOTE]})
BARE, (DISCLOSURE,) = withhold(WHOLE, ["rationale"])
ENVELOPE = Envelope.sign(STATEMENT, [("SHA256:x", KEY)]).to_bytes()
BUNDLE = jsontext.dumps(
    {
        "format": "answerable-bundle/1",
        "subject": "deployment:prod/scores",
        "vkey": SIGNER.verifier.vkey(),
        "checkpoint": base64.b64encode(NOTE).decode(),
        "entries": [{"index": 0, "envelope": base64.b64encode(ENVELOPE).decode(), "path": []}],
    }
)
SIGSTORE = Sigstore()
VERIFIER = roots.of(jsontext.dumps(SIGSTORE.trusted_root()))
CERTIFIED_AT = datetime.now(UTC).replace(microsecond=0)
CERTIFIED = jsontext.dumps(SIGSTORE.bundle(b"lent", at=CERTIFIED_AT))
# Each with bytes that it reads, from which to begin.
TARGETS: dict[str, tuple[Target, list[bytes]]] = {
    "json": (json_text, [STATEMENT, b'[1e3,-0,"\\ud83d\\ude00",{"a":{}}]', b"[" * 31 + b"]" * 31]),
    "envelope": (envelope, [ENVELOPE]),
    "record": (record, [STATEMENT]),
    "note": (note, [NOTE]),
    "cosignature": (cosignature, [NOTE + WITNESS.sign(CHECKPOINT, 1_700_000_000)]),
    "vkey": (vkey, [SIGNER.verifier.vkey().encode(), WITNESS.verifier.vkey().encode()]),
    "proof": (proof, [InclusionProof(1, (b"s" * 32,), NOTE).to_bytes()]),
    "tile": (tile, [b"\x02" + bundle([b"one", ENVELOPE]), b"\x00"]),
    "bundle": (copies, [BUNDLE]),
    "policy": (rules, [POLICY.encode()]),
    "time token": (time_token, [TOKEN, FORGED]),
    "sigstore bundle": (certified, [CERTIFIED]),
    "sigstore name": (sigstore_name, [CERTIFIED_AS.encode()]),
    "disclosure": (
        disclosed,
        [DISCLOSURE, *(withhold(WHOLE, [f])[1][0] for f in FIELDS_OF[Decision])],
    ),
    "endorsement": (
        endorsement,
        [json.dumps({"key_id": "k", "public_key": "0" * 64, "sig": ""}).encode()],
    ),
}
