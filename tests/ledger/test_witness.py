"""A witness cosigns one history of each log that it follows, and never a second."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import LedgerError
from answerable.ledger import Checkpoint, Cosigner, Witness
from answerable.ledger.witness import MAX_PROOF, MAX_REQUEST, Answer, request
from tests.ledger.logs import ORIGIN, Log

SIGNER = Cosigner("witness.example.org/w", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
ENTRIES = [b"entry %d" % n for n in range(20)]
LOG = Log(ENTRIES)
FORK = Log([*ENTRIES[:4], b"another", *ENTRIES[5:]])
TIME = 1_700_000_000


def starting(state: Path) -> Witness:
    return Witness(state, SIGNER, {ORIGIN: LOG.verifier}, lambda: TIME)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "witness.db"


@pytest.fixture
def witness(state: Path) -> Iterator[Witness]:
    started = starting(state)
    yield started
    started.close()


def why(answer: Answer) -> tuple[int, str]:
    """The status, and the first words of the one line that says why."""
    (line, end) = answer.body.decode("ascii").split("\n")
    assert end == ""
    return answer.status, " ".join(line.split()[:3])


def told(witness: Witness, old: int, new: int, log: Log = LOG) -> Answer:
    return witness.add_checkpoint(request(old, log.proof(old, new), log.note(new)))


def test_the_first_checkpoint_and_each_that_continues_it_are_cosigned(witness: Witness) -> None:
    for old, new in ((0, 3), (3, 4), (4, 11), (11, 11), (11, 20)):
        answer = told(witness, old, new)

        assert answer.status == 200
        assert SIGNER.verifier.cosigned(LOG.note(new) + answer.body) == TIME


def test_an_empty_log_can_be_witnessed_before_its_first_entry(witness: Witness) -> None:
    assert [told(witness, 0, 0).status, told(witness, 0, 5).status] == [200, 200]


def test_an_empty_log_has_one_root_and_no_other(witness: Witness) -> None:
    """Any root follows from nothing: who holds the log's key could else begin with two."""
    lie = Checkpoint(ORIGIN, 0, bytes(32)).sign(Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))

    answer = witness.add_checkpoint(request(0, [], lie))

    assert (answer.status, answer.body) == (409, b"0\n")
    assert told(witness, 0, 5).status == 200


@pytest.mark.parametrize("old", [0, 4, 6, 11])
def test_from_another_size_than_it_knows_it_says_which_it_knows(witness: Witness, old: int) -> None:
    told(witness, 0, 5)

    assert told(witness, old, 11) == Answer(409, b"5\n", "text/x.tlog.size")
    assert told(witness, 5, 11).status == 200


def test_a_rollback_is_refused(witness: Witness) -> None:
    told(witness, 0, 11)

    assert told(witness, 0, 5) == Answer(409, b"11\n", "text/x.tlog.size")
    assert why(told(witness, 11, 5)) == (400, "the old size")
    assert told(witness, 11, 11).status == 200


def test_a_second_history_of_one_size_is_refused(witness: Witness) -> None:
    told(witness, 0, 11)

    assert told(witness, 11, 11, FORK) == Answer(409, b"11\n", "text/x.tlog.size")
    assert told(witness, 0, 11, FORK).status == 409


def test_a_longer_second_history_is_refused(witness: Witness) -> None:
    told(witness, 0, 5)

    # FORK's own proof holds between FORK's own trees, and not from what was cosigned.
    assert why(told(witness, 5, 11, FORK)) == (422, "the checkpoint does")
    assert told(witness, 5, 11).status == 200


def test_a_proof_that_shows_nothing_is_refused_and_leaves_no_trace(witness: Witness) -> None:
    told(witness, 0, 5)
    proof = LOG.proof(5, 11)
    wrong = [
        [],
        proof[:-1],
        [*proof, proof[0]],
        [bytes(32), *proof[1:]],
        list(reversed(proof)),
        LOG.proof(4, 11),
    ]
    for each in wrong:
        assert witness.add_checkpoint(request(5, each, LOG.note(11))).status == 422
    assert told(witness, 5, 6).status == 200


def test_a_first_checkpoint_needs_no_proof_and_may_have_none(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, [bytes(32)], LOG.note(5))).status == 422
    assert told(witness, 0, 5).status == 200


def test_what_the_log_did_not_sign_is_refused(witness: Witness) -> None:
    stranger = Log(ENTRIES, seed=2)
    other_root = LOG.note(5).replace(LOG.note(5).split(b"\n")[2], LOG.note(6).split(b"\n")[2])

    assert why(told(witness, 0, 5, stranger)) == (403, "the log has")
    assert witness.add_checkpoint(request(0, [], other_root)).status == 403
    assert told(witness, 0, 5).status == 200


def test_another_log_is_none_of_its_business(witness: Witness) -> None:
    other = Log(ENTRIES, origin="log.example.org/other")

    assert why(told(witness, 0, 5, other)) == (404, "no such log")


