"""`verify` of a copy: by which key, against what was seen, and with which exit status."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable.cli.verify import exit_status
from answerable.exporters import otlp_json
from answerable.history import Verdict
from answerable.ledger import Checkpoint, KeptCheckpoints, Ledger, LogVerifier
from answerable.ledger.witnessed import keep_cosigned
from answerable.lineage import MemoryLookup, stitch
from answerable.recording import process
from answerable.signing import Keyring
from tests.cli.running import Run, running
from tests.history.forging import name_of
from tests.ledger.logs import Log
from tests.ledger.test_witnessed import SIGNER
from tests.signing.test_fido import policy

SUBJECT = "deployment:prod/scores"
ANA = "person:ana@bank.example"


@pytest.mark.parametrize(
    ("verdict", "faults", "statuses"),
    [
        ("valid", (), (0, 0)),
        ("valid-unwitnessed", (), (0, 1)),
        ("invalid", (), (1, 1)),
    ],
)
def test_the_exit_status_says_whether_it_holds_and_was_seen(
    verdict: Any, faults: tuple[()], statuses: tuple[int, int]
) -> None:
    found = Verdict(verdict=verdict, size=1, root=None, origin=None, faults=faults)

    assert exit_status(found, require_witness=False) == statuses[0]
    assert exit_status(found, require_witness=True) == statuses[1]


@attrs.frozen
class Place:
    run: Run
    folder: Path
    home: Path
    ledger: str

    @property
    def vkey(self) -> str:
        return (self.folder / "public" / "vkey").read_text().strip()

    def codes(self, *words: str) -> tuple[int, list[str]]:
        found = self.run("verify", *words, "--json")
        return found.status, [fault["code"] for fault in found.json["faults"]]

    def tiles(self, *words: str) -> tuple[int, list[str]]:
        return self.codes("--tiles", str(self.folder / "public"), *words)

    def note(self, size: int, root: bytes) -> bytes:
        """A checkpoint that the log's own key has signed."""
        origin = LogVerifier.from_vkey(self.vkey).origin
        return Checkpoint(origin, size, root).sign(Keyring(self.home).log_key(origin))


@pytest.fixture
def place(tmp_path: Path, home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Place]:
    ledger = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=ledger, home=home, actor=ANA, accountable="role:release")
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "all", because="the pilot held")
    ans.shutdown()
    run = running(capfdbinary)
    assert run("publish", str(tmp_path / "public"), "--ledger", ledger).status == 0
    yield Place(run, tmp_path, home, ledger)
    process.replace(None)


