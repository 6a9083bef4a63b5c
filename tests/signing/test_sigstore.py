"""What a Sigstore says of a signature holds, or is refused by name: verified by the library itself, with
certificates and logs that are made here (tests/parts/sigstore.py)."""

from __future__ import annotations

import copy
import json
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID

from answerable import jsontext
from answerable.errors import ConfigurationError, MalformedError, MissingExtraError
from answerable.signing.sigstore import roots
from answerable.signing.sigstore.verifying import signed_at
from tests.parts.sigstore import ISSUER, NAME, Certified, Sigstore
from tests.parts.sigstore_forms import new_key
from tests.signing.certified import (
    AUTHORITY,
    MESSAGE,
    NOW,
    Bundle,
    changed,
    entry,
    put,
    verified,
)


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = AUTHORITY.write_root(tmp_path / "root.json")
    monkeypatch.setenv(roots.NAMED_BY, str(path))
    return path


class TestWhatHolds:
    def test_it_says_when_it_was_signed(self) -> None:
        assert verified(AUTHORITY.bundle(MESSAGE, at=NOW)) == NOW

    def test_so_does_one_signed_at_either_end_of_the_certificates_life(self) -> None:
        for late in (0, 599):
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


NO_CHAIN = "by this trusted root its certificate does not hold: failed to build"
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
        NO_CHAIN,
    ),
    "signed when the certificate was just over": (
        lambda: AUTHORITY.bundle(
            MESSAGE, AUTHORITY.certify(at=NOW - timedelta(seconds=600)), at=NOW
        ),
        "",
    ),
    "signed before the certificate began": (
        lambda: AUTHORITY.bundle(MESSAGE, AUTHORITY.certify(at=NOW + timedelta(seconds=1)), at=NOW),
        NO_CHAIN,
    ),
    "the log has another message": (
        lambda: AUTHORITY.bundle(MESSAGE, entered=b"another"),
        "inconsistent with other materials",
    ),
    "another message": (lambda: AUTHORITY.bundle(b"another"), "digest mismatch"),
    "another Sigstore": (lambda: Sigstore().bundle(MESSAGE), NO_CHAIN),
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
        lambda: changed(
            lambda b: entry(b).update(integratedTime=str(int(entry(b)["integratedTime"]) + 60))
        ),
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
        over = AUTHORITY.certify(at=NOW - timedelta(seconds=600))
        for bundle, told in (
            (AUTHORITY.bundle(MESSAGE, also=("bo@bank.example",)), "names more than one"),
            (AUTHORITY.bundle(MESSAGE, over, at=NOW), "was over when it was signed"),
        ):
            with pytest.raises(MalformedError) as refused:
                verified(bundle)
            assert refused.value.message == f"the certificate {told}"

    def test_a_root_without_that_authority_certifies_nothing(
        self, trusted: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bundle = AUTHORITY.bundle(MESSAGE)
        other = Sigstore(ct_key=AUTHORITY.ct_key, log_key=AUTHORITY.log_key)
        other.write_root(trusted)

        with pytest.raises(MalformedError, match=NO_CHAIN):
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
