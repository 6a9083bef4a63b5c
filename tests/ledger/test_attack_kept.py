"""What somebody leaves among the kept checkpoints does not end what is compared with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.errors import LedgerError, MalformedError
from answerable.ledger import Checkpoint, KeptCheckpoints

ORIGIN = "answerable.example.org/log/1"


@pytest.mark.parametrize("name", ["²", "٣", "1_0", "+1", " 1", "x", "0x9"])
def test_a_file_of_another_name_is_none_of_them(home: Path, name: str) -> None:
    kept = KeptCheckpoints(home)
    kept.keep(ORIGIN, 2, b"note")
    (folder,) = (home / "checkpoints").iterdir()
    (folder / f"{name}.checkpoint").write_bytes(b"another")

    kept.keep(ORIGIN, 1, b"older")

    assert kept.newest(ORIGIN) == b"note"


def test_a_link_to_nothing_is_told_and_not_looked_at_without_end(home: Path) -> None:
    kept = KeptCheckpoints(home)
    kept.keep(ORIGIN, 2, b"note")
    (folder,) = (home / "checkpoints").iterdir()
    (folder / "9.checkpoint").symlink_to(folder / "nothing")

    with pytest.raises(LedgerError, match="cannot read the checkpoint kept in"):
        kept.newest(ORIGIN)


def test_one_that_goes_by_a_larger_size_is_not_what_all_is_compared_with(home: Path) -> None:
    """It would hold with whatever is longer than it is, and keep every newer one from being kept."""
    note = Checkpoint(ORIGIN, 2, bytes(32)).sign(Ed25519PrivateKey.generate())
    kept = KeptCheckpoints(home)
    kept.keep(ORIGIN, 2, note)
    assert kept.newest(ORIGIN) == note
    (file,) = (home / "checkpoints").rglob("*.checkpoint")
    file.rename(file.with_name("999999.checkpoint"))

    with pytest.raises(MalformedError, match=r"one of 2 entries, and kept as 999999\.checkpoint$"):
        kept.newest(ORIGIN)
