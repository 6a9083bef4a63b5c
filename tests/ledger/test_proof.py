"""A proof of inclusion as a file, and everything that is none."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import MalformedError
from answerable.ledger import InclusionProof, Ledger, LogVerifier
from answerable.ledger.proof import MAX_PROOF

SIZE = 11


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[LogVerifier, list[InclusionProof]]:
    folder = tmp_path_factory.mktemp("log")
    ledger = Ledger.open_or_create(str(folder / "a.db"), folder / "home")
    ledger.append_all([b"entry %d" % n for n in range(SIZE)])
    note = ledger.checkpoint()
    proofs = [InclusionProof(n, tuple(ledger.inclusion(n, SIZE)), note) for n in range(SIZE)]
    ledger.close()
    return ledger.verifier, proofs


Log = tuple[LogVerifier, list[InclusionProof]]


def test_it_reads_back_and_holds_for_its_own_entry_alone(log: Log) -> None:
    verifier, proofs = log
    for number, proof in enumerate(proofs):
        again = InclusionProof.from_bytes(proof.to_bytes())
        assert again == proof
        assert again.check(b"entry %d" % number, verifier).size == SIZE
        for other in {*range(SIZE)} - {number}:
            with pytest.raises(MalformedError, match="does not prove"):
                again.check(b"entry %d" % other, verifier)


def test_it_is_in_the_form_of_the_specification(log: Log) -> None:
    _, proofs = log
    head, _, note = proofs[3].to_bytes().partition(b"\n\n")
    lines = head.decode().split("\n")

    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 3"]
    assert [base64.b64decode(line) for line in lines[2:]] == [*proofs[3].path]
    assert note == proofs[3].note


def test_another_logs_key_is_not_enough(log: Log, tmp_path: Path) -> None:
    _, proofs = log
    other = Ledger.open_or_create(str(tmp_path / "b.db"), tmp_path / "home")
    other.close()

    with pytest.raises(MalformedError, match="another log"):
        proofs[0].check(b"entry 0", other.verifier)


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_byte_of_it_can_be_changed(log: Log, at: int, by: int) -> None:
    verifier, proofs = log
    data = bytearray(proofs[5].to_bytes())
    data[at % len(data)] ^= by
    with pytest.raises(MalformedError):
        InclusionProof.from_bytes(bytes(data)).check(b"entry 5", verifier)


@pytest.mark.parametrize(
    "changed",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"\n",
        lambda data: data.replace(b"index 5", b"index 05"),
        lambda data: data.replace(b"index 5", b"index +5"),
        lambda data: data.replace(b"index 5", b"index 5 "),
        lambda data: data.replace(b"index 5", b"extra QQ==\nindex 5"),
        lambda data: data.replace(b"@v1", b"@v2"),
        lambda data: data.replace(b"\n\n", b"\nAAAA\n\n", 1),
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data + b"x" * 70_000,
        lambda data: data.replace(b"index 5", b"index " + b"9" * 40),
    ],
)
def test_another_spelling_is_refused(log: Log, changed: object) -> None:
    _, proofs = log
    assert callable(changed)
    with pytest.raises(MalformedError):
        InclusionProof.from_bytes(changed(proofs[5].to_bytes()))


@given(st.binary(max_size=200))
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        InclusionProof.from_bytes(data)


def test_why_it_is_no_proof_is_said(log: Log) -> None:
    whole = log[1][3].to_bytes()
    first = whole.split(b"\n")[2]
    for data, why in (
        (whole + b"\n" * 65_536, "too long"),
        (whole.replace(b"@v1", b"@v2", 1), "another format"),
        (whole.replace(b"index 3", b"index 03", 1), "another format"),
        (whole.replace(first, first[:-4], 1), "not in its one spelling"),
        (whole.replace(first, b"!" + first, 1), ""),
    ):
        with pytest.raises(MalformedError) as refused:
            InclusionProof.from_bytes(data)
        assert refused.value.message.startswith(f"not a proof of inclusion: {why}")


def test_65_535_octets_are_a_proof_and_one_more_are_not(log: Log) -> None:
    note = log[1][0].note
    steps = (bytes(32),) * ((MAX_PROOF - len(note) - 200) // 45)
    dash = "\N{EM DASH}".encode()
    spare = MAX_PROOF - len(InclusionProof(0, steps, note).to_bytes())
    name = b"w" * (spare - len(dash + b"  AA==\n"))
    # What is left is a witness's line of that length.
    whole = InclusionProof(0, steps, note + dash + b" " + name + b" AA==\n").to_bytes()

    assert len(whole) == MAX_PROOF
    assert InclusionProof.from_bytes(whole).to_bytes() == whole
    with pytest.raises(MalformedError, match="too long"):
        InclusionProof.from_bytes(whole.replace(name, name + b"w"))
