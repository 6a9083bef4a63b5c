"""Signatures by way of a Sigstore: an identity token is shown to the certificate authority, and the
signature is entered into the transparency log. Both are asked over the network, and what they have is public
where they are.

The token is `SIGSTORE_ID_TOKEN`, else what a CI system hands out, else that of a person at a terminal, in
their browser. It is shown to the certificate authority alone, kept nowhere, and no message repeats it.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from answerable import jsontext, late
from answerable.errors import ConfigurationError, MalformedError, MissingExtraError
from answerable.signing.sigstore import names, roots
from answerable.signing.sigstore.lending import LEEWAY
from answerable.signing.sigstore.verifying import signed_at

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken

_T = TypeVar("_T")
TOKEN: Final = "SIGSTORE_ID_TOKEN"  # noqa: S105  # the variable's name
# The library itself waits for ever.
_SECONDS: Final = 60.0
_E_MAIL: Final = re.compile(r"[^@\s:/]+@[^@\s:/]+")


def bundle(name: str, data: bytes, home: Path) -> bytes:
    """A bundle over `data`, verified as others will. Raises `ConfigurationError`, `MissingExtraError`."""
    try:
        with late.importing:
            from sigstore.sign import SigningContext
    except ImportError:
        raise MissingExtraError("sigstore", "a Sigstore identity") from None
    config = roots.where_to_sign(home)

    def made() -> str:
        with SigningContext.from_trust_config(_read(config)).signer(token) as signer:
            return signer.sign_artifact(data).to_json()

    begun = datetime.now(UTC)
    token = _token(name, config)
    told = jsontext.dumps(jsontext.loads(_within(_SECONDS, made).encode()))
    try:
        at = signed_at(name, told, data, roots.verifier(home))
    except MalformedError as error:
        raise ConfigurationError(
            f"what Sigstore signed does not verify here: {error.message}",
            hint="the certificate names another, or the trusted root here is of another Sigstore or year",
        ) from None
    if abs(at - begun) > LEEWAY:
        # What begins then would lend nothing, and nobody would know before it is verified.
        raise ConfigurationError(
            f"Sigstore signed at {at.isoformat()} what was begun at {begun.isoformat()} by this clock",
            hint="set the clock, and sign in within ten minutes",
        )
    return told


def _read(config: str | None) -> ClientTrustConfig:
    with late.importing:
        from sigstore.models import ClientTrustConfig
    # That of the public instance is asked of it, over the network.
    return ClientTrustConfig.production() if config is None else ClientTrustConfig.from_json(config)


def _token(name: str, config: str | None) -> IdentityToken:
    with late.importing:
        from sigstore import oidc

    try:
        told = os.environ.get(TOKEN) or oidc.detect_credential()
        if told:
            token = oidc.IdentityToken(told)
        elif sys.stdin.isatty() and sys.stderr.isatty():
            issuer = oidc.Issuer(_read(config).signing_config.get_oidc_url())
            token = issuer.identity_token()
        else:
            raise ConfigurationError(
                f"there is no identity token for {name}",
                hint=f"put one into {TOKEN}; on GitHub: permissions, id-token: write",
            )
    except ConfigurationError:
        raise
    # In whatever is raised there the token may stand.
    except Exception as error:  # noqa: BLE001
        raise ConfigurationError(
            f"no identity token for {name} could be had ({type(error).__name__})",
            hint="it may be malformed or over, or its issuer out of reach",
        ) from None
    # Found out now, before it stands in a public log.
    if _is_anothers(token, *names.parts(name)):
        other = f"{names.PREFIX}{token.federated_issuer}#{token.identity}"
        raise ConfigurationError(f"the identity token is for {other:.300}, not for {name}")
    return token


def _is_anothers(token: IdentityToken, issuer: str, identity: str) -> bool:
    """True where that is certain: of a workflow, the certificate has an address that Fulcio puts together
    from other claims than the token's subject."""
    if token.federated_issuer != issuer:
        return True
    is_address = "://" in identity and not _E_MAIL.fullmatch(token.identity)
    return token.identity != identity and not is_address


def _within(seconds: float, made: Callable[[], _T]) -> _T:
    """What it makes, if it does so in time. Raises `ConfigurationError`."""
    found: list[_T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(made())
        except BaseException as error:  # noqa: BLE001  # said below, in the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if found:
        return found[0]
    told = type(failed[0]).__name__ if failed else f"nothing within {seconds:.0f} s"
    raise ConfigurationError(
        f"Sigstore did not sign: {told}",
        hint="its certificate authority and its log must be in reach, and the identity token be valid",
    )
