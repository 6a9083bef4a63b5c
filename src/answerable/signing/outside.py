"""Identity keys that are kept elsewhere: by OpenSSH, in a file of its own or its agent, or behind one of
securesystemslib's signer URIs (a file, a Vault, a KMS). They sign delegations and policies; records are
signed by session keys.

`ssh:PATH` names a private key, or with `.pub` a public one whose private half the agent holds. Whatever
else has a scheme is a URI for `securesystemslib.signer.Signer.from_priv_key_uri`.
"""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from answerable import late
from answerable.errors import ConfigurationError, MissingExtraError
from answerable.signing import fido
from answerable.signing.ed25519 import verifies
from answerable.signing.keys import raw
from answerable.signing.sshsig import NAMESPACE, holds, public_of

SSH: Final = "ssh:"
# A person may have to touch something, or to type.
_SECONDS: Final = 120.0


@attrs.frozen
class OutsideKey:
    """A key that signs elsewhere, and its public half: 32 octets, or those of a key on a FIDO token."""

    address: str
    public: bytes

    @classmethod
    def at(cls, address: str, public: Path | None = None) -> OutsideKey:
        """The key at an address. `public` is its public half: needed (PEM) where the address is a
        signer URI. Raises `ConfigurationError`, `MissingExtraError`."""
        if address.startswith(SSH):
            return cls(address, _ssh_public(Path(address.removeprefix(SSH)).expanduser()))
        if ":" not in address or public is None:
            raise ConfigurationError(
                f"not a key that is kept elsewhere: {address.partition(':')[0]:.40}",
                hint="write ssh:~/.ssh/id_ed25519, or a signer URI with --public FILE.pem",
            )
        _securesystemslib()
        return cls(address, _pem_public(public))

    def public_key(self) -> Ed25519PublicKey:
        """Its public half: of a key on a FIDO token, the Ed25519 key in it."""
        on_token = fido.parts(self.public)
        return Ed25519PublicKey.from_public_bytes(on_token[0] if on_token else self.public)

    def sign(self, data: bytes, /) -> bytes:
        """A signature over `data`: as SSHSIG where OpenSSH makes it, else its 64 octets. Raises
        `ConfigurationError` where the key cannot be had, or is another."""
        if self.address.startswith(SSH):
            return self._by_ssh(data)
        return self._by_uri(data)

    def _by_ssh(self, data: bytes) -> bytes:
        path = Path(self.address.removeprefix(SSH)).expanduser()
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(path)]
        try:
            made = subprocess.run(
                command, input=data, capture_output=True, check=True, timeout=_SECONDS
            )
        except FileNotFoundError:
            raise ConfigurationError("there is no ssh-keygen", hint="install OpenSSH") from None
        except subprocess.TimeoutExpired:
            raise ConfigurationError(f"{path} did not sign within {_SECONDS:.0f} s") from None
        except subprocess.CalledProcessError as error:
            told = " ".join(error.stderr.decode("utf-8", "replace").split())
            raise ConfigurationError(
                f"{path} did not sign: {told:.200}",
                hint="an encrypted key signs through the agent: ssh-add, then name the .pub file",
            ) from None
        lines = made.stdout.decode("ascii", "replace").strip().splitlines()
        signature = base64.b64decode("".join(lines[1:-1]))
        if not holds(self.public, signature, data):
            raise ConfigurationError(f"{path} is another key by now", hint="answerable keys use")
        return signature

    def _by_uri(self, data: bytes) -> bytes:
        signer = _securesystemslib()
        kind = self.address.partition(":")[0]
        key = signer.SSlibKey.from_crypto(self.public_key())
        try:
            found = signer.Signer.from_priv_key_uri(self.address, key).sign(data)
            signature = bytes.fromhex(found.signature)
        # What a KMS's own client raises is known to nobody beforehand; its words may hold a secret.
        except Exception as error:  # noqa: BLE001
            what = type(error).__name__
            raise ConfigurationError(f"the key at {kind}: did not sign ({what})") from None
        if not verifies(self.public, signature, data):
            raise ConfigurationError(f"the key at {kind}: is another than was named")
        return signature


def _ssh_public(path: Path) -> bytes:
    public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        line = public.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise ConfigurationError(f"cannot read {public}: {error.strerror}") from None
    found = public_of(line)
    if found is None:
        kind = line.partition(" ")[0]
        raise ConfigurationError(
            f"{public} is a key of the kind {kind:.30}, not an Ed25519 key",
            hint="ssh-keygen -t ed25519 makes one, -t ed25519-sk on a FIDO token",
        )
    return found


def _pem_public(path: Path) -> bytes:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} is no public key in PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(
            f"{path} is not an Ed25519 key", hint="records are signed with Ed25519 only"
        )
    return raw(key)


def _securesystemslib() -> ModuleType:
    try:
        with late.importing:
            from securesystemslib import signer
    except ImportError:
        raise MissingExtraError("kms", "a key behind a signer URI") from None
    return signer
