"""Who signed a message, and when, by the word of a Sigstore: with the `sigstore` library, from the bundle and
the trusted root alone.

The library verifies the certificate's chain at the time of signing, the certificate log's signed timestamp
in it, the transparency log's entry (its proof, checkpoint and promise, and that it is of this signature), and
the signature. Asked of it here besides: one name and one issuer, to the letter.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from answerable import late
from answerable.errors import MalformedError
from answerable.signing.sigstore import bundles, names

if TYPE_CHECKING:
    from sigstore.verify import Verifier
    from sigstore.verify.policy import VerificationPolicy


def signed_at(name: str, data: bytes, message: bytes, verifier: Verifier) -> datetime:
    """When the identity of that name signed the message, by the trusted root of that verifier (see `roots`).
    Raises `MalformedError` saying why it did not."""
    issuer, identity = names.parts(name)
    bundle = bundles.load(data)
    with late.importing:
        from sigstore.errors import CertValidationError
        from sigstore.models import Bundle
    try:
        read = Bundle.from_json(data)
        verifier.verify_artifact(message, read, _of(issuer, identity))
    except CertValidationError as error:
        # What an auditor meets who has the root of another Sigstore.
        told = f"by this trusted root its certificate does not hold: {error!s:.300}"
        raise MalformedError(told) from None
    # Whatever a stranger's bytes make the library raise, they do not verify.
    except Exception as error:  # noqa: BLE001
        raise MalformedError(f"{error!s:.300}" or type(error).__name__) from None
    at = _time(bundle)
    # In its last second, versions of the library differ; the verdict must not.
    if at >= read.signing_certificate.not_valid_after_utc:
        raise MalformedError("the certificate was over when it was signed")
    return at


def _of(issuer: str, identity: str) -> VerificationPolicy:
    with late.importing:
        from cryptography.x509 import Certificate, SubjectAlternativeName
        from sigstore.errors import VerificationError
        from sigstore.verify import policy

    class OneName:
        """Of two names in one certificate, which would have signed?"""

        def verify(self, cert: Certificate) -> None:
            """Raises `VerificationError`."""
            names = cert.extensions.get_extension_for_class(SubjectAlternativeName).value
            if len(names) != 1:
                raise VerificationError("the certificate names more than one")

    by = policy.Identity(identity=identity), policy.OIDCIssuerV2(issuer), OneName()
    return policy.AllOf([*by])


def _time(bundle: bundles.Bundle) -> datetime:
    """That for which somebody has signed, which the library has verified: the bundle has no other."""
    if bundle.integrated is not None:
        return datetime.fromtimestamp(bundle.integrated, UTC)
    with late.importing:
        from rfc3161_client import decode_timestamp_response

    assert bundle.token is not None
    return decode_timestamp_response(bundle.token).tst_info.gen_time
