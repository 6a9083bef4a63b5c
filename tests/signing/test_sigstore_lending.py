"""A session is introduced by whom a Sigstore certifies: over that delegation, about when it begins, under
that name in the policy. The certificates and logs are made here (tests/parts/sigstore.py)."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from securesystemslib.dsse import Envelope as Theirs
from securesystemslib.signer import SSlibKey
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity

from answerable import jsontext, statement
from answerable.errors import ConfigurationError, MalformedError
from answerable.history import Authenticator
from answerable.model import Actor, Decision, Delegation, Record
from answerable.recording import reissuing
from answerable.signing import Envelope, Keyring, Session, Signature, endorsing, key_id, pae, parse
from answerable.signing.sigstore import SigstoreIdentity, check, roots
from answerable.signing.ssh import allowed_signers
from tests.history.forging import Forger
from tests.parts.sigstore import ANA, ISSUER, NAME, Sigstore

PERSON = f"person:{ANA}"
AUTHORITY = Sigstore()
NOW = datetime.now(UTC)
OTHER = f"sigstore:{ISSUER}#bo@bank.example"


@attrs.frozen
class Certain(SigstoreIdentity):
    """As whom it signs, without a network. Each argument is another attack."""

    home: Path = Path("no home at all")
    told: dict[str, Any] = attrs.field(factory=dict)
    authority: Sigstore = AUTHORITY

    def sign(self, data: bytes) -> bytes:
        # Whatever the time is when a test is run: a suite may take longer than a certificate lives.
        return jsontext.dumps(self.authority.bundle(data, **({"at": NOW} | self.told)))

    def check(self, record: Delegation, envelope: Envelope) -> None:
        """Who attacks does not look first."""


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = AUTHORITY.write_root(tmp_path / "root.json")
    monkeypatch.setenv(roots.NAMED_BY, str(path))
    return path


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    return Forger(tmp_path / "home", tmp_path / "a.db")


def introduced(by: SigstoreIdentity, at: datetime = NOW) -> tuple[Delegation, bytes]:
    return Session(by, Actor(id=PERSON), "risk").introduce("a", at, None)


def fault(envelope: bytes) -> str | None:
    custody = Authenticator(lambda _: []).authenticate(envelope).custody
    assert custody is not None and custody.verified == (custody.fault is None)
    return custody.fault


def sealed(forger: Forger, record: Record, by: SigstoreIdentity, name: str = NAME) -> bytes:
    """The record, signed by the identity and the forger's session."""
    payload = statement.to_bytes(record)
    message = pae("application/vnd.in-toto+json", payload)
    session = key_id(forger.session.public_key().public_bytes_raw())
    made = Signature(name, by.sign(message)), Signature(session, forger.session.sign(message))
    return Envelope(payload, "application/vnd.in-toto+json", made).to_bytes()


def lent(forger: Forger, **changes: Any) -> Delegation:
    """A delegation of now, as it should be but for `changes`."""
    fields: dict[str, Any] = {
        "identity_key": NAME,
        "decided_at": NOW,
        "recorded_at": NOW,
        "not_before": NOW,
        "not_after": NOW + timedelta(days=7),
    }
    return forger.delegation(**(fields | changes))


