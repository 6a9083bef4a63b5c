"""Checkpoints: C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint) in a C2SP signed note
(https://c2sp.org/signed-note), Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.errors import MalformedError
from answerable.signing.ed25519 import verifies
from answerable.signing.keys import low_order, raw
from answerable.signing.swift import Signs, SwiftKey

_ED25519 = b"\x01"
MAX_NOTE = 16_384


@attrs.frozen
class Checkpoint:
    """A log's promise: its name, its size in entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def body(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    def sign(self, key: Ed25519PrivateKey) -> bytes:
        """The signed note."""
        return LogSigner.of(self.origin, key).sign(self)


@attrs.frozen
class LogSigner:
    """A log's name and private key, and the four octets by which a note's line names the key;
    `verifier` is what others verify its notes with."""

    origin: str
    mark: bytes
    verifier: LogVerifier
    _key: Signs = attrs.field(repr=False)

    @classmethod
    def of(cls, origin: str, key: Ed25519PrivateKey) -> LogSigner:
        """The signer for a key at hand."""
        verifier = LogVerifier.of(origin, key)
        return cls(origin, _key_hash(origin, verifier.public), verifier, SwiftKey(key))

    def sign(self, checkpoint: Checkpoint) -> bytes:
        """The signed note."""
        body = checkpoint.body()
        blob = base64.b64encode(self.mark + self._key.sign(body))
        return b"%b\n\xe2\x80\x94 %b %b\n" % (body, self.origin.encode(), blob)


@attrs.frozen
class LogVerifier:
    """A log's name and public key, in C2SP's vkey form `name+hash+base64`."""

    origin: str
    public: bytes

    @classmethod
    def of(cls, origin: str, key: Ed25519PrivateKey) -> LogVerifier:
        """The verifier for a key at hand."""
        return cls(origin, raw(key.public_key()))

    @classmethod
    def from_vkey(cls, vkey: str) -> LogVerifier:
        """Parse; raises `MalformedError`."""
        try:
            origin, mark, blob = vkey.split("+", 2)
            data = base64.b64decode(blob, validate=True)
            if len(data) != 33 or data[:1] != _ED25519 or low_order(data[1:]):
                raise ValueError("not an Ed25519 key that can be trusted")
            verifier = cls(origin, data[1:])
            if verifier.vkey() != vkey or not mark:
                raise ValueError("its hash is not its own")
        except (ValueError, binascii.Error) as error:
            raise MalformedError(f"not a log verifier key: {error}") from None
        return verifier

    def vkey(self) -> str:
        """The one line others verify with."""
        mark = _key_hash(self.origin, self.public).hex()
        return f"{self.origin}+{mark}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def open(self, note: bytes) -> Checkpoint:
        """The checkpoint, if the note is one of this log and its signature holds.

        Raises `MalformedError` otherwise. Lines of other signers (witnesses) are passed over.
        """
        checkpoint, signatures = parse(note)
        if checkpoint.origin != self.origin:
            raise MalformedError(f"a checkpoint of another log: {checkpoint.origin!r}")
        mark = _key_hash(self.origin, self.public)
        for name, blob in signatures:
            if name == self.origin and blob[:4] == mark:
                if not verifies(self.public, blob[4:], checkpoint.body()):
                    raise MalformedError("the checkpoint's signature does not verify")
                return checkpoint
        raise MalformedError("the checkpoint is not signed by this log's key")


def parse(note: bytes) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """A note's checkpoint and its (signer, blob) lines, unverified; raises `MalformedError`."""
    try:
        if len(note) > MAX_NOTE:
            raise ValueError("too long")
        text, _, lines = note.decode().partition("\n\n")
        origin, size, root = text.split("\n")
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
        signatures = []
        if not lines.endswith("\n"):
            raise ValueError("no end of line")
        for line in lines[:-1].split("\n"):
            dash, name, blob = line.split(" ")
            if dash != "\u2014":
                raise ValueError("a line that is not a signature")
            signature = base64.b64decode(blob, validate=True)
            if base64.b64encode(signature).decode() != blob:
                raise ValueError("a signature in a second spelling")
            signatures.append((name, signature))
        # One spelling only: the body that is verified is the body that was read.
        if checkpoint.body() + b"\n" + lines.encode() != note or len(checkpoint.root) != 32:
            raise ValueError("not in its canonical form")
        if not origin or not 0 <= checkpoint.size < 2**63:
            raise ValueError("no name, or a size that is none")
    except (ValueError, binascii.Error) as error:
        raise MalformedError(f"not a checkpoint: {error}") from None
    return checkpoint, signatures


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]
