"""A person signs with the key that they have: OpenSSH's, from a file or the agent, or one behind a signer
URI. `ssh-keygen -Y verify` and securesystemslib agree."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable.cli import main
from answerable.errors import ConfigurationError
from answerable.history import Authenticator, read
from answerable.model import Actor, Delegation
from answerable.recording import process, reissuing
from answerable.signing import Envelope, Keyring, Session, Signature, endorsing, key_id, parse, raw
from answerable.signing.dsse import pae
from answerable.signing.outside import OutsideKey
from answerable.signing.ssh import public_line
from answerable.signing.sshsig import holds
from tests.history.forging import Forger

ANA = "person:ana@bank.example"
PHRASE = "a long one"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return made(tmp_path / "id_ed25519")


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    process.replace(None)
    yield
    process.replace(None)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent of this test's own."""
    place = tmp_path / "agent"
    told = subprocess.run(
        ["ssh-agent", "-s", "-a", place], capture_output=True, text=True, check=True
    )
    pid = int(told.stdout.partition("SSH_AGENT_PID=")[2].partition(";")[0])
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    yield
    os.kill(pid, signal.SIGTERM)


def made(path: Path, kind: str = "ed25519", password: str = "") -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", password, "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def recorded(home: Path, folder: Path) -> tuple[Delegation, Envelope]:
    """What introduces the session of a decision that was recorded, and verified."""
    ans.configure(ledger=str(folder / "a.db"), home=home, actor=ANA)
    ans.choose("threshold", 1)
    ans.shutdown()
    with ans.open(str(folder / "a.db"), home=home) as history:
        assert history.verify().faults == ()
        (entry, _) = history.ledger.entries()
    record, envelope = read(entry.envelope)
    assert isinstance(record, Delegation)
    return record, envelope


def agrees(public: bytes, signature: bytes, message: bytes, folder: Path) -> bool:
    """Whether ssh-keygen verifies it."""
    (folder / "allowed").write_text(
        f'ana@bank.example namespaces="answerable" {public_line(public)}\n'
    )
    text = base64.encodebytes(signature).decode()
    (folder / "a.sig").write_text(
        f"-----BEGIN SSH SIGNATURE-----\n{text}-----END SSH SIGNATURE-----\n"
    )
    said = subprocess.run(
        [
            "ssh-keygen",
            "-Y",
            "verify",
            "-f",
            folder / "allowed",
            "-I",
            "ana@bank.example",
            "-n",
            "answerable",
            "-s",
            folder / "a.sig",
        ],
        input=message,
        capture_output=True,
        check=False,
    )
    return said.returncode == 0


def test_a_session_is_introduced_by_the_persons_own_ssh_key(
    own: Path, home: Path, tmp_path: Path
) -> None:
    key = OutsideKey.at(f"ssh:{own}")
    Keyring(home).use(ANA, key.address, key.public)

    record, envelope = recorded(home, tmp_path)

    assert record.identity_key == key.public.hex()
    by_person, by_session = envelope.signatures
    assert by_person.sig.startswith(b"SSHSIG") and len(by_session.sig) == 64
    signed = pae(envelope.payload_type, envelope.payload)
    assert agrees(key.public, by_person.sig, signed, tmp_path)
    assert not agrees(key.public, by_person.sig, signed + b"x", tmp_path)
    assert not list((home / "keys" / "identity").glob("*.key"))  # and none was made


def test_an_encrypted_key_signs_through_the_agent(
    home: Path, tmp_path: Path, agent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "id_ed25519", password=PHRASE)
    helper = tmp_path / "askpass"
    helper.write_text(f"#!/bin/sh\necho {PHRASE}\n")
    helper.chmod(0o700)
    environment = {**os.environ, "SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force"}
    key = OutsideKey.at(f"ssh:{path}.pub")
    with pytest.raises(ConfigurationError, match="did not sign"):
        key.sign(b"the agent does not hold it yet")
    subprocess.run(["ssh-add", "-q", str(path)], env=environment, check=True)
    Keyring(home).use(ANA, key.address, key.public)

    record, _ = recorded(home, tmp_path)

    assert record.identity_key == key.public.hex()


