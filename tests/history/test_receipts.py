"""A receipt is a signed note, or a proof with one, of this log: what is neither is refused as the note that it is not."""

from __future__ import annotations

import pytest

from answerable.errors import MalformedError
from answerable.history.receipts import seen_in
from answerable.ledger import InclusionProof
from tests.ledger.logs import Log

LOG = Log([b"one", b"two", b"three"])
STRANGER = Log([b"one", b"two", b"three"], seed=2)


def proof(log: Log) -> bytes:
    return InclusionProof(1, (bytes(32),), log.note(3)).to_bytes()


@pytest.mark.parametrize("receipt", [LOG.note(3), proof(LOG)])
def test_either_says_what_the_log_was(receipt: bytes) -> None:
    assert seen_in(receipt, LOG.verifier) == LOG.checkpoint(3)


@pytest.mark.parametrize(
    "receipt", [b"rubbish", b"", STRANGER.note(3), proof(STRANGER), proof(LOG)[:-1]]
)
def test_anything_else_is_refused_as_no_note_of_this_log(receipt: bytes) -> None:
    with pytest.raises(MalformedError) as why:
        LOG.verifier.open(receipt)
    with pytest.raises(MalformedError) as told:
        seen_in(receipt, LOG.verifier)

    assert told.value.message == why.value.message
