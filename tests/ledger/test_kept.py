"""The newest checkpoint that was seen is kept outside the ledger, whoever else keeps one."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from answerable import durable
from answerable.errors import LedgerError
from answerable.ledger import KeptCheckpoints
from tests.privileges import reachable_folder, unprivileged

ORIGIN = "answerable.example.org/log/1"


def test_the_largest_is_kept_in_whatever_order_they_come(home: Path) -> None:
    kept = KeptCheckpoints(home)
    for size in (3, 12, 7, 12, 1):
        kept.keep(ORIGIN, size, b"note %d" % size)

    assert kept.newest(ORIGIN) == b"note 12"
    assert len([path for path in home.rglob("*") if path.is_file()]) == 1


def test_each_log_has_its_own(home: Path) -> None:
    kept = KeptCheckpoints(home)
    kept.keep(ORIGIN, 3, b"note")

    assert kept.newest("answerable.example.org/log/2") is None
    assert KeptCheckpoints(home / "elsewhere").newest(ORIGIN) is None


def test_many_who_keep_at_once_keep_the_largest(home: Path) -> None:
    kept = KeptCheckpoints(home)

    def keep(size: int) -> bytes | None:
        kept.keep(ORIGIN, size, b"%06d" % size)
        return kept.newest(ORIGIN)

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(keep, range(1, 400)))

    assert kept.newest(ORIGIN) == b"%06d" % 399
    # Whoever kept one sees that one or a larger one, and always a whole one.
    assert all(note is not None and int(note) >= size for size, note in enumerate(seen, 1))


def test_a_home_that_cannot_be_written_is_no_error() -> None:
    with reachable_folder() as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o555)
        kept = KeptCheckpoints(closed)

        with unprivileged():
            kept.keep(ORIGIN, 3, b"note")

            assert kept.newest(ORIGIN) is None


def test_neither_is_a_home_that_is_none(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    home.touch()
    kept = KeptCheckpoints(home)
    kept.keep(ORIGIN, 3, b"note")

    assert kept.newest(ORIGIN) is None


def test_what_another_process_takes_away_meanwhile_is_no_matter(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, replace = KeptCheckpoints(home), durable.replace
    kept.keep(ORIGIN, 2, b"note")
    (path,) = home.rglob("*.checkpoint")
    older = path.with_name("1.checkpoint")
    older.touch()

    def taken_away(place: Path, data: bytes) -> None:
        replace(place, data)
        older.unlink()

    monkeypatch.setattr(durable, "replace", taken_away)
    kept.keep(ORIGIN, 3, b"newer")

    assert [each.name for each in home.rglob("*.checkpoint")] == ["3.checkpoint"]


def test_one_that_cannot_be_read_is_not_taken_for_none(home: Path) -> None:
    kept = KeptCheckpoints(home)
    kept.keep(ORIGIN, 3, b"note")
    (path,) = home.rglob("*.checkpoint")
    path.unlink()
    path.mkdir()

    with pytest.raises(LedgerError, match="cannot read the checkpoint kept in"):
        kept.newest(ORIGIN)
    with pytest.raises(LedgerError, match=path.name) as told:
        kept.newest(ORIGIN)
    assert (told.value.hint or "").startswith("set ANSWERABLE_HOME")


def test_they_lie_by_log_and_size(home: Path) -> None:
    KeptCheckpoints(home).keep(ORIGIN, 12, b"note")
    (path,) = home.rglob("*.checkpoint")

    folder = hashlib.sha256(ORIGIN.encode()).hexdigest()[:32]
    assert path == home / "checkpoints" / folder / "12.checkpoint"


def test_one_as_large_is_not_put_in_the_place_of_the_first(home: Path) -> None:
    kept = KeptCheckpoints(home)
    kept.keep(ORIGIN, 12, b"first")
    kept.keep(ORIGIN, 12, b"second")

    assert kept.newest(ORIGIN) == b"first"