def test_a_key_behind_a_signer_uri_signs_as_any_other(home: Path, tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    (tmp_path / "key.pem").write_bytes(
        private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "public.pem").write_bytes(
        private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    key = OutsideKey.at(f"file2:{tmp_path / 'key.pem'}", tmp_path / "public.pem")
    Keyring(home).use(ANA, key.address, key.public)

    record, envelope = recorded(home, tmp_path)

    assert record.identity_key == raw(private.public_key()).hex()
    assert [len(each.sig) for each in envelope.signatures] == [64, 64]


def test_a_policy_is_endorsed_with_it_too(own: Path) -> None:
    key = OutsideKey.at(f"ssh:{own}")
    name = key_id(key.public)
    text = f'version = 1\n[root]\nthreshold = 1\nkeys = ["{name}"]\n'

    said = endorsing.endorse(text, key)

    assert endorsing.endorsers(text, [said]) == {name}
    assert endorsing.endorsers(text + "\n", [said]) == set()
    assert endorsing.is_in_force_by(parse(text), endorsing.endorsers(text, [said]))


class TestWhatIsNoSignatureOfOurs:
    MESSAGE = b"DSSEv1 1 a 1 b"

    def by(self, path: Path, *, namespace: str = "answerable", hashed: str = "sha512") -> bytes:
        said = subprocess.run(
            [
                "ssh-keygen",
                "-Y",
                "sign",
                "-q",
                "-n",
                namespace,
                "-O",
                f"hashalg={hashed}",
                "-f",
                path,
            ],
            input=self.MESSAGE,
            capture_output=True,
            check=True,
        )
        return base64.b64decode(b"".join(said.stdout.splitlines()[1:-1]))

    def test_either_of_opensshs_digests_holds(self, own: Path) -> None:
        public = OutsideKey.at(f"ssh:{own}").public

        assert holds(public, self.by(own), self.MESSAGE)
        assert holds(public, self.by(own, hashed="sha256"), self.MESSAGE)

    def test_one_for_another_purpose_by_another_key_or_over_something_else(
        self, own: Path, tmp_path: Path
    ) -> None:
        public = OutsideKey.at(f"ssh:{own}").public

        assert not holds(public, self.by(own, namespace="git"), self.MESSAGE)
        assert not holds(public, self.by(made(tmp_path / "another")), self.MESSAGE)
        assert not holds(public, self.by(own), self.MESSAGE + b"x")

    def test_no_bit_of_it_can_be_changed(self, own: Path) -> None:
        public, whole = OutsideKey.at(f"ssh:{own}").public, self.by(own)

        for at in range(len(whole)):
            for bit in (1, 128):
                changed = whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]
                assert not holds(public, changed, self.MESSAGE), at
        for cut in range(len(whole)):
            assert not holds(public, whole[:cut], self.MESSAGE)
        assert not holds(public, whole + b"\0", self.MESSAGE)

    def test_a_record_is_signed_by_a_session_and_by_no_person(self, own: Path) -> None:
        key = OutsideKey.at(f"ssh:{own}")
        signature = Signature(
            key_id(key.public), key.sign(pae("application/vnd.in-toto+json", b"{}"))
        )
        envelope = Envelope(b"{}", "application/vnd.in-toto+json", (signature,))

        assert envelope.signed_by(signature.key_id, key.public, by_person=True)
        assert not envelope.signed_by(signature.key_id, key.public)

    def test_a_session_says_for_itself_that_it_is_introduced(
        self, own: Path, tmp_path: Path
    ) -> None:
        """Else a person's key could be made to pass for a session's, which signs whatever comes."""
        key, forger = OutsideKey.at(f"ssh:{own}"), Forger(tmp_path / "home", tmp_path / "a.db")
        emission = forger.emission(key_id=key_id(key.public))
        delegation = forger.delegation(session_key=key.public.hex(), emission=emission)
        signed = forger.sign(delegation, forger.identity, key)

        custody = Authenticator(lambda _: []).authenticate(signed).custody
        assert custody is not None
        assert custody.fault == "a signature of the delegation does not verify"


def test_what_waited_is_signed_anew_by_such_a_key(own: Path, tmp_path: Path) -> None:
    home, now = tmp_path / "home", datetime.now(UTC)
    key = OutsideKey.at(f"ssh:{own}")
    Keyring(home).use(ANA, f"ssh:{own}", key.public)
    session = Session(key, Actor(id=ANA), None)
    _, introduction = session.introduce("a", now, None)

    made = reissuing._anew(introduction, [introduction], home)

    custody = Authenticator(lambda _: []).authenticate(made[0]).custody
    assert custody is not None and custody.verified


class TestWhatIsNotTaken:
    @pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
    def test_another_kind_of_key(self, tmp_path: Path, kind: str) -> None:
        path = made(tmp_path / "id", kind)

        with pytest.raises(ConfigurationError, match="not an Ed25519 key") as caught:
            OutsideKey.at(f"ssh:{path}")
        assert "ssh-keygen -t ed25519" in (caught.value.hint or "")

    def test_what_only_says_that_it_is_a_key_on_a_token(self, tmp_path: Path) -> None:
        (tmp_path / "id.pub").write_text("sk-ssh-ed25519@openssh.com AAAA token\n")

        with pytest.raises(ConfigurationError, match="not an Ed25519 key"):
            OutsideKey.at(f"ssh:{tmp_path / 'id'}")

    def test_a_key_that_was_exchanged(self, own: Path, home: Path, tmp_path: Path) -> None:
        key = OutsideKey.at(f"ssh:{own}")
        made(tmp_path / "other").replace(own)
        (tmp_path / "other.pub").replace(own.with_suffix(".pub"))

        with pytest.raises(ConfigurationError, match="another key by now"):
            key.sign(b"a")

    def test_what_names_no_key(self, tmp_path: Path) -> None:
        for address in ("", "id_ed25519", f"ssh:{tmp_path / 'none'}", "file2:/none"):
            with pytest.raises(ConfigurationError):
                OutsideKey.at(address)


def test_the_command_line_takes_it_into_use_and_lists_it(
    own: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", "use", f"ssh:{own}", "--actor", ANA])
    assert ended.value.code == 0
    name = key_id(OutsideKey.at(f"ssh:{own}").public)
    assert name in capsys.readouterr().out

    with pytest.raises(SystemExit):
        main(["keys", "list"])
    assert capsys.readouterr().out.split() == ["identity", name, ANA]
    with pytest.raises(SystemExit):
        main(["keys", "init", "--actor", ANA])
    assert name in capsys.readouterr().out


def test_an_attacker_who_names_a_key_without_having_it_signs_nothing(own: Path, home: Path) -> None:
    key = OutsideKey.at(f"ssh:{own}")
    own.unlink()

    with pytest.raises(ConfigurationError, match="did not sign"):
        attrs.evolve(key).sign(b"a")
