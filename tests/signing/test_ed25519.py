"""One rule says which Ed25519 signatures hold; the edge cases of others' specifications agree.

The vectors in speccheck.json are those of Chalkias, Garillot and Nikolaenko, "Taming the many
EdDSAs" (SSR 2020, https://eprint.iacr.org/2020/1244), as published with it:
https://github.com/novifinancial/ed25519-speccheck, cases.json.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.signing import ed25519
from answerable.signing.ed25519 import verifies
from answerable.signing.keys import raw
from tests.signing.curve import NEUTRAL, P, add, encodings, multiple, small_order_points, x_of

CASES = json.loads((Path(__file__).parent / "speccheck.json").read_text(encoding="utf-8"))
L = 2**252 + 27742317777372353535851937790883648493
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)
# Point of mixed order in both A and R, where the equation holds without the cofactor too.
HOLDS = {6}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = raw(KEY.public_key())


def by_the_book(public: bytes, signature: bytes, message: bytes) -> bool:
    """The rule as it is written down, in plain integers."""
    a, r = decoded(public), decoded(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or {a, r} & small_order_points():
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(digest, "little") % L
    return multiple(BASE, s) == add(r, multiple(a, k))


def decoded(data: bytes) -> tuple[int, int] | None:
    """The point, if that is its one encoding (RFC 8032 section 5.1.3)."""
    value = int.from_bytes(data, "little")
    y, sign = value & ~(1 << 255), value >> 255
    x = x_of(y)
    if x is None or y >= P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_published_edge_cases_hold_or_do_not(number: int) -> None:
    case = CASES[number]
    given = [bytes.fromhex(case[name]) for name in ("pub_key", "signature", "message")]

    assert verifies(*given) is (number in HOLDS)
    assert by_the_book(*given) is (number in HOLDS)


def test_openssl_takes_some_of_them_which_is_why_the_rule_is_ours() -> None:
    taken = set()
    for number, case in enumerate(CASES):
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["pub_key"]))
        try:
            key.verify(bytes.fromhex(case["signature"]), bytes.fromhex(case["message"]))
            taken.add(number)
        except InvalidSignature:
            pass

    assert taken > HOLDS


def test_under_every_key_of_low_order_nothing_holds() -> None:
    for point in small_order_points():
        for public in encodings(point):
            for r in encodings(NEUTRAL):
                assert not verifies(public, r + bytes(32), b"anything")


def test_r_of_low_order_is_refused_although_the_signer_could_make_it() -> None:
    """R = 0 and S = k a: whoever holds the key can sign so, and by it names every message alike."""
    seed = hashlib.sha512(bytes(range(32))).digest()[:32]
    clamped = (int.from_bytes(seed, "little") & ~7 & ~(1 << 255)) | 1 << 254
    r = (1).to_bytes(32, "little")
    k = int.from_bytes(hashlib.sha512(r + PUBLIC + b"m").digest(), "little") % L
    signature = r + (k * clamped % L).to_bytes(32, "little")

    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, b"m")  # OpenSSL says yes
    assert not verifies(PUBLIC, signature, b"m")


def test_a_second_spelling_of_s_is_refused() -> None:
    signature = KEY.sign(b"m")
    s = int.from_bytes(signature[32:], "little")

    for more in range(1, 8):
        spelled = signature[:32] + (s + more * L).to_bytes(32, "little")
        assert not verifies(PUBLIC, spelled, b"m")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_openssl_signed_holds_and_no_bit_of_it_may_change(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = raw(key.public_key()), key.sign(message)

    assert verifies(public, signature, message)
    for place in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not verifies(public, bytes(changed), message)
    assert not verifies(public, signature, message + b"x")


@given(st.binary(max_size=70), st.binary(max_size=70), st.binary(max_size=10))
def test_octets_of_any_number_are_refused_and_nothing_else(
    public: bytes, signature: bytes, message: bytes
) -> None:
    assert verifies(public, signature, message) is False
    assert verifies(PUBLIC, signature, message) is False
    assert verifies(public, KEY.sign(message), message) is False


def test_what_is_refused_for_its_form_no_library_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A build of the library that says yes to everything changes nothing about it."""
    monkeypatch.setattr(ed25519, "crypto_sign_open", lambda *_: b"")
    signature = KEY.sign(b"m")
    low = small_order_points()

    assert verifies(PUBLIC, signature, b"another message"), "it says yes to everything"
    for s in (L, L + 1, 2**255, 2**256 - 1):
        assert not verifies(PUBLIC, signature[:32] + s.to_bytes(32, "little"), b"m")
    assert verifies(PUBLIC, signature[:32] + (L - 1).to_bytes(32, "little"), b"m")
    for octets in (data for point in low for data in encodings(point)):
        assert not verifies(octets, signature, b"m")
        assert not verifies(PUBLIC, octets + signature[32:], b"m")
    for y in (P, P + 2, P + 18, 2**255 - 1):
        for sign in (0, 1 << 255):
            assert not verifies((y | sign).to_bytes(32, "little"), signature, b"m")
    for length in (0, 31, 33):
        assert not verifies(PUBLIC.ljust(33, b"\0")[:length], signature, b"m")
    for length in (0, 63, 65):
        assert not verifies(PUBLIC, signature.ljust(65, b"\0")[:length], b"m")
