"""Files are there whole or not at all, whoever races and whenever it stops."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from answerable import durable

REPLACING = """\
import sys
from pathlib import Path
from answerable import durable
path = Path(sys.argv[1])
for n in range(1_000_000):
    durable.replace(path, b"%d" % (n % 10) * 100_000)
    if n == 5:
        print("begun", flush=True)
"""


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    durable.replace(tmp_path / "a", b"first")
    durable.replace(tmp_path / "a", b"second")

    assert (tmp_path / "a").read_bytes() == b"second"
    assert _names(tmp_path) == ["a"]


def test_a_file_that_is_there_is_not_created_again(tmp_path: Path) -> None:
    assert durable.create(tmp_path / "a", b"first")
    assert not durable.create(tmp_path / "a", b"second")

    assert (tmp_path / "a").read_bytes() == b"first"
    assert _names(tmp_path) == ["a"]


def test_only_the_owner_may_read_what_is_written(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        durable.create(tmp_path / "b" / "c" / "a", b"secret")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "b" / "c" / "a").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "b" / "c").stat().st_mode) == 0o700


def test_a_write_that_fails_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    durable.replace(tmp_path / "a", b"first")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        for write in (durable.replace, durable.create):
            with pytest.raises(OSError, match="too large"):
                write(tmp_path / "a", b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)

    assert (tmp_path / "a").read_bytes() == b"first"
    assert _names(tmp_path) == ["a"]


def test_a_directory_in_the_place_of_the_file_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    with pytest.raises(OSError, match="irectory"):
        durable.replace(tmp_path / "a", b"data")
    assert not durable.create(tmp_path / "a", b"data")

    assert _names(tmp_path) == ["a"]


@pytest.mark.parametrize("time", range(5))
def test_a_process_killed_while_it_writes_leaves_a_whole_file(tmp_path: Path, time: int) -> None:
    path = tmp_path / "a"
    with subprocess.Popen(
        [sys.executable, "-c", REPLACING, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()

    data = path.read_bytes()
    assert len(data) == 100_000
    assert len(set(data)) == 1, f"kill {time}"


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