GOOD = request(0, [], LOG.note(5))


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\n\n",
        b"old 0",
        GOOD[2:],
        GOOD.replace(b"old 0", b"old -1"),
        GOOD.replace(b"old 0", b"old 00"),
        GOOD.replace(b"old 0", b"old 1_0"),
        GOOD.replace(b"old 0", "old \N{ARABIC-INDIC DIGIT THREE}".encode()),
        GOOD.replace(b"old 0", b"old 0 "),
        GOOD.replace(b"old 0", b"old 0\nAAAA"),
        GOOD.replace(b"old 0", b"old 0\n!"),
        GOOD.replace(b"old 0", b"old 0\n!" + base64.b64encode(bytes(32))),
        GOOD.replace(b"old 0", b"old 0" + b"\n" + base64.b64encode(bytes(33))),
        GOOD.replace(b"old 0", b"old 9" * 9),
        GOOD.replace(b"\n\n", b"\n", 1),
        GOOD.replace(b"\n5\n", b"\n05\n"),
        GOOD[:-1],
        b"\xff" + GOOD,
        request(0, [bytes(32)] * 64, LOG.note(5)),
        GOOD + b"\n" * 70_000,
    ],
)
def test_rubbish_is_refused(witness: Witness, rubbish: bytes) -> None:
    assert why(witness.add_checkpoint(rubbish))[0] == 400
    assert witness.add_checkpoint(GOOD).status == 200


@pytest.mark.parametrize(
    ("rubbish", "reason"),
    [
        (bytes(MAX_REQUEST + 1), "too long"),
        (bytes(MAX_REQUEST), "no old size, or too long a proof"),
        (request(0, [bytes(32)] * (MAX_PROOF + 1), b"rubbish"), "no old size, or too long a proof"),
        (request(0, [bytes(33)], LOG.note(5)), "a step of the proof that is no hash"),
    ],
)
def test_it_is_said_why(witness: Witness, rubbish: bytes, reason: str) -> None:
    said = witness.add_checkpoint(rubbish).body.decode()

    assert said == f"not a request to witness: {reason}\n"


def test_a_proof_may_have_as_many_steps_as_the_largest_log_has(witness: Witness) -> None:
    longest = request(0, [bytes(32)] * MAX_PROOF, LOG.note(5))

    assert why(witness.add_checkpoint(longest)) == (422, "the checkpoint does")


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_no_octet_of_a_request_can_be_changed(tmp_path: Path, at: int, octet: int) -> None:
    mutant = GOOD[:at] + bytes([octet]) + GOOD[at + 1 :]
    database = tmp_path / "mutants.db"
    database.unlink(missing_ok=True)
    witness = starting(database)

    status = witness.add_checkpoint(mutant).status
    witness.close()

    assert (status == 200) == (mutant == GOOD)


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(tmp_path: Path, sent: bytes) -> None:
    witness = starting(tmp_path / "any.db")

    assert witness.add_checkpoint(sent).status == 400
    witness.close()


def test_what_it_cosigned_it_knows_after_it_was_started_again(state: Path) -> None:
    first = starting(state)
    told(first, 0, 11)
    first.close()

    second = starting(state)

    assert told(second, 0, 11, FORK) == Answer(409, b"11\n", "text/x.tlog.size")
    assert told(second, 11, 20).status == 200
    second.close()


def test_of_two_histories_at_once_one_is_cosigned(state: Path) -> None:
    # Two threads in each of two witnesses over one state: as two processes are.
    witnesses = [starting(state), starting(state)]
    with ThreadPoolExecutor(8) as pool:
        for size in range(5, 20):
            state_now = sqlite3.connect(state)
            state_now.execute("DELETE FROM seen")
            state_now.commit()
            state_now.close()
            asked = [(witnesses[n % 2], 0, size, (LOG, FORK)[n // 2 % 2]) for n in range(8)]
            answers = [f.result().status for f in [pool.submit(told, *each) for each in asked]]

            assert sorted(answers) == [200, *[409] * 7]
    for each in witnesses:
        each.close()


def test_a_state_that_cannot_be_opened_or_kept_cosigns_nothing(tmp_path: Path, state: Path) -> None:
    with pytest.raises(LedgerError, match="cannot keep what is witnessed"):
        starting(tmp_path)
    witness = starting(state)
    elsewhere = sqlite3.connect(state)
    elsewhere.execute("DROP TABLE seen")
    elsewhere.commit()
    elsewhere.close()

    with pytest.raises(LedgerError, match="cannot keep what is witnessed"):
        witness.add_checkpoint(GOOD)
    witness.close()


def test_what_could_not_be_kept_keeps_nobody_else_waiting(tmp_path: Path, state: Path) -> None:
    witness = starting(state)
    elsewhere = sqlite3.connect(state, timeout=0)
    elsewhere.execute(
        "CREATE TRIGGER no BEFORE INSERT ON seen BEGIN SELECT RAISE(ABORT, 'full'); END"
    )

    with pytest.raises(LedgerError, match="cannot keep what is witnessed: full"):
        witness.add_checkpoint(GOOD)
    elsewhere.execute("DROP TRIGGER no")
    assert witness.add_checkpoint(GOOD).status == 200
    elsewhere.close()
    witness.close()


def test_it_waits_for_others_half_a_minute_and_for_the_disk(witness: Witness) -> None:
    settings = [
        witness._database.execute(f"PRAGMA {n}").fetchone() for n in ("busy_timeout", "synchronous")
    ]

    assert settings == [(30_000,), (2,)]
