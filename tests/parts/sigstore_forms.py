"""The forms that a Sigstore's certificates and logs have: X.509 as Fulcio profiles it, and RFC 6962's tree."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FULCIO: Final = "1.3.6.1.4.1.57264.1"
OLD: Final = timedelta(days=365)
Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    """On the curve that Sigstore's own keys are on."""
    return ec.generate_private_key(ec.SECP256R1())


def rekord(signature: bytes, message: bytes, pem: bytes) -> dict[str, Any]:
    """A `hashedrekord` of the log, version 0.0.1."""
    digest = hashlib.sha256(message).hexdigest()
    return {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": digest}},
            "signature": {
                "content": base64_of(signature),
                "publicKey": {"content": base64_of(pem)},
            },
        },
    }


def authority(name: str, key: Key, issuer: str, by: Key) -> x509.Certificate:
    begins = datetime.now(UTC) - OLD
    return (
        x509.CertificateBuilder()
        .subject_name(distinguished(name))
        .issuer_name(distinguished(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + 10 * OLD)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(used_for(key_cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
        .sign(by, hashes.SHA256())
    )


def distinguished(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def named(identity: str) -> x509.GeneralName:
    if "://" in identity:
        return x509.UniformResourceIdentifier(identity)
    return x509.RFC822Name(identity)


def used_for(**used: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**(dict.fromkeys(names, False) | used))


def said(number: int, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{FULCIO}.{number}"), value)


def length(data: bytes) -> bytes:
    """As DER has it."""
    if len(data) < 128:
        return bytes([len(data)])
    octets = len(data).to_bytes(2, "big").lstrip(b"\0")
    return bytes([0x80 | len(octets)]) + octets


def tree(leaves: list[bytes], index: int) -> tuple[bytes, list[bytes]]:
    """The root over the leaves and the path to one of them (RFC 6962, 2.1)."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest(), []
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = leaves[:half], leaves[half:]
    if index < half:
        inner, path = tree(left, index)
        other, _ = tree(right, 0)
        return hashlib.sha256(b"\1" + inner + other).digest(), [*path, other]
    inner, path = tree(right, index - half)
    other, _ = tree(left, 0)
    return hashlib.sha256(b"\1" + other + inner).digest(), [*path, other]


def log(url: str, key: Key, since: dict[str, str]) -> dict[str, Any]:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": base64_of(spki(key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": since,
        },
        "logId": {"keyId": base64_of(key_id(key))},
    }


def sign(key: Key, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def spki(key: Key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_id(key: Key) -> bytes:
    return hashlib.sha256(spki(key)).digest()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()
