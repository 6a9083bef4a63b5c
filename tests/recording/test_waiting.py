"""What waited for the ledger: it says so afterwards, and outlives the ledger that it waited for."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import answerable as ans
from answerable import shapes, statement
from answerable.cli import main
from answerable.configuration import SPOOL_BYTES
from answerable.exporters import otlp_copy
from answerable.model import Decision, Delegation, Record
from answerable.recording import process
from answerable.recording.spool import Parcel, Spool
from answerable.signing import Envelope
from answerable.stitched import draw
from answerable.testing import FixedClock
from tests.history.forging import Forger
from tests.recording.kept import Kept
from tests.recording.outage import nothing_goes_in, quietly, spooled

NEVER = datetime(2099, 1, 1, tzinfo=UTC)


def _configure(kept: Kept, **more: str) -> None:
    ans.configure(ledger=kept.path, actor="analyst@bank.example", **more)  # type: ignore[arg-type]


def _chosen(kept: Kept) -> list[object]:
    return [decision.chosen for decision in kept.decisions()]


def _spool(kept: Kept) -> Spool:
    return Spool.of(kept.home, kept.uri, SPOOL_BYTES)


def _read(kept: Kept) -> list[Record]:
    with ans.open(kept.uri) as history:
        return [r for r in history.records() if not isinstance(r, Delegation)]


def _remove(kept: Kept) -> None:
    for file in kept.path.parent.glob("decisions.db*"):
        file.unlink()


class TestARecordThatArrivedLate:
    """Here an hour after it was signed."""

    @pytest.fixture
    def late(self, kept: Kept) -> Decision:
        with FixedClock("2026-01-31T12:00:00Z") as clock:
            ans.choose("threshold", 0, about="model:m@1")
            with nothing_goes_in(), quietly():
                ans.choose("threshold", 1, because="x" * 8000, about="model:m@1")
            clock.advance(hours=1)
            ans.choose("threshold", 2, about="model:m@1")
        _, late, _ = _read(kept)
        assert isinstance(late, Decision)
        assert late.chosen == 1
        return late

    def test_is_recorded_when_it_arrived(self, late: Decision) -> None:
        assert late.recorded_at - late.decided_at == timedelta(hours=1)
        assert late.signed_at == late.decided_at
        shape = shapes.record(late)
        assert shape["decided_at"] == shape["signed_at"] == statement.timestamp(late.decided_at)
        assert shape["recorded_at"] == statement.timestamp(late.recorded_at)

    def test_holds_as_it_was_signed(self, kept: Kept, late: Decision) -> None:
        assert late.custody is not None
        assert late.custody.verified
        signed = statement.from_bytes(Envelope.from_bytes(late.custody.envelope).payload)
        assert signed.recorded_at == signed.decided_at
        assert kept.verdict().holds

    def test_is_shown_with_both_times(
        self, kept: Kept, late: Decision, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["show", late.id, "--ledger", kept.uri])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert re.search(r"signed\s+2026-01-31 12:00", told)
        assert re.search(r"recorded\s+2026-01-31 13:00", told)

    def test_holds_in_a_copy_of_its_trace(self, kept: Kept, late: Decision) -> None:
        with ans.open(kept.uri) as history:
            trace = history.trace("model:m@1")
            # As of then it is the newest: the copy is over when it arrived.
            as_of = history.trace("model:m@1", at=late.recorded_at)
        for each in (trace, as_of):
            shown = list(draw(each))
            assert otlp_copy.verify(shown).faults == ()
            with ans.open(kept.uri) as history:
                assert otlp_copy.verify(shown, history.trace).faults == ()

    def test_was_known_to_nobody_before_that(self, kept: Kept, late: Decision) -> None:
        with ans.open(kept.uri) as history:
            before = history.trace("model:m@1", at="2026-01-31T12:59:59Z")
            after = history.trace("model:m@1", at="2026-01-31T13:00:00Z")
        assert late.id not in {p.record.id for p in before.placed()}
        assert late.id in {p.record.id for p in after.placed()}

    def test_makes_no_other_record_late(self, kept: Kept, late: Decision) -> None:
        first, _, last = _read(kept)
        assert first.recorded_at == first.signed_at == first.decided_at
        assert last.recorded_at == last.signed_at == last.decided_at

    def test_is_late_in_the_name_of_whoever_delivered_it(self, kept: Kept, late: Decision) -> None:
        (told,) = [r for r in kept.all() if f"record:{late.id}" in r.about]
        assert isinstance(told, Delegation)
        assert told.recorded_at == late.recorded_at
        assert told.custody is not None and told.custody.index is not None
        assert late.custody is not None and late.custody.index == told.custody.index + 1


class TestNobodyMakesARecordLateAfterwards:
    """Who signs a delegation about a record that the log has already says nothing of it."""

    def test_by_a_delegation_that_comes_later(self, kept: Kept) -> None:
        with ans.decide("threshold") as d:
            d.choose(1)
        ans.shutdown()
        forger = Forger(home=kept.home, path=kept.path)
        told = forger.delegation(about=(f"record:{d.record.id}",), not_after=NEVER)
        forger.append(forger.sign(attrs.evolve(told, recorded_at=NEVER)))
        (record,) = _read(kept)
        assert record.recorded_at == record.signed_at == d.record.recorded_at

    @pytest.mark.parametrize("holds", [True, False])
    def test_only_one_that_holds_counts(self, kept: Kept, holds: bool) -> None:
        ans.choose("threshold", 0)
        ans.shutdown()
        forger = Forger(home=kept.home, path=kept.path)
        wanted = "0193b4e2-7d10-7c3a-9a51-2f6f5a1f0c11"
        told = forger.delegation(about=(f"record:{wanted}",))
        forger.append(forger.sign(told, *([] if holds else [forger.session])))
        early = forger.decision(id=wanted, recorded_at=told.recorded_at - timedelta(minutes=5))
        forger.append(forger.sign(early))

        record = next(r for r in _read(kept) if r.id == wanted)
        assert (record.recorded_at == told.recorded_at) is holds
        assert (record.recorded_at == early.recorded_at) is not holds


class TestALedgerThatIsGoneForGood:
    """What waited for it goes into the one that is there now, which holds."""

    def test_takes_what_waited_with_it_to_none(self, kept: Kept) -> None:
        ans.choose("threshold", 0)
        spooled(1, 2)
        _remove(kept)
        _configure(kept)

        with pytest.warns(ans.CustodyWarning, match="2 records had waited for another ledger"):
            assert ans.flush() == 3

        assert _chosen(kept) == [1, 2]
        assert kept.verdict().holds
        assert _spool(kept).waiting() == []

    def test_keeps_who_decided_and_when_and_says_that_it_is_late(self, kept: Kept) -> None:
        ans.choose("threshold", 0)
        with nothing_goes_in(), quietly(), ans.decide("threshold") as d:
            d.choose(1, because="x" * 8000)
        process.exchange(None)
        _remove(kept)
        _configure(kept)
        with quietly():
            ans.flush()

        record = kept.decision()
        assert (
            attrs.evolve(record, emission=d.record.emission, recorded_at=d.record.recorded_at)
            == d.record
        )
        assert record.recorded_at > d.record.recorded_at
        assert record.custody is not None

    def test_is_replaced_before_the_next_record_too(self, kept: Kept) -> None:
        ans.choose("threshold", 0)
        spooled(1)
        _remove(kept)
        _configure(kept)
        with pytest.warns(ans.CustodyWarning, match="1 records had waited"):
            ans.choose("threshold", 2)
        assert _chosen(kept) == [1, 2]

    @pytest.mark.parametrize("moment", ["settle", "drain"])
    def test_a_crash_on_the_way_delivers_nothing_twice(
        self, kept: Kept, monkeypatch: pytest.MonkeyPatch, moment: str
    ) -> None:
        ans.choose("threshold", 0)
        spooled(1, 2)
        _remove(kept)
        _configure(kept)

        def crash(*_: object) -> None:
            if moment == "drain" or list(_spool(kept).folder.glob("*.replacing")):
                raise KeyboardInterrupt

        with monkeypatch.context() as patched, quietly(), pytest.raises(KeyboardInterrupt):
            patched.setattr(Spool, moment, crash)
            ans.flush()
        process.exchange(None)
        _configure(kept)
        with quietly():
            ans.flush()

        assert _chosen(kept) == [1, 2]
        assert _spool(kept).waiting() == []

    def test_what_another_identity_signed_is_set_aside_and_that_is_said(self, kept: Kept) -> None:
        ans.choose("threshold", 0)
        spooled(1)
        _remove(kept)
        for key in (kept.home / "keys" / "identity").iterdir():
            key.unlink()
        _configure(kept)
        with pytest.warns(ans.CustodyWarning, match="set aside"):
            assert ans.flush() == 0
        ans.choose("threshold", 2)
        assert _chosen(kept) == [2]
        assert len([*_spool(kept).folder.glob("*.damaged")]) == 1

    def test_what_was_changed_while_it_waited_is_set_aside(self, kept: Kept) -> None:
        ans.choose("threshold", 0)
        spooled(1, 2)
        spool = _spool(kept)
        place = spool.waiting()[0]
        ((_, parcel), *_) = spool.parcels(lambda _: None)
        place.unlink()
        envelope = json.loads(parcel.envelopes[0])
        signature = bytearray(envelope["signatures"][0]["sig"].encode())
        signature[0] = ord("A") if signature[0] != ord("A") else ord("B")
        envelope["signatures"][0]["sig"] = signature.decode()
        forged = json.dumps(envelope, separators=(",", ":"), sort_keys=True).encode()
        spool.keep(attrs.evolve(parcel, envelopes=(forged,)))
        _remove(kept)
        _configure(kept)

        with pytest.warns(ans.CustodyWarning, match="set aside"):
            ans.flush()
        assert kept.verdict().holds


@given(where=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_file_of_which_any_byte_changed_is_set_aside(
    tmp_path_factory: pytest.TempPathFactory, where: float, byte: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    forger = Forger(home=folder / "home", path=folder / "d.db")
    spool = Spool(folder, SPOOL_BYTES)
    introduction = forger.sign(forger.delegation())
    place = spool.keep(Parcel((introduction, forger.sign(forger.decision())), introduction))
    data = bytearray(place.read_bytes())
    position = int(where * len(data))
    changed = data[position] != byte
    data[position] = byte
    place.write_bytes(data)
    told: list[Path] = []

    appended: list[bytes] = []
    spool.drain(appended.extend, told.append)

    assert (appended == []) is changed
    assert bool(told) is changed


@given(st.binary(max_size=200))
def test_whatever_bytes_are_read_they_are_a_parcel_or_malformed(data: bytes) -> None:
    with pytest.raises(ans.MalformedError):
        Parcel.from_bytes(data)


def test_a_parcel_reads_back_as_it_was_written(tmp_path: Path) -> None:
    forger = Forger(home=tmp_path, path=tmp_path / "d.db")
    introduction = forger.sign(forger.delegation())
    parcel = Parcel(
        (introduction, forger.sign(forger.decision())), introduction, "example.org/log", ("a",)
    )
    assert Parcel.from_bytes(parcel.to_bytes()) == parcel


def test_what_an_earlier_version_left_waiting_is_delivered(tmp_path: Path) -> None:
    forger = Forger(home=tmp_path, path=tmp_path / "d.db")
    envelope = forger.sign(forger.delegation())
    spool = Spool(tmp_path / "spool", SPOOL_BYTES)
    spool.folder.mkdir()
    mark = hashlib.sha256(envelope).hexdigest()[:16]
    (spool.folder / f"{5:020d}-{mark}.envelope").write_bytes(envelope)
    taken: list[bytes] = []
    assert spool.drain(taken.extend, lambda place: pytest.fail(f"{place}")) == 1
    assert taken == [envelope]


def test_a_replacement_removes_nothing_outside_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", SPOOL_BYTES)
    spool.folder.mkdir()
    other, key = tmp_path / "other.envelope", spool.folder / "key"
    other.touch()
    key.touch()
    forger = Forger(home=tmp_path, path=tmp_path / "d.db")
    parcel = Parcel(
        (forger.sign(forger.delegation()),), replaces=("../other.envelope", "key", str(other))
    )
    data = parcel.to_bytes()
    mark = hashlib.sha256(data).hexdigest()[:32]
    (spool.folder / f"1-{mark}.replacing").write_bytes(data)
    spool.settle(lambda place: pytest.fail(f"{place}"))
    assert other.exists()
    assert key.exists()
    assert [place.name for place in spool.waiting()] == [f"1-{mark}.envelope"]


class TestTheBound:
    """`spool_bytes`, of everything that waits for one ledger."""

    def test_counts_what_other_processes_left_there(self, kept: Kept) -> None:
        ans.choose("threshold", 0)
        spooled(*range(5))
        held = sum(path.stat().st_size for path in _spool(kept).waiting())
        ans.configure(ledger=kept.path, actor="a@bank.example", spool_bytes=held + 4000)
        with nothing_goes_in(), quietly():
            with pytest.raises(ans.CustodyError, match="that it may") as raised:
                ans.choose("threshold", "too much", because="x" * 8000)
        assert raised.value.hint is not None and "answerable flush" in raised.value.hint

        ans.flush()
        ans.choose("threshold", "again")
        assert _chosen(kept) == [0, 0, 1, 2, 3, 4, "again"]

    def test_comes_from_the_environment_too(
        self, kept: Kept, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_SPOOL_BYTES", "10")
        ans.choose("threshold", 0)
        _configure(kept)
        with nothing_goes_in(), quietly(), pytest.raises(ans.CustodyError):
            ans.choose("threshold", 1, because="x" * 8000)

    @pytest.mark.parametrize("told", ["many", "-1", 1.5, True, "1e9", "٣"])
    def test_is_a_number_of_bytes(self, told: object) -> None:
        with pytest.raises(ans.ConfigurationError):
            ans.configure(spool_bytes=told)  # type: ignore[arg-type]


class TestADisk:
    """A real one: full, and read-only."""

    @pytest.fixture
    def disk(self, tmp_path: Path) -> Path:
        if sys.platform != "linux" or os.geteuid() != 0:
            pytest.skip("only root mounts a disk, on Linux")
        return tmp_path

    # In a namespace of its own, so that whatever happens nothing stays mounted.
    _SCRIPT = """
