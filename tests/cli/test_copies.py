"""The log for strangers: published, proved, bundled; and what `verify` says of each copy."""

from __future__ import annotations

import base64
import http.server
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from tests.cli.running import Run, running

SUBJECT = "deployment:prod/scores"
VERDICT = {"verdict", "size", "root", "origin", "policy", "unwitnessed_since", "faults"}


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two deployments by two people: six entries and one more that is about neither."""
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    monkeypatch.setenv("ANSWERABLE_LEDGER", uri)
    for actor, subject in (("ana", SUBJECT), ("bo", "deployment:prod/other")):
        ans.configure(actor=f"person:{actor}@bank.example")
        with ans.step("deploy", produced=[subject]):
            ans.choose("deploy", "all", because="it holds")
        ans.shutdown()
    return uri


@pytest.fixture
def published(run: Run, ledger: str, tmp_path: Path) -> Path:
    assert run("publish", str(tmp_path / "log")).status == 0
    return tmp_path / "log"


@pytest.fixture
def served(published: Path) -> Iterator[str]:
    """The directory on a static web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is said."""

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(published))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def codes(found: Any) -> list[tuple[str, int | None]]:
    return [(fault["code"], fault["index"]) for fault in found.json["faults"]]


class TestTiles:
    def test_publishing_says_what_a_verifier_needs(
        self, run: Run, ledger: str, tmp_path: Path
    ) -> None:
        made = run("publish", str(tmp_path / "log"), "--json")

        assert set(made.json) >= {"origin", "size", "root", "vkey"}
        whole = run("verify", "--json").json
        assert (made.json["size"], made.json["root"]) == (whole["size"], whole["root"])
        assert made.json["vkey"].startswith(made.json["origin"])

    def test_a_directory_verifies_without_the_ledger(
        self, run: Run, published: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "decisions.db").unlink()

        found = run("verify", "--tiles", str(published), "--json")

        assert found.status == 0
        assert set(found.json) >= VERDICT
        assert (found.json["verdict"], found.json["size"]) == ("valid-unwitnessed", 6)
        assert "every signature" in run("verify", "--tiles", str(published)).text

    def test_so_does_a_static_web_server(self, run: Run, served: str) -> None:
        assert run("verify", "--tiles", served, "--json").json["size"] == 6

    def test_what_is_not_there_exits_2(self, run: Run, served: str, tmp_path: Path) -> None:
        assert run("verify", "--tiles", f"{served}/nothing").status == 2
        assert run("verify", "--tiles", str(tmp_path / "nothing")).status == 2
        assert run("verify", "--tiles", "http://127.0.0.1:9/log").status == 2

    def test_a_forged_record_is_found_though_the_tree_is_made_anew(
        self, run: Run, published: Path, tmp_path: Path, home: Path
    ) -> None:
        """Whoever holds the log's key signs another tree; the record's own signature is not theirs."""
        from answerable.ledger import Checkpoint, leaf_hash, merkle
        from answerable.ledger.tiles import bundle, unbundle
        from answerable.signing import Keyring

        place = published / "tile" / "entries" / "000.p" / "6"
        entries = unbundle(place.read_bytes(), 6)
        envelope = json.loads(entries[1])
        payload = json.loads(base64.b64decode(envelope["payload"]))
        payload["predicate"]["chosen"] = "nobody"
        envelope["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
        entries[1] = json.dumps(envelope).encode()
        leaves = [leaf_hash(entry) for entry in entries]
        origin = run("verify", "--json").json["origin"]
        signed = Checkpoint(origin, 6, merkle.root_of(leaves)).sign(Keyring(home).log_key(origin))
        place.write_bytes(bundle(entries))
        (published / "tile" / "0" / "000.p" / "6").write_bytes(b"".join(leaves))
        (published / "checkpoint").write_bytes(signed)
        shutil.rmtree(home / "checkpoints")

        found = run("verify", "--tiles", str(published), "--json")

        assert found.status == 1
        assert ("malformed", 1) in codes(found)

    def test_a_copy_that_is_shorter_than_what_was_seen_here_is_found(
        self, run: Run, published: Path, ledger: str
    ) -> None:
        ans.configure(actor="person:ana@bank.example")
        ans.choose("threshold", 1, because="more")
        ans.shutdown()
        assert run("verify").status == 0

        found = run("verify", "--tiles", str(published), "--json")

        assert codes(found) == [("truncated", None)]

    def test_another_logs_key_is_refused(self, run: Run, published: Path, tmp_path: Path) -> None:
        other = f"sqlite:///{tmp_path / 'other.db'}"
        ans.configure(ledger=other)
        ans.choose("threshold", 1, because="more")
        ans.shutdown()
        vkey = run("publish", str(tmp_path / "other"), "--ledger", other, "--json").json["vkey"]

        found = run("verify", "--tiles", str(published), "--vkey", vkey, "--json")

        assert found.status == 1
        assert codes(found) == [("unreadable", None)]

    def test_a_copy_that_does_not_continue_a_receipt_is_found(
        self, run: Run, published: Path, ledger: str, tmp_path: Path, home: Path
    ) -> None:
        """Though this machine has kept nothing to tell by."""
        ans.configure(actor="person:ana@bank.example")
        ans.choose("threshold", 1, because="more")
        ans.shutdown()
        (*_, newest) = run("log", "--json").json
        receipt = tmp_path / "a.tlog-proof"
        assert run("prove", newest["id"], "-o", str(receipt)).status == 0
        shutil.rmtree(home / "checkpoints")
        words = ("verify", "--tiles", str(published), "--json")

        assert run(*words).status == 0
        assert codes(run(*words, "--since", str(receipt))) == [("truncated", None)]
        assert run("publish", str(published)).status == 0
        assert run(*words, "--since", str(receipt)).status == 0

    def test_an_empty_key_is_not_as_if_none_was_given(self, run: Run, published: Path) -> None:
        """As a shell gives it, of a variable that nobody set: the directory would be believed instead."""
        assert run("verify", "--tiles", str(published), "--vkey", "").status == 2

    def test_a_key_that_is_no_text_is_no_key(self, run: Run, published: Path) -> None:
        (published / "vkey").write_bytes(b"\xff\xfe")

        ran = run("verify", "--tiles", str(published))

        assert (ran.status, "not a log verifier key" in ran.err) == (2, True)


class TestReceipts:
    def test_a_ledger_that_continues_it_holds(self, run: Run, ledger: str, tmp_path: Path) -> None:
        with ans.decide("threshold") as d:
            d.choose(1)
        ans.shutdown()
        assert d.receipt.checkpoint is not None
        receipt = tmp_path / "receipt"
        receipt.write_bytes(d.receipt.checkpoint)

        assert run("verify", "--since", str(receipt)).status == 0

    def test_one_that_was_cut_back_does_not(
        self, run: Run, ledger: str, tmp_path: Path, home: Path
    ) -> None:
        """Though this machine has kept nothing to tell by."""
        shutil.copy(tmp_path / "decisions.db", tmp_path / "yesterday.db")
        (decision, *_) = run("log", "--json").json
        ans.configure(ledger=ledger)
        ans.choose("threshold", 1, because="more")
        ans.shutdown()
        receipt = tmp_path / "a.tlog-proof"
        assert run("prove", decision["id"], "-o", str(receipt)).status == 0
        with sqlite3.connect(tmp_path / "decisions.db") as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        shutil.copy(tmp_path / "yesterday.db", tmp_path / "decisions.db")
        shutil.rmtree(home / "checkpoints")

        assert run("verify").status == 0
        found = run("verify", "--since", str(receipt), "--json")
        assert codes(found) == [("truncated", None)]

    def test_what_is_no_receipt_of_this_log_exits_2(
        self, run: Run, ledger: str, tmp_path: Path
    ) -> None:
        (tmp_path / "rubbish").write_text("hello")

        assert run("verify", "--since", str(tmp_path / "rubbish")).status == 2
        assert run("verify", "--since", str(tmp_path / "absent")).status == 2


class TestProofs:
    def test_a_record_is_proved_to_somebody_without_the_log(
        self, run: Run, ledger: str, tmp_path: Path
    ) -> None:
        (decision, other) = run("log", "--json").json
        made = run("prove", decision["id"], "--json").json
        proof, envelope = tmp_path / "p.tlog-proof", tmp_path / "envelope"
        assert run("prove", decision["id"], "-o", str(proof)).status == 0
        envelope.write_bytes(run("show", decision["id"], "--envelope").out)
        (tmp_path / "decisions.db").rename(tmp_path / "away.db")
        words = ("prove", "--check", str(proof), "--vkey", made["vkey"], "--envelope")

        holds = run(*words, str(envelope), "--json")
        assert (holds.status, holds.json["holds"]) == (0, True)
        assert holds.json["index"] == decision["index"] == made["index"]

        (tmp_path / "away.db").rename(tmp_path / "decisions.db")
        envelope.write_bytes(run("show", other["id"], "--envelope").out)
        fails = run(*words, str(envelope), "--json")
        assert (fails.status, fails.json["holds"]) == (1, False)

    def test_it_is_printed_as_it_is(self, run: Run, ledger: str) -> None:
        (decision, _) = run("log", "--json").json

        assert run("prove", decision["id"]).out.startswith(b"c2sp.org/tlog-proof@v1\nindex ")

    def test_a_record_that_nobody_knows_exits_2(self, run: Run, ledger: str) -> None:
        assert run("prove", "nobody").status == 2
        assert run("prove").status == 2


class TestBundles:
    @pytest.fixture
    def bundled(self, run: Run, ledger: str, tmp_path: Path) -> Path:
        assert run("bundle", SUBJECT, "-o", str(tmp_path / "bundle.json")).status == 0
        return tmp_path / "bundle.json"

    def test_it_holds_what_is_behind_the_subject_and_verifies_alone(
        self, run: Run, bundled: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "decisions.db").unlink()

        found = run("verify", "--bundle", str(bundled), "--json")

        assert found.status == 0
        assert set(found.json) >= VERDICT
        # Ana's delegation, decision and step; nothing of Bo's.
        assert (found.json["size"], found.json["verdict"]) == (3, "valid-unwitnessed")
        assert "bo@" not in bundled.read_text()
        assert {e["index"] for e in json.loads(bundled.read_text())["entries"]} == {0, 1, 2}

    def test_every_part_of_it_that_is_changed_is_found(
        self, run: Run, bundled: Path, tmp_path: Path
    ) -> None:
        whole = json.loads(bundled.read_text())

        def broken(part: dict[str, Any], name: str) -> list[Any]:
            value = part[name]
            if isinstance(value, int):
                return [value + 1, str(value)]
            if isinstance(value, str):
                raw = bytearray(base64.b64decode(value)) if name != "format" else None
                if raw is None:
                    return ["answerable-bundle/2"]
                raw[len(raw) // 2] ^= 1
                return [base64.b64encode(raw).decode(), ""]
            return [
                value[1:],
                [*value, value[0]] if value else [base64.b64encode(bytes(32)).decode()],
            ]

        places: list[tuple[dict[str, Any], str]] = [(whole, "checkpoint"), (whole, "format")]
        for entry in whole["entries"]:
            places += [(entry, "index"), (entry, "envelope"), (entry, "path")]
        for part, name in places:
            before = part[name]
            for changed in broken(part, name):
                part[name] = changed
                bundled.write_text(json.dumps(whole))
                assert run("verify", "--bundle", str(bundled)).status in (1, 2), (name, changed)
            part[name] = before
        bundled.write_text(json.dumps(whole))
        assert run("verify", "--bundle", str(bundled)).status == 0

    def test_one_of_another_log_is_found_by_who_knows_the_logs_key(
        self, run: Run, bundled: Path, tmp_path: Path
    ) -> None:
        """Anybody can make a log, and a bundle of it that holds under its own key."""
        vkey = json.loads(bundled.read_text())["vkey"]
        assert run("verify", "--bundle", str(bundled), "--vkey", vkey).status == 0
        other, forged = f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "forged.json"
        ans.configure(ledger=other, actor="person:ana@bank.example")
        with ans.step("deploy", produced=[SUBJECT]):
            ans.choose("deploy", "nothing", because="it does not hold")
        ans.shutdown()
        assert run("bundle", SUBJECT, "-o", str(forged), "--ledger", other).status == 0

        assert run("verify", "--bundle", str(forged)).status == 0
        found = run("verify", "--bundle", str(forged), "--vkey", vkey, "--json")
        assert found.status == 1
        assert ("checkpoint", None) in codes(found)

    def test_a_delegation_that_was_left_out_is_missed(self, run: Run, bundled: Path) -> None:
        whole = json.loads(bundled.read_text())
        del whole["entries"][0]
        bundled.write_text(json.dumps(whole))

        found = run("verify", "--bundle", str(bundled), "--json")

        assert {code for code, _ in codes(found)} == {"signature"}

    def test_what_is_no_bundle_exits_2(self, run: Run, tmp_path: Path) -> None:
        for text in ("", "[]", "{}", '{"format": "answerable-bundle/1"}', "\x00"):
            (tmp_path / "b").write_text(text)
            assert run("verify", "--bundle", str(tmp_path / "b")).status == 2

    def test_a_subject_that_nobody_knows_exits_2(
        self, run: Run, ledger: str, tmp_path: Path
    ) -> None:
        ran = run("bundle", "deployment:prod/score", "-o", str(tmp_path / "b"))

        assert ran.status == 2
        assert not (tmp_path / "b").exists()


def test_one_copy_at_a_time(run: Run, ledger: str, tmp_path: Path) -> None:
    ran = run("verify", "--tiles", str(tmp_path), "--bundle", str(tmp_path / "b"))

    assert ran.status == 2
    assert "one copy at a time" in ran.err


@pytest.mark.parametrize(
    ("option", "copy"),
    [
        (("--vkey", "a"), ()),
        (("--since", "a"), ("--bundle", "b")),
        (("--since", "a"), ("--outcome", "b")),
        (("--since", "a"), ("--mlflow", "b")),
        (("--everything",), ("--tiles", "b")),
        (("--vkey", "a"), ("--otlp-json", "b")),
        (("--policy", "a"), ("--otlp-json", "b")),
        (("--policy", "a"), ("--jaeger", "http://localhost:9", "b")),
        (("--policy", "a"), ("--mlflow", "b")),
    ],
)
def test_what_has_no_bearing_on_what_is_checked_is_not_passed_over(
    run: Run, option: tuple[str, ...], copy: tuple[str, ...]
) -> None:
    """Whoever gives it, and reads *valid*, would believe that it was weighed."""
    ran = run("verify", *option, *copy)

    assert ran.status == 2
    assert f"{option[0]} has no bearing on" in ran.err
