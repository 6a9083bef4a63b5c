"""Keys on FIDO tokens: what OpenSSH says of a signature is said here, and somebody touched the token."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

import answerable as ans
from answerable.errors import ConfigurationError
from answerable.history.authentication import Authenticator
from answerable.model import Actor, Delegation
from answerable.recording import process
from answerable.recording.reissuing import ids
from answerable.signing import Session, fido, key_id, parse, sshsig
from answerable.signing.endorsing import endorse, endorsers
from answerable.signing.keys import low_order, octets_of, raw
from answerable.signing.outside import OutsideKey
from answerable.signing.ssh import allowed_signers, public_line
from answerable.signing.sshwire import string, strings
from tests.cli.running import Run, running
from tests.parts import token as parts

ANA = "person:ana@bank.example"
MESSAGE = b"what was presented"
KEY = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    process.replace(None)
    yield
    process.replace(None)


@attrs.frozen(kw_only=True)
class Token:
    """A token in software, by the letter of PROTOCOL.u2f and PROTOCOL.sshsig, without a line of ours.
    Each part that is not as it should be is another attack."""

    key: Ed25519PrivateKey = KEY
    application: bytes = b"ssh:"
    flags: int = 1
    counter: int = 7
    namespace: bytes = b"answerable"
    hash: bytes = b"sha512"
    # What is said, where that is not what is signed.
    said_flags: int | None = None
    said_counter: int | None = None
    said_application: bytes | None = None
    said_namespace: bytes | None = None
    kind: bytes = b"sk-ssh-ed25519@openssh.com"
    reserved: bytes = b""
    more: bytes = b""

    @property
    def public(self) -> bytes:
        application = self.application if self.said_application is None else self.said_application
        return ssh(self.kind) + ssh(raw(self.key.public_key())) + ssh(application)

    def public_key(self) -> Ed25519PublicKey:
        return self.key.public_key()

    def sign(self, data: bytes) -> bytes:
        digest = hashlib.new(self.hash.decode(), data).digest()
        signed = b"SSHSIG" + b"".join(map(ssh, (self.namespace, self.reserved, self.hash, digest)))
        counted = bytes([self.flags]) + self.counter.to_bytes(4, "big")
        made = self.key.sign(
            hashlib.sha256(self.application).digest() + counted + hashlib.sha256(signed).digest()
        )
        flags = self.flags if self.said_flags is None else self.said_flags
        counter = self.counter if self.said_counter is None else self.said_counter
        said = bytes([flags]) + counter.to_bytes(4, "big") + self.more
        namespace = self.namespace if self.said_namespace is None else self.said_namespace
        body = b"".join(
            map(
                ssh,
                (
                    self.public,
                    namespace,
                    self.reserved,
                    self.hash,
                    ssh(self.kind) + ssh(made) + said,
                ),
            )
        )
        return b"SSHSIG" + (1).to_bytes(4, "big") + body


def ssh(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def openssh_says(folder: Path, public: bytes, signature: bytes, message: bytes) -> bool:
    """What the real `ssh-keygen -Y verify` says of it."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("there is no ssh-keygen")
    line = f"ana@bank.example sk-ssh-ed25519@openssh.com {base64.b64encode(public).decode()}\n"
    (folder / "allowed").write_text(line)
    text = base64.encodebytes(signature).decode()
    (folder / "sig").write_text(
        f"-----BEGIN SSH SIGNATURE-----\n{text}-----END SSH SIGNATURE-----\n"
    )
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ana@bank.example"]
    ran = subprocess.run(
        [*command, "-n", "answerable", "-s", "sig"],
        cwd=folder,
        input=message,
        capture_output=True,
        check=False,
    )
    return ran.returncode == 0


WELL_MADE = {
    "as it should be": Token(),
    "another hash": Token(hash=b"sha256"),
    "another application": Token(application=b"ssh:approvals"),
    "a verified user": Token(flags=0x05),
    "the greatest counter": Token(counter=2**32 - 1),
}
FORGED = {
    "flags": Token(said_flags=0x05),
    "presence that was not": Token(flags=0, said_flags=1),
    "counter": Token(said_counter=8),
    "application": Token(said_application=b"ssh:other"),
    "namespace": Token(namespace=b"file"),
    "said namespace": Token(namespace=b"file", said_namespace=b"answerable"),
    "no application": Token(application=b""),
    "kind": Token(kind=b"ssh-ed25519"),
    "more": Token(more=b"\x00"),
}


@pytest.mark.parametrize("name", WELL_MADE)
def test_what_openssh_accepts_of_a_token_is_accepted_here(tmp_path: Path, name: str) -> None:
    made = WELL_MADE[name]
    signature = made.sign(MESSAGE)

    assert openssh_says(tmp_path, made.public, signature, MESSAGE)
    assert sshsig.holds(made.public, signature, MESSAGE)
    assert sshsig.public_of(public_line(made.public)) == made.public


@pytest.mark.parametrize("name", FORGED)
def test_what_openssh_refuses_is_refused_here(tmp_path: Path, name: str) -> None:
    made = FORGED[name]
    public = Token().public if name == "kind" else made.public
    signature = made.sign(MESSAGE)

    if name != "no application":  # which OpenSSH does not ask for
        assert not openssh_says(tmp_path, public, signature, MESSAGE)
    assert not sshsig.holds(public, signature, MESSAGE)