class TestItLends:
    def test_its_name_to_a_session(self) -> None:
        record, envelope = introduced(Certain(NAME))

        custody = Authenticator(lambda _: []).authenticate(envelope).custody
        assert record.identity_key == NAME
        assert custody is not None and (custody.verified, custody.fault) == (True, None)
        assert (custody.identity_key, custody.principal) == (NAME, PERSON)
        assert len(envelope) < 12_000

    def test_and_strangers_tools_read_what_it_signed(self) -> None:
        """securesystemslib the envelope, sigstore the bundle in it: with no line of ours."""
        record, envelope = introduced(Certain(NAME))
        told = jsontext.loads(envelope)
        theirs = Theirs.from_dict(jsontext.loads(envelope))
        session = SSlibKey(
            told["signatures"][1]["keyid"], "ed25519", "ed25519", {"public": record.session_key}
        )
        assert theirs.verify([session], 1)

        bundle = Bundle.from_json(base64.b64decode(told["signatures"][0]["sig"]))
        from sigstore_models.trustroot.v1 import TrustedRoot as Plain

        root = TrustedRoot(Plain.from_json(jsontext.dumps(AUTHORITY.trusted_root())))
        Verifier(trusted_root=root).verify_artifact(
            theirs.pae(), bundle, Identity(identity=ANA, issuer=ISSUER)
        )

    def test_and_sigstores_own_command_verifies_it(self, tmp_path: Path) -> None:
        _, envelope = introduced(Certain(NAME))
        read = Envelope.from_bytes(envelope)
        (tmp_path / "message").write_bytes(pae(read.payload_type, read.payload))
        (tmp_path / "config.json").write_text(json.dumps(AUTHORITY.trust_config("http://[::1]:1")))
        (tmp_path / "delegation.sigstore.json").write_bytes(read.signatures[0].sig)
        command = [sys.executable, "-m", "sigstore", "--trust-config", "config.json", "verify"]
        command += ["identity", "--offline", "--bundle", "delegation.sigstore.json"]
        for issuer, status in ((ISSUER, 0), ("https://elsewhere.example.org", 1)):
            ran = subprocess.run(
                [*command, "--cert-identity", ANA, "--cert-oidc-issuer", issuer, "message"],
                cwd=tmp_path,
                capture_output=True,
                check=False,
            )
            assert ran.returncode == status, ran.stderr

    def test_what_waited_is_introduced_by_it_anew(self) -> None:
        home = Path("no home at all")

        class Here(Keyring):
            def identity(self, principal: str) -> Any:
                return Certain(NAME, told={"at": None}) if principal == PERSON else None

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reissuing, "Keyring", Here)
            _, introduction = introduced(Certain(NAME))
            (made,) = reissuing._anew(introduction, [introduction], home)
            assert fault(made) is None and made != introduction
            for by in (Certain(OTHER), Certain(NAME, authority=Sigstore())):
                _, forged = introduced(by)
                with pytest.raises(MalformedError):
                    reissuing._anew(forged, [forged], home)


def test_no_session_is_begun_that_would_not_verify() -> None:
    """What is recorded under it would be lost, and nobody would know before it is verified."""

    class Careful(Certain):
        def check(self, record: Delegation, envelope: Envelope) -> None:
            SigstoreIdentity.check(self, record, envelope)

    assert fault(introduced(Careful(NAME))[1]) is None
    for by, at, told in (
        (Careful(NAME), NOW - timedelta(minutes=20), "was signed at"),
        (Careful(NAME, told={"sct": False}), NOW, "signed certificate timestamp"),
    ):
        with pytest.raises(ConfigurationError, match="introduces nobody") as refused:
            introduced(by, at)
        assert told in refused.value.message


