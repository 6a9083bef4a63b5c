"""Bundles over one message, and what a verifier makes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from answerable import jsontext
from answerable.signing.sigstore import roots
from answerable.signing.sigstore.verifying import signed_at
from tests.parts.sigstore import NAME, Sigstore

MESSAGE = b"what is lent"
HERE = Path("no home at all")
AUTHORITY = Sigstore()
NOW = datetime.now(UTC).replace(microsecond=0)
Bundle = dict[str, Any]


def verified(bundle: Bundle, name: str = NAME, message: bytes = MESSAGE) -> datetime:
    return signed_at(name, jsontext.dumps(bundle), message, roots.verifier(HERE))


def entry(bundle: Bundle) -> Bundle:
    found: Bundle = bundle["verificationMaterial"]["tlogEntries"][0]
    return found


def changed(change: Callable[[Bundle], object]) -> Bundle:
    bundle = AUTHORITY.bundle(MESSAGE)
    change(bundle)
    return bundle


def put(value: Any, path: tuple[Any, ...], other: str) -> None:
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = other