def test_a_signature_of_another_message_or_key_or_application_is_none(tmp_path: Path) -> None:
    made = Token()
    signature = made.sign(MESSAGE)
    for public, message in (
        (made.public, b"what was not"),
        (attrs.evolve(made, key=OTHER).public, MESSAGE),
        (attrs.evolve(made, application=b"ssh:other").public, MESSAGE),
    ):
        assert not openssh_says(tmp_path, public, signature, message)
        assert not sshsig.holds(public, signature, message)


def test_where_nobody_touched_the_token_it_is_no_signature(tmp_path: Path) -> None:
    untouched = Token(flags=0)
    signature = untouched.sign(MESSAGE)

    # ssh-keygen leaves it to whoever reads the flags, as sshd does.
    assert openssh_says(tmp_path, untouched.public, signature, MESSAGE)
    assert not sshsig.holds(untouched.public, signature, MESSAGE)


def test_no_octet_of_a_signature_can_be_changed(tmp_path: Path) -> None:
    made = Token()
    signature = made.sign(MESSAGE)
    for place in range(len(signature)):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not sshsig.holds(made.public, bytes(changed), MESSAGE), place
    for cut in (b"", signature[:-1], signature[:100], signature + b"\x00"):
        assert not sshsig.holds(made.public, cut, MESSAGE)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_octets_are_a_crash(octets: bytes, signature: bytes) -> None:
    assert fido.parts(octets) is None
    assert not fido.holds(octets, signature, MESSAGE)
    assert not fido.holds(Token().public, signature, MESSAGE)
    assert not sshsig.holds(Token().public, signature, MESSAGE)


def test_a_signature_is_of_no_key_that_is_none() -> None:
    *_, made = strings(Token().sign(MESSAGE)[10:], 5)

    assert not fido.holds(b"rubbish", made, MESSAGE)
    assert not fido.holds(raw(KEY.public_key()), made, MESSAGE)


def test_a_blob_may_have_512_octets_and_no_more() -> None:
    bare = attrs.evolve(Token(), application=b"a").public
    longest = attrs.evolve(Token(), application=b"a" * (513 - len(bare)))

    assert fido.parts(longest.public) == (raw(KEY.public_key()), longest.application)
    assert fido.parts(attrs.evolve(longest, application=longest.application + b"a").public) is None


