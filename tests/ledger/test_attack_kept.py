"""What somebody leaves among the kept checkpoints does not end what is compared with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.errors import LedgerError
from answerable.ledger import KeptCheckpoints

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
