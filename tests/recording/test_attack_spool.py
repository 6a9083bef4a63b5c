"""What others put among the waiting records neither spoils the ledger nor stops the rest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from answerable.configuration import SPOOL_BYTES
from answerable.recording.spool import Parcel, Spool
from tests.history.forging import Forger


def _file(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _named(data: bytes) -> Callable[[Path], object]:
    """Under the name that the spool itself would give it: the mark in it is no secret."""
    mark = hashlib.sha256(data).hexdigest()[:16]
    return lambda path: path.with_name(f"{0:020d}-{mark}.envelope").write_bytes(data)


def _taken(path: Path) -> None:
    path.write_bytes(b"rubbish")
    path.with_suffix(".damaged").mkdir()


PUT: dict[str, Callable[[Path], object]] = {
    "rubbish": _file(b"rubbish"),
    "nothing": _file(b""),
    "rubbish under a name that fits": _named(b"rubbish"),
    "an object that is no envelope": _named(b"{}"),
    "more than an envelope holds": _named(b"x" * 70_000),
    "a directory": Path.mkdir,
    "a link to nowhere": lambda path: path.symlink_to(path.parent / "nowhere"),
    "rubbish whose other name is taken": _taken,
}
if hasattr(os, "mkfifo"):
    PUT["a pipe"] = os.mkfifo


@pytest.fixture
def spool(home: Path) -> Spool:
    made = Spool.of(home, "sqlite:///decisions.db", SPOOL_BYTES)
    made.folder.mkdir(parents=True)
    return made


@pytest.mark.parametrize("put", PUT.values(), ids=PUT)
def test_it_is_not_appended_and_the_rest_is(
    spool: Spool, home: Path, tmp_path: Path, put: Callable[[Path], object]
) -> None:
    put(spool.folder / f"{0:020d}-x.envelope")
    forger = Forger(home=home, path=tmp_path / "decisions.db")
    record = forger.sign(forger.delegation())
    spool.keep(Parcel((record,)))
    appended: list[bytes] = []
    told: list[Path] = []

    assert spool.drain(appended.extend, told.append) == 1

    assert appended == [record]
    assert spool.waiting() == []
    # What was set aside is still there, for whoever wants to know what it was.
    assert all(path.exists() and path.suffix == ".damaged" for path in told)
    assert spool.drain(appended.extend, told.append) == 0


def test_what_was_set_aside_before_is_not_overwritten(spool: Spool) -> None:
    told: list[Path] = []
    for data in (b"one", b"two"):
        (spool.folder / "x.envelope").write_bytes(data)
        spool.drain(lambda _: None, told.append)

    assert sorted(path.read_bytes() for path in told) == [b"one", b"two"]


@pytest.mark.parametrize("put", PUT.values(), ids=PUT)
def test_in_place_of_a_replacement_it_holds_up_nothing(
    spool: Spool, home: Path, tmp_path: Path, put: Callable[[Path], object]
) -> None:
    put(spool.folder / f"{0:020d}-x.replacing")
    forger = Forger(home=home, path=tmp_path / "decisions.db")
    record = forger.sign(forger.delegation())
    spool.keep(Parcel((record,)))
    appended: list[bytes] = []

    spool.settle(lambda _: None)

    assert spool.drain(appended.extend, lambda _: None) == 1
    assert appended == [record]