def test_its_id_is_the_fingerprint_that_openssh_prints(tmp_path: Path) -> None:
    (tmp_path / "id.pub").write_text(public_line(Token().public) + "\n")
    printed = subprocess.run(
        ["ssh-keygen", "-l", "-f", "id.pub"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.split()[1] == key_id(Token().public)
    assert key_id(Token().public) != key_id(raw(KEY.public_key()))


def test_one_key_of_low_order_or_in_a_second_spelling_is_none() -> None:
    small = next(p for n in range(256) if low_order(p := bytes([n]) + bytes(31)))
    for octets in (
        string(fido.KIND) + string(small) + string(b"ssh:"),
        string(fido.KIND) + string(b"k" * 31) + string(b"ssh:"),
        Token().public + b"\x00",
        string(b"sk-ecdsa-sha2-nistp256@openssh.com") + Token().public[30:],
        string(fido.KIND) + string(raw(KEY.public_key())) + string(b"a" * 600),
    ):
        assert fido.parts(octets) is None
        with pytest.raises(ConfigurationError):
            parse(policy([f"sk-ssh-ed25519@openssh.com {base64.b64encode(octets).decode()}"]))


def line(kind: bytes, octets: bytes) -> str:
    return f"{kind.decode()} {base64.b64encode(octets).decode()} a comment"


def test_a_line_is_of_the_key_that_it_names_and_of_no_other() -> None:
    plain, bare = b"ssh-ed25519", raw(KEY.public_key())
    on_token = Token().public

    assert sshsig.public_of(line(plain, string(plain) + string(bare))) == bare
    assert sshsig.public_of(line(fido.KIND, on_token)) == on_token
    for kind, octets in (
        (plain, on_token),
        (plain, string(b"ssh-ed448") + string(bare)),
        (plain, string(plain) + string(bare[:31])),
        (plain, string(plain) + string(bare + b"\x00")),
        (b"ssh-ed448", string(plain) + string(bare)),
        (b"ssh-ed448", string(b"ssh-ed448") + string(bare)),
        (fido.KIND, string(plain) + string(bare)),
        (fido.KIND, string(fido.KIND) + string(bare[:31]) + string(b"ssh:")),
    ):
        assert sshsig.public_of(line(kind, octets)) is None
    blob = base64.b64encode(string(plain) + string(bare)).decode()
    for text in (
        "",
        "ssh-ed25519",
        f"ssh-ed25519 {blob[:9]}!{blob[9:]}",
        f"ssh-ed25519 {blob[:-1]}",
    ):
        assert sshsig.public_of(text) is None


def policy(keys: list[str]) -> str:
    listed = ", ".join(f'"{key}"' for key in keys)
    return (
        f"version = 1\n[root]\nthreshold = 1\nkeys = [{listed}]\n"
        f'[principals.ana]\nkeys = [{listed}]\nactor = "{ANA}"\n'
    )


class TestWhatItLends:
    def delegation(self, made: Any) -> tuple[Delegation, bytes]:
        session = Session(made, Actor(id=ANA), "risk")
        return session.introduce("a", datetime.now(UTC), None)

    def test_a_session_is_introduced_by_it(self) -> None:
        record, envelope = self.delegation(Token())

        found = Authenticator(lambda _: []).authenticate(envelope)
        assert found.custody is not None
        assert (found.custody.verified, found.custody.fault) == (True, None)
        assert found.custody.identity_key == key_id(Token().public)
        assert bytes.fromhex(record.identity_key) == Token().public
        assert ids([envelope]) == []

    @pytest.mark.parametrize("name", [*FORGED, "untouched"])
    def test_no_session_is_introduced_by_a_forgery(self, name: str) -> None:
        made = Token(flags=0) if name == "untouched" else FORGED[name]
        _, envelope = self.delegation(made)

        custody = Authenticator(lambda _: []).authenticate(envelope).custody
        assert custody is not None and not custody.verified

    def test_a_session_cannot_have_its_key_on_one(self) -> None:
        from answerable import statement
        from answerable.signing import Envelope

        record, _ = self.delegation(Token())
        assert record.emission is not None
        forged = attrs.evolve(
            record,
            session_key=Token().public.hex(),
            emission=attrs.evolve(record.emission, key_id=key_id(Token().public)),
        )
        payload = statement.to_bytes(forged)
        signed = Envelope.sign(payload, [(key_id(Token().public), Token())]).to_bytes()
        custody = Authenticator(lambda _: []).authenticate(signed).custody

        assert custody is not None and not custody.verified

    def test_a_policy_is_signed_by_it_and_names_it_either_way(self) -> None:
        line, name = public_line(Token().public), key_id(Token().public)
        written, short = parse(policy([line + " ana@laptop"])), parse(policy([name]))

        assert written.principals[0].keys == short.principals[0].keys == (name,)
        assert endorsers("text", [endorse("text", Token())]) == {name}
        for made in (*FORGED.values(), Token(flags=0)):
            assert endorsers("text", [endorse("text", made)]) == set()
        assert [*allowed_signers(written, {})] == [
            f'ana@bank.example namespaces="answerable" {line}'
        ]


class TestARealToken:
    """Signed by the real ssh-keygen with OpenSSH's own token, in software: hardware has another library."""

    @pytest.fixture
    def own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("SSH_SK_PROVIDER", parts.provider())
        path = tmp_path / "id_ed25519_sk"
        command = ["ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        return path

    def test_what_it_signs_verifies_here(self, own: Path) -> None:
        key = OutsideKey.at(f"ssh:{own}")
        signature = key.sign(MESSAGE)

        assert fido.parts(octets_of(key)) is not None
        assert sshsig.holds(key.public, signature, MESSAGE)
        assert not sshsig.holds(key.public, signature, b"another")

    def test_an_approval_by_it_satisfies_a_policy_that_names_it(
        self, own: Path, tmp_path: Path, home: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        run: Run = running(capfdbinary)
        uri, subject = f"sqlite:///{tmp_path / 'decisions.db'}", "deployment:prod/scores"
        ans.configure(
            ledger=uri, home=home, actor="person:bo@bank.example", accountable="role:head"
        )
        with ans.step("deploy", produced=[subject]), ans.decide("deploy") as d:
            d.consider("half", because="slow")
            d.evidence("report:r@1")
            d.choose("all", because="tried")
        ans.shutdown()
        process.replace(None)
        words = ("--ledger", uri, "--json")
        digest = run("review", subject, *words).json["digest"]
        yes = run(
            *("approve", subject, "--digest", digest, "--meaning", "approval"),
            *("--as", ANA, "--key", str(own), *words),
        )
        assert yes.status == 0, yes.err
        rules = tmp_path / "policy.toml"
        line = own.with_suffix(".pub").read_text().strip()
        rules.write_text(policy([line]) + '[[rule]]\nkind = "approval"\nprincipals = ["ana"]\n')

        def faults() -> list[str]:
            found = run("verify", "--policy", str(rules), *words).json["faults"]
            return [fault["code"] for fault in found if fault["id"] == yes.json["id"]]

        assert faults() == []
        rules.write_text(rules.read_text().replace(line, public_line(Token().public)))
        assert faults() == ["unknown-key"]

    def test_the_command_line_takes_it_into_use_and_shows_it(
        self, own: Path, home: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        run: Run = running(capfdbinary)
        assert run("keys", "use", f"ssh:{own}", "--actor", ANA).status == 0
        (listed,) = [k for k in run("keys", "list", "--json").json if k["principal"] == ANA]

        assert listed["ssh"] == " ".join(own.with_suffix(".pub").read_text().split()[:2])
        assert listed["pem"] is None
        assert run("keys", "show", listed["key_id"], "--pem").status == 2
