"""Whose certificates and logs count: Sigstore's trusted root, which somebody has to hand over.

Format: `dev.sigstore.trustroot.v1.TrustedRoot` of sigstore/protobuf-specs in JSON, or a `ClientTrustConfig`,
which holds one, and where to sign. Nothing is fetched to read it. In this order: the file that
`ANSWERABLE_SIGSTORE_ROOT` names; the one that is pinned in the home; that of the public instance, which the
library brings along.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from answerable import durable, jsontext, late
from answerable.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from sigstore.verify import Verifier

NAMED_BY: Final = "ANSWERABLE_SIGSTORE_ROOT"
_CONFIG: Final = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_PUBLIC: Final = "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
_LONGEST: Final = 1024 * 1024


def pinned(home: Path) -> Path:
    """Where the home has the one that it is pinned to."""
    return home / "sigstore" / "trust_config.json"


def pin(home: Path, file: Path) -> None:
    """Keep a copy of that file, a `ClientTrustConfig`, as the home's. Raises `ConfigurationError`,
    `MissingExtraError`."""
    data = _read(file)
    _says_where_to_sign(file, data)
    place = pinned(home)
    try:
        durable.replace(place, data)
    except OSError as error:
        raise ConfigurationError(f"cannot keep {place}: {error.strerror}") from None


def verifier(home: Path) -> Verifier:
    """The library's verifier with the root that counts there. Raises `ConfigurationError` where that
    cannot be read, `MissingExtraError`."""
    found = _given(home)
    return of(_of_the_public_instance() if found is None else found[1])


def where_to_sign(home: Path) -> str | None:
    """The `ClientTrustConfig` that counts there; None for the public instance. Raises `ConfigurationError`
    where what counts is not said to sign anywhere."""
    found = _given(home)
    if found is None:
        return None
    # If it says nothing of that, not the public instance instead: what is signed there is public.
    _says_where_to_sign(*found)
    return found[1].decode()


def _says_where_to_sign(place: Path, data: bytes) -> None:
    of(data)
    if jsontext.loads(data, limit=_LONGEST)["mediaType"] != _CONFIG:
        raise ConfigurationError(
            f"{place} says whose certificates count, and not where to sign",
            hint="a ClientTrustConfig says both: `keys use --trust-config`",
        )


def _given(home: Path) -> tuple[Path, bytes] | None:
    """The file that counts there, and what is in it; None where the public instance does."""
    if named := os.environ.get(NAMED_BY):
        place = Path(named).expanduser()
        return place, _read(place)
    place = pinned(home)
    try:
        return (place, _read(place)) if place.exists() else None
    except OSError as error:
        raise ConfigurationError(f"cannot read {place}: {error.strerror}") from None


@lru_cache(maxsize=8)
def of(data: bytes) -> Verifier:
    """The same with the root in these bytes."""
    try:
        with late.importing:
            from sigstore.models import TrustedRoot
            from sigstore.verify import Verifier
            from sigstore_models.trustroot.v1 import TrustedRoot as Plain
    except ImportError:
        raise MissingExtraError("sigstore", "a Sigstore identity") from None
    try:
        told = jsontext.loads(data, limit=_LONGEST)
        if told.get("mediaType") == _CONFIG:
            told = told["trustedRoot"]
        return Verifier(trusted_root=TrustedRoot(Plain.from_json(jsontext.dumps(told))))
    # The library says in many ways that it cannot read something.
    except Exception as error:  # noqa: BLE001
        raise ConfigurationError(
            f"no trusted root of a Sigstore: {error!s:.200}",
            hint=f"{NAMED_BY} or `keys use --trust-config` named the file",
        ) from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the trusted root {file}: {error.strerror}",
            hint=f"{NAMED_BY} or `keys use --trust-config` named it",
        ) from None


def _of_the_public_instance() -> bytes:
    try:
        # Not by the library's own way, which reads, and writes, a cache that others write to.
        held = resources.files("sigstore") / "_store" / _PUBLIC / "trusted_root.json"
        return held.read_bytes()
    except ModuleNotFoundError:
        raise MissingExtraError("sigstore", "a Sigstore identity") from None
    except OSError:
        raise ConfigurationError(
            "this version of the library brings no trusted root along",
            hint=f"name a file: {NAMED_BY}",
        ) from None
