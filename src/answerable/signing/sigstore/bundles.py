"""A Sigstore bundle over a message, read strictly before the library sees it.

Format: `dev.sigstore.bundle.v1.Bundle` of sigstore/protobuf-specs in JSON, version 0.3, with a message
signature. Here in one spelling: that of `jsontext`. What is read in it is what it is certain to hold.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Set as AbstractSet
from typing import Any, Final

import attrs

from answerable import jsontext
from answerable.errors import MalformedError

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
# One of the public log's has about six thousand, and an envelope must hold it in base64.
MAX_BYTES: Final = 32_768
_MATERIAL: Final = {"certificate", "tlogEntries"}
_ENTRY: Final = {"logIndex", "logId", "kindVersion", "inclusionProof", "canonicalizedBody"}


@attrs.frozen
class Bundle:
    """Its bytes, and by whose word it has a time: the log's, in seconds since 1970, if the log promised it
    together with the entry, else the one time token's (RFC 3161, DER)."""

    data: bytes
    integrated: int | None
    token: bytes | None


def load(data: bytes) -> Bundle:
    """Read one; raises `MalformedError`."""
    found = jsontext.loads(data, limit=MAX_BYTES)
    if jsontext.dumps(found) != data:
        raise MalformedError("not spelled as a bundle is here")
    _fields(found, {"mediaType", "messageSignature", "verificationMaterial"})
    if found["mediaType"] != MEDIA_TYPE:
        raise MalformedError(f"not a bundle of version 0.3: {found['mediaType']!r:.60}")
    _fields(found["messageSignature"], {"signature"}, {"messageDigest"})
    material = found["verificationMaterial"]
    _fields(material, _MATERIAL, {"timestampVerificationData"})
    _fields(material["certificate"], {"rawBytes"})
    entry = _only(material["tlogEntries"], "an entry in a log")
    _fields(entry, _ENTRY, {"integratedTime", "inclusionPromise"})
    integrated = _promised(entry) if "inclusionPromise" in entry else None
    token = _token(material.get("timestampVerificationData", {}))
    if integrated is None and token is None:
        raise MalformedError("nobody's word for when it was signed")
    return Bundle(data, integrated, token)


def _fields(found: Any, needed: AbstractSet[str], allowed: AbstractSet[str] = frozenset()) -> None:
    if not isinstance(found, dict) or not needed <= set(found) <= needed | allowed:
        raise MalformedError(f"fields other than {', '.join(sorted(needed))}")


def _only(found: Any, what: str) -> Any:
    if not isinstance(found, list) or len(found) != 1:
        raise MalformedError(f"not exactly {what}")
    return found[0]


def _promised(entry: dict[str, Any]) -> int:
    # One that is null the library passes over, and with it the time, which is then anybody's.
    _fields(entry["inclusionPromise"], {"signedEntryTimestamp"})
    told = entry.get("integratedTime")
    # As JSON has it of a 64-bit number: in digits.
    if (
        not isinstance(told, str)
        or not told.isascii()
        or not told.isdigit()
        or len(told) > 12
        or not int(told)
    ):
        raise MalformedError("a promise without a time")
    return int(told)


def _token(found: Any) -> bytes | None:
    _fields(found, set(), {"rfc3161Timestamps"})
    listed = found.get("rfc3161Timestamps", [])
    if listed == []:
        return None
    token = _only(listed, "one time token")
    _fields(token, {"signedTimestamp"})
    try:
        return base64.b64decode(token["signedTimestamp"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise MalformedError("a time token that is not base64") from None
