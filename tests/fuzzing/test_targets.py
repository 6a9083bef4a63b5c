"""Whatever bytes a stranger sends are read strictly, or refused, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing.targets import TARGETS
from tests.house.pages import ROOT


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_begins_with_is_read(name: str) -> None:
    target, seeds = TARGETS[name]

    for seed in seeds:
        target(seed)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_any_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    TARGETS[name][0](data.draw(st.binary(max_size=300)))


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_so_is_what_was_changed_a_little(name: str, data: st.DataObject) -> None:
    target, seeds = TARGETS[name]
    seed = data.draw(st.sampled_from(seeds))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(seed)))
        end = data.draw(st.integers(start, min(len(seed), start + 40)))
        put = data.draw(
            st.sampled_from(
                [b"", b"\x00", b'"', b"\\", b"=", b"\n", b"-", b"9" * 20, b"\xff", b"{"]
            )
            | st.binary(max_size=4)
            | st.just(seed[start:end] * 2)
        )
        seed = seed[:start] + put + seed[end:]

    target(seed)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 100_000,
        b'"' + b"a" * 70_000 + b'"',
        b"[[1,2],[3,4]]" * 10_000,
        b"a = " + b"[" * 50_000,
        b"a." * 30_000 + b"b = 1",
        b"A" * 200_000,
        b"\n" * 100_000,
        (b"\xe2\x80\x94 a b\n") * 20_000,
    ],
    ids=lambda data: str(data[:9]),
)
def test_what_is_over_deep_or_over_long_is_refused_in_no_time(name: str, data: bytes) -> None:
    TARGETS[name][0](data)


def test_the_fuzzer_runs_for_as_long_as_it_is_told() -> None:
    pytest.importorskip("atheris")
    command = [sys.executable, str(ROOT / "scripts" / "fuzz"), "1", "note"]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "note: " in ran.stdout and " runs, nothing found" in ran.stdout
