"""What `append` has acknowledged is there: once, in order, and after every kind of end."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from answerable.errors import LedgerError, LedgerKeyError, LedgerRolledBackError
from answerable.ledger import Ledger, fsck, merkle
from answerable.ledger.checkpoint import LogSigner
from answerable.signing import Keyring
from tests.ledger.places import Place
from tests.ledger.tampering import change

# Appends without end and says of each entry, on a line of its own, that it was acknowledged.
APPENDING = """\
import sys
from pathlib import Path
from answerable.ledger import Ledger
path, home, name = sys.argv[1:]
ledger = Ledger.open_or_create(path, Path(home))
for n in range(1_000_000):
    data = f"{name}-{n}".encode()
    receipt = ledger.append(data)
    print(receipt.index, data.decode(), flush=True)
"""


@pytest.fixture
def path(place: Place) -> str:
    return place.uri


@pytest.fixture
def ledger(place: Place, home: Path) -> Iterator[Ledger]:
    ledger = Ledger.open_or_create(place.uri, home)
    yield ledger
    ledger.close()


def test_entries_come_back_in_order_and_as_they_were(ledger: Ledger) -> None:
    data = [b"a", bytes(range(256)), b"", "é".encode(), b"x" * 65_535]

    receipts = [ledger.append(each) for each in data]

    assert [receipt.index for receipt in receipts] == [0, 1, 2, 3, 4]
    assert [entry.envelope for entry in ledger.entries()] == data
    assert [entry.envelope for entry in ledger.entries(3)] == data[3:]
    assert [ledger.entry(n).envelope for n in range(5)] == data
    assert ledger.size() == 5


def test_entries_are_found_by_what_stands_at_their_end(ledger: Ledger) -> None:
    mark = b'"},{'
    ends = (b"", mark, mark + b"x" * (250 - len(mark)), mark + b"x" * (251 - len(mark)))
    data = [b"x" * 300 + end for end in ends] + [mark, b"y" + mark + b"'\x00\xff"]
    for each in data:
        ledger.append(each)

    found = ledger.ending_with(mark)

    assert [(each.index, each.envelope) for each in found] == [
        (index, data[index]) for index in (1, 2, 4, 5)
    ]


def test_a_receipt_proves_that_the_entry_is_in_the_log(ledger: Ledger) -> None:
    for n in range(20):
        data = b"entry %d" % n
        receipt = ledger.append(data)

        covered = ledger.verifier.open(receipt.checkpoint)
        path = ledger.inclusion(receipt.index, covered.size)
        assert receipt.leaf == merkle.leaf_hash(data)
        assert covered.size == receipt.index + 1
        assert merkle.included(
            merkle.leaf_hash(data), receipt.index, covered.size, path, covered.root
        )
        assert ledger.root_at(covered.size) == covered.root


def test_the_same_bytes_again_get_their_first_place(ledger: Ledger) -> None:
    first = ledger.append(b"a")
    ledger.append(b"b")

    again = ledger.append(b"a")

    assert (again.index, again.leaf) == (first.index, first.leaf)
    assert ledger.verifier.open(again.checkpoint).size == 2
    assert ledger.size() == 2


def test_a_ledger_that_is_opened_again_goes_on(path: str, home: Path) -> None:
    for n in range(5):
        ledger = Ledger.open_or_create(path, home)
        assert ledger.append(b"%d" % n).index == n
        ledger.close()

    ledger = Ledger.open(path, home)
    assert [entry.envelope for entry in ledger.entries()] == [b"%d" % n for n in range(5)]
    assert list(fsck(ledger)) == []
    ledger.close()


def test_a_reader_sees_what_was_appended_after_it_opened(ledger: Ledger, home: Path) -> None:
    reader = Ledger.open(ledger.uri, home)
    ledger.append(b"a")

    assert [entry.envelope for entry in reader.entries()] == [b"a"]
    reader.close()


def test_a_reader_cannot_append(ledger: Ledger, home: Path) -> None:
    reader = Ledger.open(ledger.uri, home)

    with pytest.raises(LedgerError, match=r"read-?only"):
        reader.append(b"a")
    reader.close()
    assert ledger.size() == 0


def test_many_processes_append_to_one_ledger(path: str, home: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        answers = list(pool.map(_append_many, [path] * 4, [home] * 4, range(4)))

    ledger = Ledger.open(path, home)
    stored = {entry.envelope: entry.index for entry in ledger.entries()}
    assert len(stored) == 200
    assert {data: index for each in answers for data, index in each.items()} == stored
    for own in answers:  # and each process's entries stand in the order it made them
        assert list(own.values()) == sorted(own.values())
    assert list(fsck(ledger)) == []
    ledger.close()


def test_many_threads_append_to_one_ledger_and_read_it(ledger: Ledger) -> None:
    def work(n: int) -> int:
        receipt = ledger.append(b"%d" % n)
        assert ledger.entry(receipt.index).envelope == b"%d" % n
        assert sum(1 for _ in ledger.entries(batch=7)) > receipt.index
        return receipt.index

    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(work, range(100)))

    assert sorted(places) == list(range(100))
    assert list(fsck(ledger)) == []


def test_it_is_checked_while_others_append(ledger: Ledger, home: Path) -> None:
    for n in range(300):
        ledger.append(b"%d" % n)
    checking = Ledger.open(ledger.uri, home)

    with checking.snapshot() as still:
        before = [entry.index for entry in islice(still.entries(batch=1), 5)]
        ledger.append(b"meanwhile")
        after = [entry.index for entry in still.entries()]

    assert before == [0, 1, 2, 3, 4]
    assert len(after) == 300
    assert list(fsck(checking)) == []
    checking.close()


@pytest.mark.parametrize("time", range(10))
def test_what_was_acknowledged_survives_a_kill(path: str, home: Path, time: int) -> None:
    Ledger.open_or_create(path, home).close()
    acknowledged: dict[int, str] = {}
    with subprocess.Popen(
        [sys.executable, "-c", APPENDING, path, str(home), f"run{time}"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in islice(process.stdout, 1 + 7 * time):
            index, data = line.split()
            acknowledged[int(index)] = data
        process.kill()
        for line in process.stdout:  # what it still said before it died
            if line.endswith("\n"):
                index, data = line.split()
                acknowledged[int(index)] = data

    ledger = Ledger.open_or_create(path, home)
    stored = {entry.index: entry.envelope.decode() for entry in ledger.entries()}
    assert acknowledged.items() <= stored.items()
    assert len(stored) - len(acknowledged) <= 1
    assert list(fsck(ledger)) == []
    assert ledger.append(b"goes on").index == len(stored)
    ledger.close()


def test_a_kill_while_the_ledger_is_made_leaves_a_place_where_one_can_be_made(
    tmp_path: Path, home: Path
) -> None:
    ends: list[int] = []
    for step in range(1, 12):
        path = tmp_path / f"{step}.db"
        code = (
            "import os, sys; from answerable.ledger import Ledger; from pathlib import Path\n"
            "def stop(event, arguments, seen=[0]):\n"
            "    if event in ('sqlite3.connect', 'open', 'os.link', 'os.rename', 'os.mkdir'):\n"
            "        seen[0] += str(arguments[0]).startswith(sys.argv[1])\n"
            "        if seen[0] == int(sys.argv[2]): os.kill(os.getpid(), 9)\n"
            "sys.addaudithook(stop)\n"
            "Ledger.open_or_create(sys.argv[1] + '/' + sys.argv[2] + '.db', Path(sys.argv[1], 'home'))\n"
        )
        command = [sys.executable, "-c", code, str(tmp_path), str(step)]
        ends.append(subprocess.run(command, check=False).returncode)

        ledger = Ledger.open_or_create(str(path), home)
        assert ledger.append(b"a").index == 0
        assert list(fsck(ledger)) == []
        ledger.close()
    assert set(ends) == {0, -signal.SIGKILL}
    assert ends.count(-signal.SIGKILL) > 5


class TestAFullDisk:
    @pytest.fixture
    def ledger(self, tmp_path: Path, home: Path) -> Iterator[Ledger]:
        ledger = Ledger.open_or_create(str(tmp_path / "ledger.db"), home)
        yield ledger
        ledger.close()

    def test_an_append_is_refused_and_leaves_the_ledger_whole(self, ledger: Ledger) -> None:
        kept = [b"%d" % n for n in range(5)]
        for data in kept:
            ledger.append(data)
        _limit(ledger, pages=0)  # no page beyond those that there are

        with pytest.raises(LedgerError, match="refused the record: database or disk is full"):
            _fill(ledger)
        _limit(ledger, pages=100_000)

        survived = [entry.envelope for entry in ledger.entries()]
        assert survived[:5] == kept
        assert list(fsck(ledger)) == []
        assert ledger.append(b"space again").index == len(survived)
        assert list(fsck(ledger)) == []

    def test_a_file_that_may_not_grow_refuses_the_record(self, ledger: Ledger) -> None:
        ledger.append(b"a")
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
        try:
            with pytest.raises(LedgerError, match="refused the record"):
                _fill(ledger)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)

        assert list(fsck(ledger)) == []
        assert ledger.append(b"space again").index == ledger.size() - 1


class TestTheKey:
    def test_another_home_reads_but_does_not_append(self, ledger: Ledger, tmp_path: Path) -> None:
        ledger.append(b"a")
        stranger = Ledger.open_or_create(ledger.uri, tmp_path / "another home")

        assert [entry.envelope for entry in stranger.entries()] == [b"a"]
        assert list(fsck(stranger)) == []
        with pytest.raises(LedgerKeyError, match="no key for the log") as caught:
            stranger.append(b"b")
        assert "ANSWERABLE_HOME" in (caught.value.hint or "")
        stranger.close()
        assert ledger.size() == 1

    def test_another_key_in_the_place_of_the_logs_key_does_not_sign(
        self, ledger: Ledger, home: Path, tmp_path: Path
    ) -> None:
        (stored,) = Keyring(home)
        Keyring(tmp_path / "other").create_log_key(ledger.origin)
        (other,) = Keyring(tmp_path / "other")
        other.path.replace(stored.path)

        with pytest.raises(LedgerKeyError, match="is not the ledger's key"):
            ledger.append(b"a")

    def test_two_ledgers_have_two_logs(self, tmp_path: Path, home: Path) -> None:
        one = Ledger.open_or_create(str(tmp_path / "1.db"), home)
        two = Ledger.open_or_create(str(tmp_path / "2.db"), home)

        assert one.origin != two.origin
        assert one.verifier.public != two.verifier.public
        one.close()
        two.close()


class TestALedgerThatWasChangedBehindOurBack:
    """Whoever signs the next root vouches for all that lies under it, and so looks first."""

    def test_an_older_copy_is_not_continued(self, place: Place, ledger: Ledger, home: Path) -> None:
        older = _copy_after(place, ledger, entries=3)
        for n in range(3, 6):
            ledger.append(b"%d" % n)
        ledger.close()
        place.restore(older)

        again = Ledger.open_or_create(ledger.uri, home)
        with pytest.raises(
            LedgerRolledBackError, match="has 3 entries where 6 were seen"
        ) as caught:
            again.append(b"new")

        assert "older copy" in (caught.value.hint or "")
        assert [fault.code for fault in fsck(again)] == ["truncated"]
        again.close()

    def test_an_older_copy_is_not_continued_by_who_has_it_open(
        self, place: Place, ledger: Ledger
    ) -> None:
        older = _copy_after(place, ledger, entries=3)
        for n in range(3, 6):
            ledger.append(b"%d" % n)
        place.restore(older)

        with pytest.raises(LedgerRolledBackError, match="has 3 entries where 6 were seen"):
            ledger.append(b"new")

    def test_a_history_rewritten_with_the_logs_own_key_is_not_continued(
        self, place: Place, ledger: Ledger, home: Path
    ) -> None:
        for n in range(5):
            ledger.append(b"%d" % n)
        ledger.close()
        place.rewrite(
            [b"%d" % n for n in (0, 1, 9, 3, 4, 5, 6)],
            signer=(ledger.origin, Keyring(home).log_key(ledger.origin)),
        )

        again = Ledger.open_or_create(ledger.uri, home)
        with pytest.raises(LedgerRolledBackError, match="first 5 entries are not those"):
            again.append(b"new")
        again.close()

        # Having looked at it does not lose what was kept.
        reader = Ledger.open(ledger.uri, home)
        assert [fault.code for fault in fsck(reader)] == ["rewritten"]
        reader.close()
        reader = Ledger.open(ledger.uri, home)
        assert [fault.code for fault in fsck(reader)] == ["rewritten"]
        reader.close()

    def test_a_checkpoint_of_another_size_is_not_signed_again(
        self, place: Place, ledger: Ledger, home: Path
    ) -> None:
        for n in range(5):
            ledger.append(b"%d" % n)
        ledger.close()
        ((note,),) = place.change("SELECT note FROM checkpoint")
        place.change("UPDATE checkpoint SET note = ?", (note.replace(b"\n5\n", b"\n4\n"),))

        again = Ledger.open_or_create(ledger.uri, home)
        with pytest.raises(LedgerError, match="does not hold"):
            again.append(b"new")
        again.close()

    @pytest.mark.parametrize(
        ("statement", "value", "reason"),
        [
            ("UPDATE checkpoint SET note = ?", b"\x00", "does not hold"),
            ("DELETE FROM checkpoint", None, "has no checkpoint"),
            ("UPDATE nodes SET hash = ? WHERE level = 2", bytes(32), "does not give the root"),
            ("UPDATE entries SET leaf = ? WHERE idx = 4", bytes(32), "does not give the root"),
            ("DELETE FROM nodes WHERE level = 2", None, "lacks the tree node"),
            ("DELETE FROM entries WHERE idx = 4", None, "lacks the tree node"),
        ],
    )
    def test_a_tree_that_does_not_bear_out_its_checkpoint_is_not_signed_again(
        self,
        place: Place,
        ledger: Ledger,
        home: Path,
        statement: str,
        value: bytes | None,
        reason: str,
    ) -> None:
        for n in range(5):
            ledger.append(b"%d" % n)
        ledger.close()
        place.change(statement, () if value is None else (value,))

        again = Ledger.open_or_create(ledger.uri, home)
        with pytest.raises(LedgerError, match=reason):
            again.append(b"new")

        # It was not half written, either.
        assert b"new" not in [entry.envelope for entry in again.entries()]
        again.close()


def test_a_second_checkpoint_in_the_table_is_in_no_appends_way(tmp_path: Path, home: Path) -> None:
    """It is a fault of the ledger's tables, and no reason to lose a record."""
    path = tmp_path / "ledger.db"
    ledger = Ledger.open_or_create(f"sqlite:///{path}", home)
    ledger.append(b"a")
    note = ledger.checkpoint()
    change(
        path,
        "DROP TABLE checkpoint",
        "CREATE TABLE checkpoint (id INTEGER PRIMARY KEY, note BLOB NOT NULL)",
        f"INSERT INTO checkpoint VALUES (1, x'{note.hex()}'), (2, x'00')",
    )

    assert ledger.append(b"b").index == 1
    assert [fault.code for fault in fsck(ledger)] == ["schema"]
    ledger.close()