import errno, subprocess, sys, warnings
import answerable as ans
from pathlib import Path
disk, ledger_elsewhere, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
disk.mkdir()
made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk])
if made.returncode:
    sys.exit(77)
warnings.simplefilter("ignore", ans.CustodyWarning)
ledger, home = ledger_elsewhere if mode == "spool" else disk / "d.db", disk / "home"
ans.configure(ledger=ledger, home=home, actor="analyst@bank.example")
ans.choose("threshold", 0)
if mode == "spool":
    Path(ledger).rename(ledger + ".away")
    Path(ledger).with_name("gone").touch()
    ans.shutdown()
    ans.configure(ledger=Path(ledger).with_name("gone") / "d.db", home=home)
kept, raised = [0], None
for number in range(1, 400):
    if mode == "read-only" and number == 5:
        ans.shutdown()  # no disk is made read-only while it is written to
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        ans.choose("threshold", number, because="x" * 4000)
    except ans.CustodyError as error:
        raised = error
        break
    kept.append(number)
print(raised, kept[-1], flush=True)
if mode == "read-only":
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
if mode == "full":
    subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
if mode == "spool":
    sys.exit(0 if raised and "No space left" in str(raised) else 1)
ans.shutdown()
ans.flush()
with ans.open() as history:
    assert history.verify().holds, history.verify().faults
    found = [d.chosen for d in reversed(history.decisions(limit=0))]
assert sorted(found) == kept, (found, kept)
wanted = "No space left" if mode == "full" else "Read-only"
assert wanted in str(raised), raised
"""

    @pytest.mark.parametrize("mode", ["full", "read-only", "spool"])
    def test_that_takes_nothing_more_is_said_and_loses_nothing(self, disk: Path, mode: str) -> None:
        command = ["unshare", "--mount", sys.executable, "-c", self._SCRIPT]
        ran = subprocess.run(
            [*command, str(disk / "disk"), str(disk / "elsewhere.db"), mode],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode == 77 or "unshare" in ran.stderr:
            pytest.skip("this system lets nobody mount")
        assert (ran.returncode, ran.stderr) == (0, "")
