"""Whatever bytes a stranger sends are read strictly, or refused, and nothing else."""

from __future__ import annotations

import base64
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.privacy import disclosure, withhold
from tests.fuzzing import targets
from tests.fuzzing.targets import TARGETS
from tests.fuzzing.tokens import FORGED, TOKEN
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


def test_no_octet_of_a_time_token_can_be_changed_to_a_crash() -> None:
    """Its parts are parsed late: what broke one of them came out of `verify` as it was raised."""
    for place in range(len(TOKEN)):
        for value in (0x00, 0xFF, TOKEN[place] ^ 1):
            TARGETS["time token"][0](TOKEN[:place] + bytes([value]) + TOKEN[place + 1 :])


class TestAPlantedFaultIsFound:
    """Where a check is taken away, the target says so of bytes that the fuzzer begins with, or nearly."""

    def test_in_whose_word_a_time_token_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import rfc3161_client

        class Anybody:
            def verify_message(self, *_: object) -> None:
                """Whoever it is."""

        monkeypatch.setattr(rfc3161_client.VerifierBuilder, "build", lambda _: Anybody())

        with pytest.raises(AssertionError, match="signed by nobody"):
            for cut in range(40):  # another time, of an authority that nobody named
                TARGETS["time token"][0](later(FORGED, cut))

    def test_in_what_a_disclosure_is_held_against(self, monkeypatch: pytest.MonkeyPatch) -> None:
        part = targets.BARE.withheld[0]  # type: ignore[attr-defined]
        monkeypatch.setattr(disclosure, "digest", lambda _: part.digest)

        with pytest.raises(AssertionError, match="disclosed by nobody"):
            TARGETS["disclosure"][0](withhold(targets.WHOLE, ["rationale"])[1][0])

    def test_in_how_a_disclosure_may_be_spelled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(disclosure, "_SALT", re.compile(".*"))
        told = base64.urlsafe_b64encode(b'["xxxx","rationale","r"]').rstrip(b"=")

        with pytest.raises(AssertionError):
            TARGETS["disclosure"][0](told)


def later(token: bytes, seconds: int) -> bytes:
    """The token with another second in its time: signed no more by anybody."""
    place = token.index(b"Z", token.index(b"20261130"))
    return token[: place - 2] + b"%02d" % seconds + token[place:]


def test_what_no_reader_knows_in_a_disclosure_is_passed_over() -> None:
    # What the fuzzer came upon: an option with a field that no class of the model has.
    option = b'["CK9Et2uPAxZs56_CQbLFLw","considered",[{"becatse":"b","value":1}]]'
    TARGETS["disclosure"][0](base64.urlsafe_b64encode(option).rstrip(b"="))


def test_the_fuzzer_runs_for_as_long_as_it_is_told() -> None:
    pytest.importorskip("atheris")
    command = [sys.executable, str(ROOT / "scripts" / "fuzz"), "1", "note"]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "note: " in ran.stdout and " runs, nothing found" in ran.stdout