class TestItLendsNothing:
    @pytest.mark.parametrize(
        ("told", "because"),
        [
            ({"identity": "bo@bank.example"}, "SANs do not match"),
            ({"issuer": "https://elsewhere.example.org"}, "OIDCIssuer"),
            ({"entered": b"another"}, "inconsistent"),
            ({"sct": False}, "signed certificate timestamp"),
        ],
    )
    def test_by_what_does_not_verify(self, told: dict[str, Any], because: str) -> None:
        _, envelope = introduced(Certain(NAME, told=told))

        said = fault(envelope) or ""
        assert said.startswith("the Sigstore signature does not hold: ") and because in said

    def test_by_another_sigstore(self) -> None:
        _, envelope = introduced(Certain(NAME, authority=Sigstore()))

        assert "certificate chain" in (fault(envelope) or "")

    def test_by_a_signature_of_another_delegation(self, forger: Forger) -> None:
        _, first = introduced(Certain(NAME))
        moved = Envelope.from_bytes(first).signatures[0].sig
        name = key_id(forger.session.public_key().public_bytes_raw())
        payload = statement.to_bytes(lent(forger))
        session = forger.session.sign(pae("application/vnd.in-toto+json", payload))
        made = Signature(NAME, moved), Signature(name, session)
        forged = Envelope(payload, "application/vnd.in-toto+json", made).to_bytes()

        assert "digest mismatch" in (fault(forged) or "")

    def test_to_a_record_that_is_no_delegation(self, forger: Forger) -> None:
        """One that is signed as a delegation would be, by the identity alone, or by both."""
        delegation = forger.sign(forger.delegation())
        for record in (
            forger.decision(emission=forger.emission(key_id=NAME)),
            forger.decision(),
        ):
            message = pae("application/vnd.in-toto+json", statement.to_bytes(record))
            signature = Signature(NAME, Certain(NAME).sign(message))
            alone = Envelope(
                statement.to_bytes(record), "application/vnd.in-toto+json", (signature,)
            )
            for data in (alone.to_bytes(), sealed(forger, record, Certain(NAME))):
                found = Authenticator(lambda _: [(0, delegation)]).authenticate(data, index=1)
                assert isinstance(found, Decision)
                assert found.custody is not None and not found.custody.verified

    def test_as_a_sessions_key(self, forger: Forger) -> None:
        delegation = forger.delegation(session_key=NAME, emission=forger.emission(key_id=NAME))
        message = pae("application/vnd.in-toto+json", statement.to_bytes(delegation))
        made = Signature(NAME, Certain(NAME).sign(message))
        own = Signature(
            key_id(forger.identity.public_key().public_bytes_raw()), forger.identity.sign(message)
        )
        for signatures in ((own, made), (made,)):
            data = Envelope(
                statement.to_bytes(delegation), "application/vnd.in-toto+json", signatures
            ).to_bytes()
            assert "not an Ed25519 public key" in (fault(data) or "")

    @pytest.mark.parametrize(
        ("changes", "because"),
        [
            ({"not_before": NOW - timedelta(minutes=11)}, "was signed at"),
            ({"not_before": NOW - timedelta(days=365)}, "was signed at"),
            ({"recorded_at": NOW - timedelta(days=365)}, "was signed at"),
            ({"not_before": NOW + timedelta(minutes=11)}, "was signed at"),
            ({"not_after": NOW + timedelta(days=8)}, "7 days at most"),
        ],
    )
    def test_for_a_time_before_or_long_after_it_signed(
        self, forger: Forger, changes: dict[str, Any], because: str
    ) -> None:
        assert fault(sealed(forger, lent(forger), Certain(NAME))) is None

        said = fault(sealed(forger, lent(forger, **changes), Certain(NAME)))
        assert because in (said or "")

    def test_for_a_moment_more_than_ten_minutes(self, forger: Forger) -> None:
        at = NOW.replace(microsecond=0)
        for minutes in (-10, 10):
            begun, by = at + timedelta(minutes=minutes), Certain(NAME, told={"at": at})
            moment = timedelta(microseconds=minutes)
            for begins, because in ((begun, None), (begun + moment, "was signed at")):
                lent_then = lent(forger, not_before=begins, not_after=begins + timedelta(days=7))
                said = fault(sealed(forger, lent_then, by))
                assert because in (said or "") if because else said is None

    def test_where_its_signature_is_not_there(self, forger: Forger) -> None:
        record = lent(forger)
        data = Envelope.from_bytes(sealed(forger, record, Certain(NAME), "sigstore:"))

        with pytest.raises(MalformedError) as refused:
            check(record, data, forger.home)
        assert refused.value.message == f"not signed by {NAME}"

    def test_but_under_the_root_of_the_home_that_is_named(
        self, forger: Forger, monkeypatch: pytest.MonkeyPatch, trusted: Path, tmp_path: Path
    ) -> None:
        record = lent(forger)
        delegation = sealed(forger, record, Certain(NAME))
        data = Envelope.from_bytes(delegation)
        roots.pinned(forger.home).parent.mkdir(parents=True)
        roots.pinned(forger.home).write_bytes(trusted.read_bytes())
        monkeypatch.delenv(roots.NAMED_BY)

        check(record, data, forger.home)
        with pytest.raises(MalformedError):
            check(record, data, tmp_path / "another")
        signed = forger.sign(forger.decision(decided_at=NOW, recorded_at=NOW, team=record.team))
        for home, holds in ((forger.home, True), (tmp_path / "another", False), (None, True)):
            for index, each in enumerate((delegation, signed)):
                found = Authenticator(lambda _: [(0, delegation)], home)
                custody = found.authenticate(each, index=index).custody
                assert custody is not None and custody.verified == holds

    @pytest.mark.parametrize(
        "name",
        ["sigstore:", f"sigstore:{ISSUER}#*", NAME.replace("sigstore", "Sigstore"), f"{NAME} ", ""],
    )
    def test_under_what_is_no_name(self, forger: Forger, name: str) -> None:
        data = sealed(forger, lent(forger, identity_key=name), Certain(NAME), name)

        assert fault(data)

    @pytest.mark.parametrize("sig", [b"", b"x" * 64, b"SSHSIG", b"{}", b"[" * 9000])
    def test_by_what_is_no_bundle(self, forger: Forger, sig: bytes) -> None:
        class Rubbish(Certain):
            def sign(self, data: bytes) -> bytes:
                return sig

        assert "does not hold" in (fault(sealed(forger, lent(forger), Rubbish(NAME))) or "")

    def test_a_key_nothing_under_its_name(self, forger: Forger) -> None:
        """An Ed25519 key that signs, and says it was the identity."""
        payload = statement.to_bytes(lent(forger))
        message = pae("application/vnd.in-toto+json", payload)
        session = key_id(forger.session.public_key().public_bytes_raw())
        made = (
            Signature(NAME, forger.identity.sign(message)),
            Signature(session, forger.session.sign(message)),
        )
        data = Envelope(payload, "application/vnd.in-toto+json", made).to_bytes()

        assert "does not hold" in (fault(data) or "")

    def test_without_the_extra_and_says_which(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _, envelope = introduced(Certain(NAME))
        roots.of.cache_clear()
        for name in ("sigstore", "sigstore.models", "sigstore.verify"):
            monkeypatch.setitem(sys.modules, name, None)

        assert "pip install 'answerable[sigstore]'" in (fault(envelope) or "")


def policy(keys: str, more: str = "") -> str:
    fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(b"r").digest()).decode()[:43]
    return (
        f'version = 1\n[root]\nthreshold = 1\nkeys = ["{fingerprint}"]\n'
        f'[principals.ana]\nkeys = [{keys}]\nactor = "{PERSON}"\n{more}'
    )