def test_a_child_does_not_append_through_its_parents_connection(ledger: Ledger) -> None:
    ledger.append(b"a")
    child = os.fork()
    if child == 0:
        try:
            ledger.append(b"b")
        except LedgerError as error:
            os._exit(0 if "fork" in error.message else 1)
        os._exit(2)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ledger.append(b"c").index == 1


def test_an_append_that_is_interrupted_is_as_if_it_had_not_been(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.append(b"a")

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(LogSigner, "sign", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ledger.append(b"b")

    assert ledger.size() == 1
    assert ledger.append(b"c").index == 1
    assert list(fsck(ledger)) == []


def _append_many(path: str, home: Path, worker: int) -> dict[bytes, int]:
    ledger = Ledger.open_or_create(path, home)
    made = [b"worker %d, entry %d" % (worker, n) for n in range(50)]
    places = {data: ledger.append(data).index for data in made}
    ledger.close()
    return places


def _fill(ledger: Ledger) -> None:
    for n in range(100):
        ledger.append(b"%d" % n * 20_000)


def _limit(ledger: Ledger, pages: int) -> None:
    # SQLite never goes below the pages in use.
    ledger._database.rows(f"PRAGMA max_page_count={pages or 1}")


def _copy_after(place: Place, ledger: Ledger, entries: int) -> Mapping[str, list[Any]]:
    for n in range(entries):
        ledger.append(b"%d" % n)
    return place.copy()


class Interrupted(BaseException):
    """As a signal would."""


@pytest.mark.parametrize("once_more", [False, True])
def test_whoever_is_interrupted_as_an_append_begins_locks_nobody_out(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, once_more: bool
) -> None:
    """Also where that is interrupted by which it is undone."""
    uri = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger, other = (Ledger.open_or_create(uri, home) for _ in range(2))
    ledger.append(b"a")
    begin = ledger._database.begin_appending

    def interrupted(leaves: Sequence[bytes]) -> None:
        begin(leaves)
        raise Interrupted

    def twice() -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(ledger._database, "begin_appending", interrupted)
        if once_more:
            patched.setattr(ledger._database, "rollback", twice)
        with pytest.raises(Interrupted):
            ledger.append(b"b")
    if not once_more:
        assert other.append(b"c").index == 1
    assert ledger.append(b"d").index == 2 - once_more
    assert other.append(b"e").index == 3 - once_more
    assert list(fsck(ledger)) == []
    ledger.close()
    other.close()


def test_what_was_written_in_part_is_undone_also_by_whoever_was_interrupted_as_they_undid_it(
    ledger: Ledger, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the same bytes again would find themselves there, and no checkpoint would ever cover them."""
    ledger.append(b"a")
    entry = (1, merkle.leaf_hash(b"b"), b"b")

    def in_part(*_: object) -> None:
        ledger._database.rows("INSERT INTO entries VALUES (?, ?, ?) RETURNING idx", *entry)
        raise Interrupted

    def twice() -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(ledger._database, "commit", in_part)
        patched.setattr(ledger._database, "rollback", twice)
        with pytest.raises(Interrupted):
            ledger.append(b"b")

    assert ledger.append(b"b").index == 1
    assert ledger.size() == 2
    assert list(fsck(ledger)) == []
