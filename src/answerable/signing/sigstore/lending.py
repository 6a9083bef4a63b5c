"""Delegations that a Sigstore identity signed: over these very bytes, about when they say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from answerable import late
from answerable.errors import MalformedError, MissingExtraError
from answerable.model import Delegation
from answerable.signing.dsse import Envelope, pae

# As long as a certificate lives. It lends nothing for a time before or long after that.
LEEWAY: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(days=7)


def check(record: Delegation, envelope: Envelope, home: Path) -> None:
    """Raises `MalformedError` unless the identity that the delegation names signed the envelope, when the
    delegation begins; `ConfigurationError` where there is no trusted root to be read."""
    with late.importing:
        from answerable.signing.sigstore import roots
        from answerable.signing.sigstore.verifying import signed_at

    name = record.identity_key
    signatures = {each.key_id: each.sig for each in envelope.signatures}
    if name not in signatures:
        raise MalformedError(f"not signed by {name}")
    message = pae(envelope.payload_type, envelope.payload)
    try:
        at = signed_at(name, signatures[name], message, roots.verifier(home))
    except MissingExtraError as error:
        raise MalformedError(f"{error.message}: {error.hint}") from None
    except MalformedError as error:
        raise MalformedError(f"the Sigstore signature does not hold: {error.message}") from None
    for told in (record.not_before, record.recorded_at):
        if abs(told - at) > LEEWAY:
            raise MalformedError(
                f"the delegation is of {told.isoformat()}, and was signed at {at.isoformat()}"
            )
    if record.not_after - record.not_before > LONGEST:
        raise MalformedError(f"a certificate lends for {LONGEST.days} days at most")
