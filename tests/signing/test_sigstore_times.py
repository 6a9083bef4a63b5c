"""When something was signed, where a Sigstore's log says nothing of it: by the token of a real time-stamping
authority (`openssl ts`)."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from answerable import fetching
from answerable.errors import MalformedError
from answerable.signing.sigstore import roots
from tests.parts.authority import Authority, running_authority
from tests.signing.certified import (
    AUTHORITY,
    MESSAGE,
    Bundle,
    entry,
    verified,
)


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = AUTHORITY.write_root(tmp_path / "root.json")
    monkeypatch.setenv(roots.NAMED_BY, str(path))
    return path


class TestTimeTokens:
    """By whose word it has a time, where the log has none: a real authority's (`openssl ts`)."""

    @pytest.fixture
    def authority(self, tmp_path: Path, trusted: Path) -> Iterator[Authority]:
        with running_authority(tmp_path) as found:
            chain = [
                x509.load_pem_x509_certificate((tmp_path / name).read_bytes()).public_bytes(
                    Encoding.DER
                )
                for name in ("tsa.pem", "ca.pem")
            ]
            trusted.write_text(json.dumps(AUTHORITY.trusted_root(*chain)))
            yield found

    def stamped(self, authority: Authority, bundle: Bundle, signature: bytes) -> Bundle:
        asked = rfc3161_client.TimestampRequestBuilder().data(signature).build()
        status, told = fetching.post(
            authority.url, asked.as_bytes(), most=99_999, type="application/timestamp-query"
        )
        assert status == 200
        token = {"signedTimestamp": base64.b64encode(told).decode()}
        bundle["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [token]}
        return bundle

    def test_the_logs_second_version_has_its_time_from_the_authority(
        self, authority: Authority
    ) -> None:
        bundle, signature = AUTHORITY.second(MESSAGE, AUTHORITY.certify())
        with pytest.raises(MalformedError, match="nobody's word"):
            verified(bundle)

        told = verified(self.stamped(authority, bundle, signature))
        assert abs(told - datetime.now(UTC)) < timedelta(minutes=2)

    def test_of_two_words_the_logs_counts(self, authority: Authority) -> None:
        """As the public instance has it: a promise, and a token besides."""
        now = datetime.now(UTC).replace(microsecond=0)
        bundle = AUTHORITY.bundle(MESSAGE, at=now)
        signature = base64.b64decode(bundle["messageSignature"]["signature"])

        assert verified(self.stamped(authority, bundle, signature)) == now

    @pytest.mark.parametrize("promise", [None, {}, [], "", False])
    def test_a_promise_that_promises_nothing_vouches_for_no_time(
        self, authority: Authority, promise: object
    ) -> None:
        """Beside a token that verifies, the library passes over a promise that is null, and over its time."""
        first = AUTHORITY.bundle(MESSAGE)
        signature = base64.b64decode(first["messageSignature"]["signature"])
        for made in ((first, signature), AUTHORITY.second(MESSAGE, AUTHORITY.certify())):
            bundle = self.stamped(authority, *made)
            entry(bundle)["inclusionPromise"] = promise
            entry(bundle)["integratedTime"] = "1577836800"  # in 2020

            with pytest.raises(MalformedError):
                verified(bundle)

    def test_a_token_is_over_this_signature_and_within_the_certificates_life(
        self, authority: Authority
    ) -> None:
        bundle, _ = AUTHORITY.second(MESSAGE, AUTHORITY.certify())
        with pytest.raises(MalformedError, match="verified time"):
            verified(self.stamped(authority, bundle, b"another"))
        for minutes in (-20, 20):
            by = AUTHORITY.certify(at=datetime.now(UTC) + timedelta(minutes=minutes))
            with pytest.raises(MalformedError, match="chain"):
                verified(self.stamped(authority, *AUTHORITY.second(MESSAGE, by)))

    def test_of_two_tokens_none_counts(self, authority: Authority) -> None:
        """Else one that verifies would vouch for the time in one that does not."""
        bundle = self.stamped(authority, *AUTHORITY.second(MESSAGE, AUTHORITY.certify()))
        told = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
        told.append({"signedTimestamp": "AAAA"})

        with pytest.raises(MalformedError, match="one time token"):
            verified(bundle)

    def test_nobodys_authority_gives_no_time(self, authority: Authority, trusted: Path) -> None:
        bundle = self.stamped(authority, *AUTHORITY.second(MESSAGE, AUTHORITY.certify()))
        AUTHORITY.write_root(trusted)

        with pytest.raises(MalformedError, match="Timestamp Authorities"):
            verified(bundle)

    def test_no_octet_of_a_token_can_be_changed_to_a_crash(self, authority: Authority) -> None:
        bundle = self.stamped(authority, *AUTHORITY.second(MESSAGE, AUTHORITY.certify()))
        (told,) = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
        token = base64.b64decode(told["signedTimestamp"])
        when = verified(bundle)
        for place in range(0, len(token), 3):
            for value in (0x00, 0xFF, token[place] ^ 1):
                changed = token[:place] + bytes([value]) + token[place + 1 :]
                told["signedTimestamp"] = base64.b64encode(changed).decode()
                with contextlib.suppress(MalformedError):
                    assert verified(bundle) == when
