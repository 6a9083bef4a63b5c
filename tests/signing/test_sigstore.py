"""What a Sigstore says of a signature holds, or is refused by name: verified by the library itself, with
certificates and logs that are made here (tests/parts/sigstore.py)."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from answerable import fetching, jsontext
from answerable.errors import ConfigurationError, MalformedError, MissingExtraError
from answerable.signing.sigstore import bundles, roots
from answerable.signing.sigstore.verifying import signed_at
from tests.parts.authority import Authority, running_authority
from tests.parts.sigstore import ISSUER, NAME, Certified, Sigstore
from tests.parts.sigstore_forms import new_key

MESSAGE = b"what is lent"
HERE = Path("no home at all")
AUTHORITY = Sigstore()
NOW = datetime.now(UTC).replace(microsecond=0)
Bundle = dict[str, Any]


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = AUTHORITY.write_root(tmp_path / "root.json")
    monkeypatch.setenv(roots.NAMED_BY, str(path))
    return path


def verified(bundle: Bundle, name: str = NAME, message: bytes = MESSAGE) -> datetime:
    return signed_at(name, jsontext.dumps(bundle), message, roots.verifier(HERE))


def entry(bundle: Bundle) -> Bundle:
    found: Bundle = bundle["verificationMaterial"]["tlogEntries"][0]
    return found


def changed(change: Callable[[Bundle], object]) -> Bundle:
    bundle = AUTHORITY.bundle(MESSAGE)
    change(bundle)
    return bundle


class TestWhatHolds:
    def test_it_says_when_it_was_signed(self) -> None:
        assert verified(AUTHORITY.bundle(MESSAGE, at=NOW)) == NOW

    def test_so_does_one_signed_at_either_end_of_the_certificates_life(self) -> None:
        for late in (0, 600):
            by = AUTHORITY.certify(at=NOW - timedelta(seconds=late))
            assert verified(AUTHORITY.bundle(MESSAGE, by, at=NOW)) == NOW

    def test_a_workflow_is_named_by_its_address(self) -> None:
        workflow = "https://github.com/bank/scores/.github/workflows/train.yml@refs/heads/main"

        verified(AUTHORITY.bundle(MESSAGE, identity=workflow), f"sigstore:{ISSUER}#{workflow}")

    def test_nothing_is_asked_of_any_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: object, **kwargs: object) -> None:
            raise AssertionError("the network was asked")

        bundle = AUTHORITY.bundle(MESSAGE)
        roots.of.cache_clear()
        for name in ("connect", "connect_ex", "sendto"):
            monkeypatch.setattr(socket.socket, name, refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

        verified(bundle)
        monkeypatch.delenv(roots.NAMED_BY)
        with pytest.raises(MalformedError):  # by the public instance, which did not certify it
            verified(bundle)


def by_another_key() -> Bundle:
    by = AUTHORITY.certify()
    return AUTHORITY.bundle(MESSAGE, Certified(certificate=by.certificate, key=new_key()))


def of_another_kind(key: Any = None) -> Bundle:
    key = key or rsa.generate_private_key(65537, 2048)
    by = AUTHORITY.certify(public=key.public_key())
    return AUTHORITY.bundle(MESSAGE, by)


def swap(hashes: list[str], place: int) -> None:
    hashes[place] = hashes[place - 1] if len(set(hashes)) > 1 else "A" * 43 + "="


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text in it, and the way there."""
    if isinstance(value, str):
        yield path, value
    for name, inner in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    ):
        yield from leaves(inner, (*path, name))


def put(value: Any, path: tuple[Any, ...], other: str) -> None:
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = other