class TestPublished:
    def test_it_is_verified_by_the_key_that_is_said(self, place: Place) -> None:
        other = Ledger.open_or_create(f"sqlite:///{place.folder / 'other.db'}", place.home)
        key = other.verifier.vkey()
        other.close()
        own = place.vkey

        assert place.tiles() == place.tiles("--vkey", own) == (0, [])
        assert place.tiles("--vkey", key) == (1, ["unreadable"])
        (place.folder / "public" / "vkey").unlink()
        assert place.tiles("--vkey", own) == (0, [])

    def test_else_by_the_one_that_the_policy_names(self, place: Place) -> None:
        key = Keyring(place.home).identity(ANA)
        rules = place.folder / "policy.toml"
        rules.write_text(policy([name_of(key)]) + f'[log]\nvkey = "{place.vkey}"\n')
        (place.folder / "public" / "vkey").write_text("nonsense")

        assert place.tiles("--policy", str(rules)) == (0, [])

    def test_it_continues_what_was_seen_here(self, place: Place) -> None:
        kept = KeptCheckpoints(place.home)
        origin = LogVerifier.from_vkey(place.vkey).origin
        kept.keep(origin, 9, place.note(9, bytes(32)))
        assert place.tiles() == (1, ["truncated"])

    def test_what_was_kept_of_another_log_of_that_name_is_no_matter(self, place: Place) -> None:
        origin = LogVerifier.from_vkey(place.vkey).origin
        KeptCheckpoints(place.home).keep(origin, 9, b"rubbish")

        assert place.tiles() == (0, [])

    def test_it_continues_a_receipt(self, place: Place) -> None:
        receipt = place.folder / "receipt"
        receipt.write_bytes(place.note(3, bytes(32)))

        assert place.tiles("--since", str(receipt)) == (1, ["rewritten"])
        receipt.write_bytes((place.folder / "public" / "checkpoint").read_bytes())
        assert place.tiles("--since", str(receipt)) == (0, [])

    def test_it_continues_what_a_witness_of_the_policy_has_seen(self, place: Place) -> None:
        verifier = LogVerifier.from_vkey(place.vkey)
        note = place.note(9, bytes(32))
        cosigned = note + SIGNER.sign(verifier.open(note), 1_700_000_000)
        keep_cosigned(place.home, verifier.origin, SIGNER.verifier, cosigned)
        rules = place.folder / "policy.toml"
        text = policy([name_of(Keyring(place.home).identity(ANA))])
        rules.write_text(
            text + f'[witnesses]\nthreshold = 1\nvkeys = ["{SIGNER.verifier.vkey()}"]\n'
        )

        assert place.tiles() == (0, [])
        assert place.tiles("--policy", str(rules)) == (1, ["truncated"])

    def test_where_nothing_was_kept_here_nothing_is_continued(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_HOME", str(place.folder / "elsewhere"))

        assert place.tiles() == (0, [])

    def test_a_key_that_is_no_text_is_no_key(self, place: Place) -> None:
        (place.folder / "public" / "vkey").write_bytes(b"\xff\xfe")
        found = place.run("verify", "--tiles", str(place.folder / "public"), "--json")

        assert found.status == 2 and "key" in found.json["error"]["message"]


class TestTheLedger:
    def rules(self, place: Place) -> str:
        """A policy for another log."""
        rules = place.folder / "policy.toml"
        key = name_of(Keyring(place.home).identity(ANA))
        rules.write_text(policy([key]) + '[log]\nvkey = "another"\n')
        return str(rules)

    def test_the_one_that_is_named_is_verified(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_LEDGER", f"sqlite:///{place.folder / 'absent.db'}")

        assert place.run("verify", "--json").status == 2
        assert place.codes("--ledger", place.ledger) == (0, [])

    def test_by_the_policy_and_from_the_receipt_that_are_named(self, place: Place) -> None:
        at = ("--ledger", place.ledger)
        receipt = place.folder / "receipt"
        receipt.write_bytes((place.folder / "public" / "checkpoint").read_bytes())
        since = ("--since", str(receipt))

        assert place.codes(*at, "--policy", self.rules(place)) == (1, ["another-log"])
        assert [
            place.run("verify", *at, *words, "--json").json["since"]
            for words in ((), since, (*since, "--everything"))
        ] == [0, 3, 0]
        receipt.write_bytes(place.note(3, bytes(32)))
        assert place.codes(*at, *since)[0] == 1

    def test_what_came_before_the_receipt_is_read_where_the_index_is_distrusted(
        self, place: Place
    ) -> None:
        receipt = str(place.folder / "public" / "checkpoint")
        since = ("verify", "--ledger", place.ledger, "--since", receipt, "--json")

        assert place.run(*since).json["read"] is False
        assert place.run(*since, "--distrust-index").json["read"] is True

    def test_who_looks_at_a_terminal_is_told_what_is_done(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        shown = Terminal()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stderr", shown)
        assert place.codes("--ledger", place.ledger) == (0, [])

        assert "\x1b[2Kverifying " in shown.getvalue()

    @pytest.mark.parametrize(
        ("words", "message", "hint"),
        [
            (("--vkey", "x"), "--vkey has no bearing on the ledger itself", "--tiles, --bundle, "),
            (("--bundle", "b", "--since", "r"), "--since has no bearing on --bundle", "a ledger, "),
            (("--bundle", "b", "--everything"), "--everything has no bearing on --b", "a ledger"),
            (
                ("--tiles", "t", "--distrust-index"),
                "--distrust-index has no bearing on",
                "a ledger",
            ),
        ],
    )
    def test_what_has_no_bearing_on_it_is_told(
        self, place: Place, words: tuple[str, ...], message: str, hint: str
    ) -> None:
        found = place.run("verify", *words, "--ledger", place.ledger, "--json")

        assert found.status == 2
        assert found.json["error"]["message"].startswith(message)
        assert found.json["error"]["hint"].startswith(f"it is for {hint}")


class TestOthers:
    def test_an_outcome_is_judged_by_the_key_and_the_policy(self, place: Place) -> None:
        ans.configure(ledger=place.ledger, home=place.home, actor=ANA, accountable="org:bank")
        id = ans.outcome(SUBJECT, "application-1", "declined").id
        ans.shutdown()
        explained = place.folder / "explained.json"
        explained.write_bytes(place.run("explain", id, "--ledger", place.ledger, "--json").out)
        words = ("--outcome", str(explained))
        other = place.vkey.partition("+")[0]
        key = Log([b"entry"], origin=other).verifier.vkey()

        assert place.codes(*words) == place.codes(*words, "--vkey", place.vkey) == (0, [])
        assert place.codes(*words, "--vkey", key) == (1, ["proof"])
        assert place.codes(*words, "--policy", TestTheLedger().rules(place)) == (
            1,
            ["another-log"],
        )

    def test_a_copy_drawn_anew_without_a_record_is_found_with_the_ledger_alone(
        self, place: Place
    ) -> None:
        with ans.open(place.ledger, home=place.home) as history:
            trace = history.trace(SUBJECT)
        left = [p.record for p in trace.placed() if getattr(p.record, "kind", "") != "deploy"]
        document = place.folder / "trace.json"
        drawn = stitch(SUBJECT, MemoryLookup(left), trace.as_of)
        document.write_text(otlp_json.to_json(drawn))

        assert place.codes("--otlp-json", str(document)) == (0, [])
        ans.configure(ledger=f"sqlite:///{place.folder / 'absent.db'}")  # which was not named
        status, codes = place.codes("--otlp-json", str(document), "--ledger", place.ledger)
        assert status == 1 and "missing" in codes

    def test_a_bundle_and_a_document_are_read_and_judged(self, place: Place) -> None:
        bundle, document = place.folder / "bundle.json", place.folder / "trace.json"
        at = ("--ledger", place.ledger)
        assert place.run("bundle", SUBJECT, "-o", str(bundle), *at).status == 0
        assert place.run("trace", SUBJECT, "--otlp-json", str(document), *at).status == 0
        rules = place.folder / "policy.toml"
        rules.write_text(
            policy([name_of(Keyring(place.home).identity(ANA))]) + '[log]\nvkey = "another"\n'
        )

        assert place.codes("--bundle", str(bundle)) == (0, [])
        assert place.codes("--bundle", str(bundle), "--vkey", place.vkey) == (0, [])
        other = Log([b"entry"], origin=place.vkey.partition("+")[0]).verifier.vkey()
        assert place.codes("--bundle", str(bundle), "--vkey", other)[0] == 1
        assert place.codes("--bundle", str(bundle), "--policy", str(rules))[0] == 1
        assert place.codes("--otlp-json", str(document)) == (0, [])
        assert place.codes("--otlp-json", str(document), *at) == (0, [])
        # Without a span, the document is one that the ledger can still be asked about.
        found = json.loads(document.read_bytes())
        spans = found["resourceSpans"][0]["scopeSpans"][0]["spans"]
        del spans[-1]
        document.write_text(json.dumps(found))
        assert place.codes("--otlp-json", str(document), *at)[0] == 1

    def test_what_is_not_there_exits_2(self, place: Place) -> None:
        for option in ("--bundle", "--outcome", "--otlp-json", "--since", "--policy"):
            found = place.run(
                "verify", option, str(place.folder / "absent"), "--ledger", place.ledger, "--json"
            )
            assert found.status == 2
            assert "absent" in found.json["error"]["message"]