class TestInAPolicy:
    def test_it_is_named_to_the_letter(self) -> None:
        found = parse(policy(f'"{NAME}", "{OTHER}"'))

        assert found.principals[0].keys == (NAME, OTHER)
        owner = found.principal_of(NAME)
        assert owner is not None and owner.name == "ana"
        assert found.principal_of(NAME.replace("ana", "cy")) is None
        assert [*allowed_signers(found, {})] == []

    @pytest.mark.parametrize(
        "name",
        [f"sigstore:{ISSUER}#*@bank.example", "sigstore:*#ana@bank.example", f"sigstore:{ISSUER}"],
    )
    def test_no_name_stands_for_several(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match="no Sigstore identity"):
            parse(policy(f'"{name}"'))
        with pytest.raises(ConfigurationError, match="no Sigstore identity"):
            parse(policy(f'"{NAME}"', f'[[revoked]]\nkey = "{name}"\nafter_index = 3\n'))

    def test_one_name_is_one_principals(self) -> None:
        with pytest.raises(ConfigurationError, match="have one key"):
            parse(policy(f'"{NAME}"', f'[principals.bo]\nkeys = ["{NAME}"]\n'))

    def test_it_signs_no_policy_and_is_no_root(self) -> None:
        text = policy(f'"{NAME}"')
        start, _, rest = text.partition('keys = ["SHA256:')
        with pytest.raises(ConfigurationError, match="signs no policies"):
            parse(f'{start}keys = ["{NAME}"{rest[rest.index("]") :]}')
        with pytest.raises(ConfigurationError, match="has no key of its own"):
            endorsing.endorse(text, Certain(NAME))

    def test_it_is_revoked_from_a_place_on(self) -> None:
        revoked = f'[[revoked]]\nkey = "{NAME}"\nafter_index = 3\n'
        found = parse(policy(f'"{NAME}"', revoked))

        assert found.revocation_of(NAME, 3) is None
        assert found.revocation_of(NAME, 4) is not None
