"""Envelopes in the usual spelling."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from answerable import jsontext


class Signature(msgspec.Struct, gc=False):
    """A key's id and its signature, which is base64 in the envelope."""

    keyid: str
    sig: bytes


class Opened(msgspec.Struct, gc=False):
    """An envelope (DSSE, protocol v1.0.2), its fields in the order in which they are spelled."""

    payload: bytes
    payloadType: Literal["application/vnd.in-toto+json"]  # noqa: N815  # what DSSE calls it
    signatures: tuple[Signature, ...]


# What compiled code raises of what it does not read, or cannot write again.
UNUSUAL: Final = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
_DECODER: Final = msgspec.json.Decoder(Opened)
_ENCODER: Final = msgspec.json.Encoder()


def opened(data: bytes) -> Opened | None:
    """The envelope, if it is one in the usual spelling: one payload type, keys that are named once."""
    if len(data) > jsontext.MAX_BYTES:
        return None
    try:
        found = _DECODER.decode(data)
        written = bytearray(len(data))
        _ENCODER.encode_into(found, written)
    except UNUSUAL:
        return None
    signatures = found.signatures
    if written != data or not signatures:
        return None
    if len(signatures) != 1 and len({each.keyid for each in signatures}) != len(signatures):
        return None
    return found
