"""A cosignature is C2SP's cosignature/v1, and holds for one witness and one checkpoint only."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import MalformedError
from answerable.ledger import Cosigner, WitnessVerifier
from answerable.ledger.cosignature import named
from answerable.signing.keys import raw
from tests.ledger.logs import Log

KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
NAME = "witness.example.org/w"
SIGNER = Cosigner(NAME, KEY)
LOG = Log([b"a", b"b", b"c"])
TIME = 1_700_000_000


def cosigned(time: int = TIME, size: int = 3) -> bytes:
    return LOG.note(size) + SIGNER.sign(LOG.checkpoint(size), time)


def test_it_is_laid_out_and_signed_as_the_specification_says() -> None:
    # From the text of https://c2sp.org/tlog-cosignature, and nothing of ours.
    body, _, _ = LOG.note(3).partition(b"\n\n")
    message = b"cosignature/v1\ntime 1700000000\n" + body + b"\n"
    public = raw(KEY.public_key())
    mark = hashlib.sha256(NAME.encode() + b"\x0a\x04" + public).digest()[:4]
    blob = mark + TIME.to_bytes(8, "big") + KEY.sign(message)

    line = SIGNER.sign(LOG.checkpoint(3), TIME)

    assert line.decode() == f"\N{EM DASH} {NAME} {base64.b64encode(blob).decode()}\n"
    vkey = f"{NAME}+{mark.hex()}+{base64.b64encode(bytes([4]) + public).decode()}"
    assert SIGNER.verifier.vkey() == vkey
    assert WitnessVerifier.from_vkey(vkey) == SIGNER.verifier


def test_it_says_when_and_the_log_s_own_signature_still_holds() -> None:
    assert SIGNER.verifier.cosigned(cosigned()) == TIME
    assert LOG.verifier.open(cosigned()) == LOG.checkpoint(3)


def test_a_note_without_one_has_none() -> None:
    assert SIGNER.verifier.cosigned(LOG.note(3)) is None


def test_that_of_another_key_or_name_is_none() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)

    assert Cosigner(NAME, other).verifier.cosigned(cosigned()) is None
    assert Cosigner("witness.example.org/x", KEY).verifier.cosigned(cosigned()) is None


def test_it_does_not_hold_for_another_checkpoint() -> None:
    moved = LOG.note(2) + SIGNER.sign(LOG.checkpoint(3), TIME)

    assert SIGNER.verifier.cosigned(moved) is None


def test_a_log_s_signature_is_no_cosignature_and_the_other_way_round() -> None:
    log = LOG.verifier
    posing = WitnessVerifier(log.origin, log.public)

    assert posing.cosigned(LOG.note(3)) is None
    with pytest.raises(MalformedError, match="not an Ed25519 key"):
        type(log).from_vkey(SIGNER.verifier.vkey())
    with pytest.raises(MalformedError, match="not the key of a witness"):
        WitnessVerifier.from_vkey(log.vkey())


@given(st.integers(0, 75), st.integers(0, 7))
def test_no_bit_of_it_can_be_changed(at: int, bit: int) -> None:
    blob = bytearray(base64.b64decode(cosigned().split(b" ")[-1]))
    blob[at] ^= 1 << bit
    line = f"\N{EM DASH} {NAME} {base64.b64encode(blob).decode()}\n".encode()

    assert SIGNER.verifier.cosigned(LOG.note(3) + line) is None


def test_one_that_is_longer_or_shorter_is_none() -> None:
    blob = base64.b64decode(cosigned().split(b" ")[-1])
    for other in (blob + b"\0", blob[:-1], blob[:4], blob[:4] + blob[12:]):
        line = f"\N{EM DASH} {NAME} {base64.b64encode(other).decode()}\n".encode()

        assert SIGNER.verifier.cosigned(LOG.note(3) + line) is None


@pytest.mark.parametrize("time", [0, 253_402_300_800, 2**64 - 1])
def test_a_time_that_no_clock_shows_does_not_count(time: int) -> None:
    assert SIGNER.verifier.cosigned(cosigned(time)) is None


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "witness.example.org",
        SIGNER.verifier.vkey() + "=",
        SIGNER.verifier.vkey().replace("w+", "v+", 1),
        WitnessVerifier("", SIGNER.verifier.public).vkey(),
        WitnessVerifier("a witness", SIGNER.verifier.public).vkey(),
        WitnessVerifier(NAME, bytes(32)).vkey(),
        WitnessVerifier(NAME, b"\x01" + bytes(31)).vkey(),
    ],
)
def test_what_is_no_witness_s_key_is_refused(vkey: str) -> None:
    with pytest.raises(MalformedError, match="not a witness's key"):
        WitnessVerifier.from_vkey(vkey)


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        WitnessVerifier.from_vkey(text)


def test_the_first_second_and_the_last_that_a_date_can_name_are_times() -> None:
    for time in (1, 253_402_300_799):
        assert SIGNER.verifier.cosigned(cosigned(time)) == time


@pytest.mark.parametrize(
    ("vkey", "why"),
    [
        (WitnessVerifier(NAME, bytes(32)).vkey(), "not the key of a witness that can be trusted"),
        (SIGNER.verifier.vkey().replace("w+", "v+", 1), "its hash is not its own"),
        (WitnessVerifier("a witness", SIGNER.verifier.public).vkey(), "its hash is not its own"),
    ],
)
def test_why_it_is_no_witness_s_key_is_said(vkey: str, why: str) -> None:
    with pytest.raises(MalformedError) as refused:
        WitnessVerifier.from_vkey(vkey)

    assert refused.value.message == f"not a witness's key: {why}"


def test_a_plus_belongs_into_no_name_and_may_stand_in_a_key() -> None:
    assert not named("a+b")
    assert named("a-b")
    keys = (
        raw(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key()) for n in range(99)
    )
    spelled = (WitnessVerifier(NAME, public) for public in keys)
    with_plus = next(each for each in spelled if each.vkey().count("+") > 3)

    assert WitnessVerifier.from_vkey(with_plus.vkey()) == with_plus
