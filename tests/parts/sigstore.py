"""A Sigstore of one's own: a certificate authority, a certificate log and a transparency log, each with keys
made here, and what they hand out. The certificates (X.509, with Fulcio's extensions), the signed timestamp
in them (RFC 6962), the log's tree, checkpoint and promise are real; who asks for a certificate is believed.

Each argument that is not as it should be is another attack.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import attrs
import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.parts.sigstore_forms import (
    OLD,
    Key,
    authority,
    base64_of,
    key_id,
    length,
    log,
    named,
    new_key,
    rekord,
    said,
    sign,
    spki,
    tree,
    used_for,
)

ISSUER: Final = "https://accounts.example.org"
ANA: Final = "ana@bank.example"
NAME: Final = f"sigstore:{ISSUER}#{ANA}"
ORIGIN: Final = "rekor.example.org - 4242"
_SCT: Final = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_LIFE: Final = timedelta(minutes=10)


@attrs.frozen(kw_only=True)
class Certified:
    """A certificate, and the key that it is for."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@attrs.define
class Sigstore:
    """The three, and the entries of its log."""

    root_key: Key = attrs.field(factory=new_key)
    ca_key: Key = attrs.field(factory=new_key)
    ct_key: Key = attrs.field(factory=new_key)
    log_key: Key = attrs.field(factory=new_key)
    entries: list[bytes] = attrs.field(factory=lambda: [b"one", b"two", b"three"])
    root: x509.Certificate = attrs.field(init=False)
    ca: x509.Certificate = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.root = authority("a root", self.root_key, "a root", self.root_key)
        self.ca = authority("a Fulcio", self.ca_key, "a root", self.root_key)

    def certify(
        self,
        identity: str = ANA,
        issuer: str = ISSUER,
        *,
        at: datetime | None = None,
        key: Key | None = None,
        public: Any = None,
        sct: bool = True,
        ct_key: Key | None = None,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING,
        also: tuple[str, ...] = (),
    ) -> Certified:
        """As Fulcio would after it has seen the identity's token."""
        begins = (at or datetime.now(UTC)).replace(microsecond=0)
        key = key or new_key()
        names = [named(each) for each in (identity, *also)]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.ca.subject)
            .public_key(public or key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + _LIFE)
            .add_extension(used_for(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(said(1, issuer.encode()), critical=False)
            .add_extension(
                said(8, b"\x0c" + length(issuer.encode()) + issuer.encode()), critical=False
            )
        )
        if sct:
            bare = builder.sign(self.ca_key, hashes.SHA256())
            listed = self._timestamp(bare.tbs_certificate_bytes, begins, ct_key or self.ct_key)
            builder = builder.add_extension(
                x509.UnrecognizedExtension(_SCT, listed), critical=False
            )
        return Certified(certificate=builder.sign(self.ca_key, hashes.SHA256()), key=key)

    def enter(self, body: dict[str, Any], at: datetime, key: Key | None = None) -> dict[str, Any]:
        """The log's entry of that body, as a bundle has it."""
        data = rfc8785.dumps(body)
        self.entries.append(data)
        index, size = len(self.entries) - 1, len(self.entries)
        top, path = tree(self.entries, index)
        log_id = key_id(self.log_key)
        promised: dict[str, Any] = {
            "body": base64_of(data),
            "integratedTime": int(at.timestamp()),
            "logID": log_id.hex(),
            "logIndex": index,
        }
        note = f"{ORIGIN}\n{size}\n{base64_of(top)}\n"
        signer = key or self.log_key
        signed = log_id[:4] + sign(signer, note.encode())
        return {
            "logIndex": str(index),
            "logId": {"keyId": base64_of(log_id)},
            "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "integratedTime": str(int(at.timestamp())),
            "inclusionPromise": {
                "signedEntryTimestamp": base64_of(sign(signer, rfc8785.dumps(promised)))
            },
            "inclusionProof": {
                "logIndex": str(index),
                "rootHash": base64_of(top),
                "treeSize": str(size),
                "hashes": [base64_of(each) for each in path],
                "checkpoint": {
                    "envelope": f"{note}\n\u2014 {ORIGIN.split()[0]} {base64_of(signed)}\n"
                },
            },
            "canonicalizedBody": base64_of(data),
        }

    def bundle(
        self,
        message: bytes,
        certified: Certified | None = None,
        *,
        at: datetime | None = None,
        entered: bytes | None = None,
        log_key: Key | None = None,
        **asked: Any,
    ) -> dict[str, Any]:
        """A bundle over the message. `entered` is what the log has instead of it, if it has another."""
        at = at or datetime.now(UTC)
        by = certified or self.certify(at=at, **asked)
        signature = sign(by.key, message)
        known = message if entered is None else entered
        entry = self.enter(
            rekord(sign(by.key, known) if entered is not None else signature, known, by.pem),
            at,
            log_key,
        )
        digest = hashlib.sha256(message).digest()
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {
                    "rawBytes": base64_of(by.certificate.public_bytes(serialization.Encoding.DER))
                },
                "tlogEntries": [entry],
            },
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": base64_of(digest)},
                "signature": base64_of(signature),
            },
        }

    def second(self, message: bytes, by: Certified) -> tuple[dict[str, Any], bytes]:
        """A bundle as the log's second version has it, which promises nothing and knows no time; and the
        signature, for a time-stamping authority."""
        made = self.bundle(message, by)
        signature = base64.b64decode(made["messageSignature"]["signature"])
        verifier = {
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "x509Certificate": made["verificationMaterial"]["certificate"],
        }
        body = {
            "apiVersion": "0.0.2",
            "kind": "hashedrekord",
            "spec": {
                "hashedRekordV002": {
                    "data": made["messageSignature"]["messageDigest"],
                    "signature": {"content": base64_of(signature), "verifier": verifier},
                }
            },
        }
        entry = self.enter(body, datetime.now(UTC))
        del entry["integratedTime"], entry["inclusionPromise"]
        made["verificationMaterial"]["tlogEntries"] = [entry]
        return made, signature

    def trusted_root(self, *stamping: bytes) -> dict[str, Any]:
        """What a verifier is given of it; `stamping` is a time-stamping authority's chain (DER)."""
        since = {"start": (datetime.now(UTC) - OLD).strftime("%Y-%m-%dT%H:%M:%SZ")}
        chain = [
            {"rawBytes": base64_of(each.public_bytes(serialization.Encoding.DER))}
            for each in (self.ca, self.root)
        ]
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log("https://rekor.example.org", self.log_key, since)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "example.org", "commonName": "a Fulcio"},
                    "uri": "https://fulcio.example.org",
                    "certChain": {"certificates": chain},
                    "validFor": since,
                }
            ],
            "ctlogs": [log("https://ctlog.example.org", self.ct_key, since)],
            "timestampAuthorities": [
                {
                    "subject": {"organization": "example.org", "commonName": "an authority"},
                    "certChain": {
                        "certificates": [{"rawBytes": base64_of(each)} for each in stamping]
                    },
                    "validFor": since,
                }
            ]
            if stamping
            else [],
        }

    def trust_config(self, url: str) -> dict[str, Any]:
        """The same with where it signs: everything at one address."""
        since = {"start": "2025-01-01T00:00:00Z"}
        service = [{"url": url, "majorApiVersion": 1, "validFor": since, "operator": "example.org"}]
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root(),
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": service,
                "oidcUrls": service,
                "rekorTlogUrls": service,
                "tsaUrls": [],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaConfig": {"selector": "ANY"},
            },
        }

    def write_root(self, path: Path) -> Path:
        path.write_text(json.dumps(self.trusted_root()))
        return path

    def _timestamp(self, certificate: bytes, at: datetime, key: Key) -> bytes:
        """The extension of one signed certificate timestamp (RFC 6962, 3.2 and 3.3)."""
        issuer = hashlib.sha256(spki(self.ca_key)).digest()
        entry = issuer + len(certificate).to_bytes(3, "big") + certificate
        time = int(at.timestamp() * 1000)
        signed = struct.pack("!BBQH", 0, 0, time, 1) + entry + b"\0\0"
        signature = sign(key, signed)
        made = struct.pack("!B32sQ", 0, key_id(key), time) + b"\0\0" + b"\x04\x03"
        made += len(signature).to_bytes(2, "big") + signature
        listed = len(made).to_bytes(2, "big") + made
        octets = len(listed).to_bytes(2, "big") + listed
        return b"\x04" + length(octets) + octets
