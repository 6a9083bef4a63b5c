"""A witness is asked from where it stands, its answer counts if it is its own, and is kept where it is found again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.errors import LedgerError, LedgerRolledBackError, MalformedError
from answerable.ledger import Cosigner, Ledger, Witness, cosigned_notes
from answerable.ledger.witness import request
from answerable.ledger.witnessed import cosign, keep_cosigned

NAME = "witness.example.org/w"
SIGNER = Cosigner(NAME, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
OTHER = Cosigner(NAME, Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))
TIME = 1_700_000_000
Ask = Callable[[bytes], tuple[int, bytes]]


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> Iterator[Ledger]:
    made = Ledger.open_or_create(f"sqlite:///{tmp_path / 'decisions.db'}", home)
    for number in range(5):
        made.append(b"entry %d" % number)
    yield made
    made.close()


@pytest.fixture
def asked() -> list[bytes]:
    return []


@pytest.fixture
def ask(ledger: Ledger, tmp_path: Path, asked: list[bytes]) -> Iterator[Ask]:
    """A real witness of this log."""
    logs = {ledger.origin: ledger.verifier}
    witness = Witness(tmp_path / "witness.db", SIGNER, logs, lambda: TIME)

    def answered(sent: bytes) -> tuple[int, bytes]:
        asked.append(sent)
        answer = witness.add_checkpoint(sent)
        return answer.status, answer.body

    yield answered
    witness.close()


def test_each_checkpoint_is_proved_from_the_one_that_it_knows(
    ledger: Ledger, ask: Ask, asked: list[bytes]
) -> None:
    for size in (5, 6, 6):
        while ledger.size() < size:
            ledger.append(b"another")
        found = cosign(ledger, ask, SIGNER.verifier)

        assert (found.size, found.time) == (size, TIME)
        assert found.note.startswith(ledger.checkpoint())
        assert SIGNER.verifier.cosigned(found.note) == TIME
    proof = ledger.consistency(5, 6)
    note = ledger.checkpoint()
    # It starts from nothing, and is told from where.
    again = [request(0, [], note), request(6, [], note)]
    assert asked[1:] == [request(0, [], note), request(5, proof, note), *again]


def test_what_is_no_cosignature_of_it_counts_for_nothing(ledger: Ledger) -> None:
    checkpoint = ledger.verifier.open(ledger.checkpoint())
    for answer in (OTHER.sign(checkpoint, TIME), b""):
        with pytest.raises(MalformedError, match=f"^the answer is no cosignature of {NAME}$"):
            cosign(ledger, lambda _, answer=answer: (200, answer), SIGNER.verifier)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (403, b"the log has not signed\n", "403 the log has not signed"),
        (500, b"5\n", "500 5"),
        (409, b"", "409 "),
        (409, b"five\n", "409 five"),
        (409, b"1" * 21, "409 " + "1" * 21),
        (404, b"\xff" + b"x" * 250, "404 \N{REPLACEMENT CHARACTER}" + "x" * 199),
    ],
)
def test_a_refusal_is_told_with_what_it_says(
    ledger: Ledger, status: int, body: bytes, told: str
) -> None:
    with pytest.raises(LedgerError) as caught:
        cosign(ledger, lambda _: (status, body), SIGNER.verifier)

    assert caught.value.message == f"the witness {NAME} refused: {told}"


@pytest.mark.parametrize("seen", [b"6\n", b"0\n", b"9" * 20])
def test_one_that_has_seen_more_or_something_else_has_seen_another_history(
    ledger: Ledger, seen: bytes
) -> None:
    with pytest.raises(LedgerRolledBackError) as caught:
        cosign(ledger, lambda _: (409, seen), SIGNER.verifier)

    assert f"({int(seen)} entries, where this ledger has 5)" in caught.value.message
    assert f"the witness {NAME} has seen another history" in caught.value.message
    assert "ask again" in (caught.value.hint or "")


def test_one_that_never_stands_still_is_given_up(ledger: Ledger) -> None:
    sizes = iter(range(1, 9))
    asked = []

    def moving(sent: bytes) -> tuple[int, bytes]:
        asked.append(sent)
        return 409, b"%d" % next(sizes)

    with pytest.raises(LedgerError, match=f"^the witness {NAME} did not come to an end$"):
        cosign(ledger, moving, SIGNER.verifier)
    proofs = [list[bytes](), ledger.consistency(1, 5), ledger.consistency(2, 5)]
    note = ledger.checkpoint()
    assert asked == [request(old, proof, note) for old, proof in enumerate(proofs)]


def test_the_newest_of_each_is_kept(home: Path) -> None:
    for witness, note in ((SIGNER, b"one"), (OTHER, b"two"), (SIGNER, b"three")):
        path = keep_cosigned(home, "a log", witness.verifier, note)
        mark = hashlib.sha256(witness.verifier.vkey().encode()).hexdigest()[:32]
        assert path.name == f"{mark}.note"
        assert path.parent == home / "witnessed" / hashlib.sha256(b"a log").hexdigest()[:32]

    assert sorted(cosigned_notes(home, "a log")) == [b"three", b"two"]
    assert cosigned_notes(home, "another") == []


def test_where_one_cannot_be_kept_or_read_it_is_told(home: Path, tmp_path: Path) -> None:
    path = keep_cosigned(home, "a log", SIGNER.verifier, b"one")
    path.unlink()
    path.mkdir()
    with pytest.raises(LedgerError, match=f"^cannot read what is witnessed: .*{path.name}"):
        cosigned_notes(home, "a log")
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match=f"^cannot keep .*{path.name}: "):
        keep_cosigned(tmp_path / "file", "a log", SIGNER.verifier, b"one")
