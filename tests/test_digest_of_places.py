"""A file's or a directory's digest covers everything that is in it, or there is none."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable import digests
from answerable.errors import InvalidReferenceError
from tests.privileges import reachable_folder, unprivileged


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "parts").mkdir(parents=True)
    (folder / "b").write_bytes(b"2")
    (folder / "parts" / "a").write_bytes(b"1")
    return folder


@pytest.mark.parametrize("name", ["model.bin", "two words", "line\nend", "back\\slash", "\r", "ü"])
def test_it_is_that_of_the_lines_which_sha256sum_prints(tmp_path: Path, name: str) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not installed")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / name).write_bytes(b"weights")
    printed = subprocess.run(
        ["sha256sum", name], cwd=tmp_path / "m", capture_output=True, check=True
    ).stdout

    assert digests.of_path(tmp_path / "m") == sha256(printed)
    assert digests.of_path(tmp_path / "m" / name) == sha256(b"weights")


def test_whatever_changes_inside_shows(model: Path) -> None:
    seen = [digests.of_path(model)]
    (model / "parts" / "a").write_bytes(b"3")
    seen.append(digests.of_path(model))
    (model / "parts" / "a").rename(model / "parts" / "c")
    seen.append(digests.of_path(model))
    (model / "parts" / "c").rename(model / "c")
    seen.append(digests.of_path(model))
    (model / "c").unlink()
    seen.append(digests.of_path(model))
    assert len(set(seen)) == len(seen)


def test_where_it_lies_and_an_empty_folder_do_not_count(model: Path, tmp_path: Path) -> None:
    before = digests.of_path(model)
    (model / "empty").mkdir()
    assert digests.of_path(shutil.copytree(model, tmp_path / "elsewhere")) == before


def test_a_link_counts_as_what_it_leads_to(model: Path, tmp_path: Path) -> None:
    before = digests.of_path(model)
    for name in ("b", "parts"):
        (model / name).rename(tmp_path / name)
        (model / name).symlink_to(tmp_path / name)

    assert digests.of_path(model) == before
    (tmp_path / "parts" / "a").write_bytes(b"changed behind the link")
    assert digests.of_path(model) != before


def test_links_in_a_circle_have_no_digest(model: Path) -> None:
    (model / "parts" / "again").symlink_to(model)
    with pytest.raises(InvalidReferenceError, match="again"):
        digests.of_path(model)


def test_the_same_folder_linked_twice_is_no_circle(model: Path) -> None:
    (model / "again").symlink_to(model / "parts")
    (model / "once more").symlink_to(model / "parts")
    assert digests.of_path(model) != digests.of_path(model / "parts")


@pytest.mark.parametrize("closed", ["parts", "parts/a"])
def test_what_may_not_be_read_is_not_left_out_in_silence(closed: str) -> None:
    with reachable_folder() as folder:
        (folder / "parts").mkdir()
        (folder / "parts" / "a").write_bytes(b"1")
        (folder / closed).chmod(0)
        try:
            with unprivileged(), pytest.raises(InvalidReferenceError) as caught:
                digests.of_path(folder)
        finally:
            (folder / closed).chmod(0o755)
    assert "Permission denied" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["", "no such file", "a\x00b", 5, b"bytes", "x" * 5000])
def test_what_is_no_path_has_no_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    for take in (digests.of_path, lambda p: ans.artifact("model:a@1", path=p)):
        with pytest.raises(InvalidReferenceError) as caught:
            take(path)
        assert len(str(caught.value)) < 6000


def test_the_working_directory_is_named_by_a_dot(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model)
    assert digests.of_path(".") == digests.of_path(model)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidReferenceError, match="neither a file nor a directory"):
        digests.of_path(tmp_path / "pipe")
