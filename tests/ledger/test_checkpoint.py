"""Checkpoints are C2SP signed notes: one spelling, one signer, one meaning."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import MalformedError
from answerable.ledger import Checkpoint, LogVerifier
from answerable.ledger.checkpoint import MAX_NOTE, LogSigner, parse

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ORIGIN = "answerable.example.org/log/1"
VERIFIER = LogVerifier.of(ORIGIN, KEY)
CHECKPOINT = Checkpoint(ORIGIN, 20852163, bytes(range(32)))
NOTE = CHECKPOINT.sign(KEY)

# The example of Go's golang.org/x/mod/sumdb/note, whose format C2SP signed-note describes.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_TEXT = (
    b"If you think cryptography is the answer to your problem,\n"
    b"then you don't know what your problem is.\n"
)
NEUMANN_MARK = base64.b64decode(
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)


def _signed(body: str) -> bytes:
    mark = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + VERIFIER.public).digest()[:4]
    blob = base64.b64encode(mark + KEY.sign(body.encode())).decode()
    return f"{body}\n\N{EM DASH} {ORIGIN} {blob}\n".encode()


origins = st.from_regex(r"[a-z0-9.]{1,20}(/[a-z0-9]{1,10})?", fullmatch=True)
checkpoints = st.builds(
    Checkpoint, origins, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32)
)


def test_the_published_example_of_a_verifier_key_is_read_and_its_note_verifies() -> None:
    verifier = LogVerifier.from_vkey(NEUMANN)

    assert verifier.origin == "PeterNeumann"
    assert verifier.vkey() == NEUMANN
    assert NEUMANN_MARK[:4].hex() == "c74f20a3"
    Ed25519PublicKey.from_public_bytes(verifier.public).verify(NEUMANN_MARK[4:], NEUMANN_TEXT)


def test_the_note_is_what_the_specification_says() -> None:
    lines = NOTE.decode().split("\n")
    dash, name, mark = lines[4].split(" ")
    public = VERIFIER.public

    # https://c2sp.org/tlog-checkpoint: origin, size in decimal, root in base64.
    assert lines[:4] == [ORIGIN, "20852163", base64.b64encode(bytes(range(32))).decode(), ""]
    # https://c2sp.org/signed-note: an em dash, the key's name, its hash and the signature.
    assert (dash, name, lines[5:]) == ("\N{EM DASH}", ORIGIN, [""])
    key_hash = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
    assert base64.b64decode(mark)[:4] == key_hash
    KEY.public_key().verify(base64.b64decode(mark)[4:], NOTE[: NOTE.index(b"\n\n") + 1])


@given(checkpoints)
def test_a_checkpoint_opens_as_it_was_signed(checkpoint: Checkpoint) -> None:
    note = checkpoint.sign(KEY)

    assert LogVerifier.of(checkpoint.origin, KEY).open(note) == checkpoint
    assert parse(note)[0] == checkpoint


def test_every_flipped_bit_is_refused() -> None:
    for place in range(len(NOTE)):
        for bit in range(8):
            flipped = bytearray(NOTE)
            flipped[place] ^= 1 << bit
            with pytest.raises(MalformedError):
                VERIFIER.open(bytes(flipped))


@given(st.data())
def test_every_cut_insertion_or_exchange_is_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(NOTE)))
    end = data.draw(st.integers(start, len(NOTE)))
    mutant = NOTE[:start] + data.draw(st.binary(max_size=4)) + NOTE[end:]

    if mutant != NOTE:
        with pytest.raises(MalformedError):
            VERIFIER.open(mutant)


@given(checkpoints)
def test_a_note_of_another_log_or_key_is_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(MalformedError, match="another log"):
        VERIFIER.open(checkpoint.sign(KEY))
    with pytest.raises(MalformedError, match=r"^the checkpoint is not signed by this log's key$"):
        VERIFIER.open(Checkpoint(ORIGIN, checkpoint.size, checkpoint.root).sign(OTHER))


def test_lines_of_witnesses_are_passed_over_and_handed_on() -> None:
    cosigned = NOTE + "\N{EM DASH} witness.example.org/w dGVzdHRlc3Q=\n".encode()

    assert VERIFIER.open(cosigned) == CHECKPOINT
    assert [name for name, _ in parse(cosigned)[1]] == [ORIGIN, "witness.example.org/w"]


def test_a_signature_moved_to_another_checkpoint_is_refused() -> None:
    larger = Checkpoint(ORIGIN, CHECKPOINT.size + 1, CHECKPOINT.root)
    moved = larger.body() + NOTE[NOTE.index(b"\n\n") + 1 :]

    with pytest.raises(MalformedError, match=r"^the checkpoint's signature does not verify$"):
        VERIFIER.open(moved)


@pytest.mark.parametrize(
    "size", ["-1", "+1", "01", "1 ", "1_0", "1.0", "", "x", str(2**63), "9" * 5000]
)
def test_a_size_that_is_no_plain_number_is_refused(size: str) -> None:
    body = f"{ORIGIN}\n{size}\n{base64.b64encode(bytes(32)).decode()}\n"

    with pytest.raises(MalformedError, match="not a checkpoint"):
        parse(_signed(body))


@pytest.mark.parametrize(
    "root", ["", "AA==", base64.b64encode(bytes(31)).decode(), "A" * 42 + "B="]
)
def test_a_root_that_is_not_32_bytes_in_base64_is_refused(root: str) -> None:
    with pytest.raises(MalformedError, match="not a checkpoint"):
        parse(_signed(f"{ORIGIN}\n1\n{root}\n"))


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        b"\xff\xff",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace(b"\n", b"\r\n"),
        NOTE.replace(ORIGIN.encode(), b"", 1),
        NOTE.replace(b"\n\n", b"\nan extension\n\n"),
        NOTE.replace("\N{EM DASH}".encode(), b"-"),
        NOTE + b"a" * MAX_NOTE,
    ],
)
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(MalformedError, match="not a checkpoint"):
        parse(note)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_checkpoint_or_a_malformed_error(note: bytes) -> None:
    with pytest.raises(MalformedError):
        VERIFIER.open(note)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+c74f20a3",
        NEUMANN.replace("PeterNeumann", "Somebody"),
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("c74f20a3", "C74F20A3"),
        NEUMANN[:-1],
        NEUMANN + "=",
        NEUMANN.replace("+ARpc", "+AhpC"),
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(MalformedError, match="not a log verifier key"):
        LogVerifier.from_vkey(vkey)


def test_a_verifier_key_of_low_order_is_refused() -> None:
    weak = LogVerifier(ORIGIN, bytes([1, *[0] * 31]))

    with pytest.raises(MalformedError, match="can be trusted"):
        LogVerifier.from_vkey(weak.vkey())


_LINE = NOTE.partition(b"\n\n")[2]
_SIGNED = base64.b64decode(_LINE.split(b" ")[2])


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (NOTE + _LINE * (MAX_NOTE // len(_LINE)), "too long"),
        (NOTE[:-1], "no end of line"),
        (NOTE.replace("\N{EM DASH}".encode(), b"-"), "a line that is not a signature"),
        (NOTE[:-2] + b"\n", "Incorrect padding"),
        (_signed(f"{ORIGIN}\n01\n{'A' * 43}=\n"), "not in its canonical form"),
        (_signed(f"{ORIGIN}\n1\nAA==\n"), "not in its canonical form"),
        (_signed(f"\n1\n{'A' * 43}=\n"), "no name, or a size that is none"),
        (_signed(f"{ORIGIN}\n{2**63}\n{'A' * 43}=\n"), "no name, or a size that is none"),
    ],
)
def test_why_it_is_no_checkpoint_is_said(note: bytes, why: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parse(note)

    assert refused.value.message.startswith(f"not a checkpoint: {why}")


def test_a_note_of_16_384_octets_is_read_and_one_more_is_not() -> None:
    dash = "\N{EM DASH}".encode()
    spare = MAX_NOTE - len(NOTE)
    name = b"w" * (spare - len(dash + b"  AA==\n"))
    longest = NOTE + dash + b" " + name + b" AA==\n"

    assert len(longest) == MAX_NOTE
    assert VERIFIER.open(longest) == CHECKPOINT
    with pytest.raises(MalformedError, match="too long"):
        parse(longest.replace(name, name + b"w"))


@pytest.mark.parametrize("size", [0, 1, 2**63 - 1])
def test_the_smallest_and_the_largest_size_are_sizes(size: int) -> None:
    assert parse(Checkpoint(ORIGIN, size, bytes(32)).sign(KEY))[0].size == size


def test_a_signature_in_a_second_spelling_is_refused() -> None:
    """The last character of its base64 has bits that no octet takes."""
    blob = base64.b64encode(_SIGNED).decode()
    assert blob.endswith("=") and blob[-2] not in "=/"
    other = blob[:-2] + chr(ord(blob[-2]) + 1) + "="
    assert base64.b64decode(other) == _SIGNED

    with pytest.raises(
        MalformedError, match=r"^not a checkpoint: a signature in a second spelling$"
    ):
        parse(NOTE.replace(_LINE.split(b" ")[2].strip(), other.encode()))


def test_a_signer_says_by_what_its_notes_are_verified() -> None:
    signer = LogSigner.of(ORIGIN, KEY)

    assert signer.verifier == VERIFIER
    assert VERIFIER.open(signer.sign(CHECKPOINT)) == CHECKPOINT


@pytest.mark.parametrize(
    ("vkey", "why"),
    [
        ("a+b", "not enough values"),
        (VERIFIER.vkey()[:-4] + "AAA=", ""),
        (f"{ORIGIN}+00000000+{VERIFIER.vkey().split('+', 2)[2]}", ": its hash is not its own"),
        (
            f"{ORIGIN}+00000000+{base64.b64encode(b'x' * 33).decode()}",
            ": not an Ed25519 key that can be trusted",
        ),
        (
            f"{ORIGIN}+00000000+{base64.b64encode(bytes([1]) + bytes(32)).decode()}",
            "not an Ed25519",
        ),
    ],
)
def test_why_it_is_no_logs_key_is_said(vkey: str, why: str) -> None:
    with pytest.raises(MalformedError) as refused:
        LogVerifier.from_vkey(vkey)

    assert refused.value.message.startswith("not a log verifier key: ")
    assert why in refused.value.message
