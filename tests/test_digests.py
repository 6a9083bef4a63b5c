"""Digests are the same in every process, and differ with the content."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from answerable import digests
from answerable.errors import InvalidReferenceError, InvalidValueError


def test_bytes_and_files_have_the_digest_that_sha256sum_prints(tmp_path: Path) -> None:
    content = b"applications\n" * 200_000
    (tmp_path / "file").write_bytes(content)
    printed = "sha256:" + hashlib.sha256(content).hexdigest()

    assert digests.of_data(content) == digests.of_path(tmp_path / "file") == printed


def test_text_has_the_digest_of_its_utf8() -> None:
    assert digests.of_data("über") == digests.of_data("über".encode())


def test_a_directory_has_the_digest_of_its_sorted_sha256sum_lines(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "parts").mkdir(parents=True)
    (folder / "b").write_bytes(b"2")
    (folder / "parts" / "a").write_bytes(b"1")
    lines = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        for name, data in (("b", b"2"), ("parts/a", b"1"))
    )

    assert digests.of_path(folder) == "sha256:" + hashlib.sha256(lines.encode()).hexdigest()


def test_plain_values_have_the_digest_of_their_canonical_json() -> None:
    assert digests.of_data({"b": 1.0, "a": [None]}) == digests.of_data({"a": [None], "b": 1})
    expected = hashlib.sha256(b'{"a":[null],"b":1}').hexdigest()
    assert digests.of_data({"b": 1.0, "a": [None]}) == "sha256:" + expected


FRAME = "pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': pd.to_datetime(['2026-01-31', None])})"


def test_a_frame_has_one_digest_in_every_process() -> None:
    code = f"import pandas as pd; from answerable import digests; print(digests.of_data({FRAME}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.to_datetime(["2026-01-31", None])})

    assert digests.of_data(frame) == ran.stdout.strip()
    assert digests.of_data(frame) == digests.of_data(frame.copy())


def frames() -> dict[str, pd.DataFrame]:
    base = pd.DataFrame({"a": [1, 2], "b": ["x", "yz"]})
    return {
        "itself": base,
        "another value": base.assign(a=[1, 3]),
        "another type": base.assign(a=[1.0, 2.0]),
        "another name": base.rename(columns={"a": "A"}),
        "another order of columns": base[["b", "a"]],
        "another order of rows": base.iloc[::-1],
        "another index": base.set_index(pd.Index([5, 6])),
        "one row less": base.iloc[:1],
        "a missing value": base.assign(b=["x", None]),
        "text cut elsewhere": base.assign(b=["xy", "z"]),
    }


def test_whatever_differs_in_a_frame_shows_in_its_digest() -> None:
    found = {name: digests.of_data(frame) for name, frame in frames().items()}

    assert len(set(found.values())) == len(found)


def test_an_array_has_a_digest_of_dtype_shape_and_content_not_of_layout() -> None:
    array = np.arange(6, dtype="<i8").reshape(2, 3)

    same = [array.copy(), np.asfortranarray(array), array.astype(">i8")]
    assert {digests.of_data(each) for each in same} == {digests.of_data(array)}
    others = [array.T, array.ravel(), array.astype("<i4"), array + 1]
    assert digests.of_data(array) not in {digests.of_data(each) for each in others}
    assert len({digests.of_data(each) for each in others}) == len(others)


@pytest.mark.parametrize("data", [object(), float("nan"), {1: 2}])
def test_what_has_no_stable_form_is_refused(data: object) -> None:
    with pytest.raises(InvalidValueError):
        digests.of_data(data)


def test_a_path_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidReferenceError, match="missing"):
        digests.of_path(tmp_path / "missing")