# Each attack, and what is said of it.
ATTACKS: dict[str, tuple[Callable[[], Bundle], str]] = {
    "another identity": (
        lambda: AUTHORITY.bundle(MESSAGE, identity="bo@bank.example"),
        "SANs do not match",
    ),
    "another issuer": (
        lambda: AUTHORITY.bundle(MESSAGE, issuer="https://elsewhere.example.org"),
        "OIDCIssuer",
    ),
    "an issuer that begins alike": (
        lambda: AUTHORITY.bundle(MESSAGE, issuer=f"{ISSUER}.example.com"),
        "OIDCIssuer",
    ),
    "two names in one certificate": (
        lambda: AUTHORITY.bundle(MESSAGE, also=("bo@bank.example",)),
        "the certificate names more than one",
    ),
    "signed after the certificate was over": (
        lambda: AUTHORITY.bundle(
            MESSAGE, AUTHORITY.certify(at=NOW - timedelta(seconds=601)), at=NOW
        ),
        "chain",
    ),
    "signed before the certificate began": (
        lambda: AUTHORITY.bundle(MESSAGE, AUTHORITY.certify(at=NOW + timedelta(seconds=1)), at=NOW),
        "chain",
    ),
    "the log has another message": (
        lambda: AUTHORITY.bundle(MESSAGE, entered=b"another"),
        "inconsistent with other materials",
    ),
    "another message": (lambda: AUTHORITY.bundle(b"another"), "digest mismatch"),
    "another Sigstore": (lambda: Sigstore().bundle(MESSAGE), "chain"),
    "no certificate log": (
        lambda: AUTHORITY.bundle(MESSAGE, sct=False),
        "signed certificate timestamp",
    ),
    "another certificate log": (
        lambda: AUTHORITY.bundle(MESSAGE, ct_key=new_key()),
        "SCT",
    ),
    "another transparency log": (
        lambda: AUTHORITY.bundle(MESSAGE, log_key=new_key()),
        "invalid log entry",
    ),
    "a certificate for servers": (
        lambda: AUTHORITY.bundle(MESSAGE, usage=ExtendedKeyUsageOID.SERVER_AUTH),
        "code signing",
    ),
    "a signature by another key": (by_another_key, "Signature is invalid"),
    "the public key of another kind": (of_another_kind, ""),
    "an Ed25519 key": (lambda: of_another_kind(Ed25519PrivateKey.generate()), ""),
    "a proof with another hash": (
        lambda: changed(lambda b: swap(entry(b)["inclusionProof"]["hashes"], 0)),
        "inclusion proof",
    ),
    "a proof that is too short": (
        lambda: changed(lambda b: entry(b)["inclusionProof"]["hashes"].pop()),
        "inclusion proof",
    ),
    "a proof of another place": (
        lambda: changed(lambda b: entry(b)["inclusionProof"].update(logIndex="0")),
        "inclusion proof",
    ),
    "another time": (
        lambda: changed(lambda b: entry(b).update(integratedTime=str(int(NOW.timestamp()) + 60))),
        "inclusion promise",
    ),
    "no promise": (
        lambda: changed(lambda b: entry(b).pop("inclusionPromise")),
        "nobody's word",
    ),
    "a promise without a time": (
        lambda: changed(lambda b: entry(b).pop("integratedTime")),
        "without a time",
    ),
    "no entry": (
        lambda: changed(lambda b: b["verificationMaterial"].update(tlogEntries=[])),
        "not exactly",
    ),
    "two entries": (
        lambda: changed(lambda b: b["verificationMaterial"]["tlogEntries"].append(entry(b))),
        "not exactly",
    ),
    "an older version": (
        lambda: changed(
            lambda b: b.update(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.2")
        ),
        "version 0.3",
    ),
    "a field more": (lambda: changed(lambda b: b.update(dsseEnvelope={})), "fields"),
    "a time token that is none": (
        lambda: changed(
            lambda b: b["verificationMaterial"].update(
                timestampVerificationData={"rfc3161Timestamps": [{"signedTimestamp": "AAAA"}]}
            )
        ),
        "",
    ),
}


class TestWhatDoesNot:
    @pytest.mark.parametrize("name", ATTACKS)
    def test_is_refused_by_name(self, name: str) -> None:
        attack, told = ATTACKS[name]

        with pytest.raises(MalformedError) as refused:
            verified(attack())

        assert told in refused.value.message

    def test_what_the_library_does_not_ask_is_said_here(self) -> None:
        with pytest.raises(MalformedError) as refused:
            verified(AUTHORITY.bundle(MESSAGE, also=("bo@bank.example",)))

        assert refused.value.message == "the certificate names more than one"

    def test_a_root_without_that_authority_certifies_nothing(
        self, trusted: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bundle = AUTHORITY.bundle(MESSAGE)
        other = Sigstore(ct_key=AUTHORITY.ct_key, log_key=AUTHORITY.log_key)
        other.write_root(trusted)

        with pytest.raises(MalformedError, match="chain"):
            verified(bundle)

    def test_no_part_of_it_can_be_changed(self) -> None:
        bundle = AUTHORITY.bundle(MESSAGE)
        verified(bundle)
        count = 0
        for path, value in leaves(bundle):
            for other in (value[: len(value) // 2] + "A" + value[len(value) // 2 + 1 :], "", "B"):
                if other == value:
                    continue
                put(forged := copy.deepcopy(bundle), path, other)
                with pytest.raises(MalformedError):
                    verified(forged)
                count += 1
        assert count > 40


class TestHowItIsRead:
    @pytest.mark.parametrize(
        "spoiled",
        [
            lambda text: b" " + text,
            lambda text: text + b"\n",
            lambda text: json.dumps(json.loads(text), indent=1).encode(),
            lambda text: text[:-1] + b',"mediaType":"x"}',
            lambda text: text.replace(b'"keyId"', b'"keyId":"AA==","keyId"'),
            lambda text: text.replace(b"mediaType", b"\\u006dediaType"),
            lambda text: b'{"a":' * 100 + text + b"}" * 100,
            lambda text: b"[" * 20_000,
            lambda text: text[:-1] + b',"more":"' + b"a" * bundles.MAX_BYTES + b'"}',
            lambda text: text.replace(b'"integratedTime":"', b'"integratedTime":"' + b"9" * 5000),
            lambda text: b"null",
            lambda text: b"[]",
            lambda text: b"",
            lambda text: b"\xff",
        ],
    )
    def test_in_one_spelling_and_no_other(self, spoiled: Callable[[bytes], bytes]) -> None:
        text = jsontext.dumps(AUTHORITY.bundle(MESSAGE))
        assert bundles.load(text).data == text
        assert spoiled(text) != text
        with pytest.raises(MalformedError):
            signed_at(NAME, spoiled(text), MESSAGE, roots.verifier(HERE))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        signed_at(NAME, data, MESSAGE, roots.verifier(HERE))


def test_it_has_a_length_that_fits_into_an_envelope_and_the_fields_that_it_needs() -> None:
    bundle = AUTHORITY.bundle(MESSAGE)
    path = "verificationMaterial", "certificate", "rawBytes"
    rest = len(jsontext.dumps(bundle)) - len(bundle[path[0]][path[1]][path[2]])
    put(bundle, path, "A" * (bundles.MAX_BYTES - rest))
    assert len(bundles.load(jsontext.dumps(bundle)).data) == bundles.MAX_BYTES == 32_768
    put(bundle, path, "A" * (bundles.MAX_BYTES - rest + 1))
    with pytest.raises(MalformedError, match="32,769 bytes, more than 32,768"):
        bundles.load(jsontext.dumps(bundle))

    with pytest.raises(MalformedError) as refused:
        bundles.load(jsontext.dumps(AUTHORITY.bundle(MESSAGE)) + b"\n")
    assert refused.value.message == "not spelled as a bundle is here"
    with pytest.raises(MalformedError) as refused:
        bundles.load(
            jsontext.dumps(changed(lambda b: b["verificationMaterial"].pop("certificate")))
        )
    assert refused.value.message == "fields other than certificate, tlogEntries"


@pytest.mark.parametrize("told", ["0", "-1", "1e9", "9" * 13, 1, None, "", "\u0661"])
def test_a_time_is_a_number_of_seconds_in_digits(told: object) -> None:
    bundle = AUTHORITY.bundle(MESSAGE)
    entry(bundle).update(integratedTime="9" * 12)
    assert bundles.load(jsontext.dumps(bundle)).integrated == 10**12 - 1
    entry(bundle).update(integratedTime=told)

    with pytest.raises(MalformedError) as refused:
        bundles.load(jsontext.dumps(bundle))
    assert refused.value.message == "a promise without a time"


@pytest.mark.parametrize(
    ("tokens", "because"),
    [
        ([{"signedTimestamp": "AAA*A"}], "a time token that is not base64"),
        ([{"signedTimestamp": "AAA"}], "a time token that is not base64"),
        ([{"signedTimestamp": 1}], "a time token that is not base64"),
        ([{"signedTimestamp": "AAAA"}] * 2, "not exactly one time token"),
        ({"signedTimestamp": "AAAA"}, "not exactly one time token"),
        (None, "not exactly one time token"),
        (
            [{"signedTimestamp": "AAAA", "signed_timestamp": "AAAA"}],
            "fields other than signedTimestamp",
        ),
        (["AAAA"], "fields other than signedTimestamp"),
    ],
)
def test_a_time_token_is_one_in_base64(tokens: object, because: str) -> None:
    bundle = AUTHORITY.bundle(MESSAGE)
    stamped = {"rfc3161Timestamps": tokens}
    bundle["verificationMaterial"]["timestampVerificationData"] = stamped

    with pytest.raises(MalformedError) as refused:
        bundles.load(jsontext.dumps(bundle))
    assert refused.value.message == because


class TestTheTrustedRoot:
    def test_the_one_that_is_named_goes_before_the_pinned_one_and_that_before_the_public(
        self, trusted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bundle = jsontext.dumps(AUTHORITY.bundle(MESSAGE))
        home = tmp_path / "home"
        config = tmp_path / "config.json"
        config.write_text(json.dumps(AUTHORITY.trust_config("http://localhost:1")))
        signed_at(NAME, bundle, MESSAGE, roots.verifier(home))

        monkeypatch.delenv(roots.NAMED_BY)
        with pytest.raises(MalformedError):
            signed_at(NAME, bundle, MESSAGE, roots.verifier(home))
        roots.pin(home, config)
        signed_at(NAME, bundle, MESSAGE, roots.verifier(home))
        monkeypatch.setenv(roots.NAMED_BY, str(Sigstore().write_root(trusted)))
        with pytest.raises(MalformedError):
            signed_at(NAME, bundle, MESSAGE, roots.verifier(home))

    @pytest.mark.parametrize(
        "text", ["", "{}", "[]", '{"mediaType":"x"}', "{" * 9000, '{"a":1,"a":2}']
    )
    def test_one_that_cannot_be_read_is_said(
        self, trusted: Path, tmp_path: Path, text: str
    ) -> None:
        bundle = AUTHORITY.bundle(MESSAGE)
        trusted.write_text(text)
        with pytest.raises(ConfigurationError, match="no trusted root"):
            verified(bundle)
        with pytest.raises(ConfigurationError):
            roots.pin(tmp_path / "home", trusted)
        assert not roots.pinned(tmp_path / "home").exists()
        trusted.unlink()
        with pytest.raises(ConfigurationError, match="cannot read"):
            verified(bundle)

    def test_without_the_extra_it_says_which(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bundle = AUTHORITY.bundle(MESSAGE)
        roots.of.cache_clear()
        for name in ("sigstore", "sigstore.models", "sigstore.verify"):
            monkeypatch.setitem(sys.modules, name, None)

        for named in (True, False):
            if not named:
                monkeypatch.delenv(roots.NAMED_BY)
            with pytest.raises(MissingExtraError) as told:
                verified(bundle)
            assert told.value.hint == "pip install 'answerable[sigstore]'"


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
        bundle = AUTHORITY.bundle(MESSAGE, at=NOW)
        signature = base64.b64decode(bundle["messageSignature"]["signature"])

        assert verified(self.stamped(authority, bundle, signature)) == NOW

    @pytest.mark.parametrize("promise", [None, {}, [], "", False])
    def test_a_promise_that_promises_nothing_vouches_for_no_time(
        self, authority: Authority, promise: object
    ) -> None:
        """Beside a token that verifies, the library passes over a promise that is null, and over its time."""
        first = AUTHORITY.bundle(MESSAGE, at=NOW)
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
            by = AUTHORITY.certify(at=NOW + timedelta(minutes=minutes))
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
