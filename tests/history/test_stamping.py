"""An authority's clock stands against the log's own times; `openssl ts` is the authority, and agrees."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable.cli import main
from answerable.errors import ConfigurationError, LedgerError, MalformedError
from answerable.history import Verdict
from answerable.ledger import Ledger
from answerable.ledger.timestamps import Stamp, keep_stamp, post, stamp, verified
from answerable.signing import Policy, parse
from tests.history.forging import NOW, Forger, name_of
from tests.parts.authority import Authority, running_authority


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with running_authority(tmp_path_factory.mktemp("another")) as part:
        yield part


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    span = {"not_before": NOW - timedelta(days=900), "not_after": NOW + timedelta(days=90_000)}
    made.append(made.sign(made.delegation(**span)))
    return made


def ask(authority: Authority) -> Callable[[bytes], bytes]:
    return lambda sent: post(authority.url, sent)


def stamped(forger: Forger, authority: Authority) -> Stamp:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        found = stamp(ledger, ask(authority), [authority.certificate])
        keep_stamp(forger.home, ledger.origin, found)
        return found
    finally:
        ledger.close()


def policy(forger: Forger, authority: Authority) -> Policy:
    key = name_of(forger.identity)
    return parse(
        f'version = 1\n[root]\nthreshold = 1\nkeys = ["{key}"]\n[principals.ana]\nkeys = ["{key}"]\n'
        f"[timestamps]\ncertificates = ['''{authority.certificate}''']\n"
    )


def decide(forger: Forger, at: datetime) -> None:
    forger.append(forger.sign(attrs.evolve(forger.decision(), recorded_at=at, decided_at=at)))


def verdict(forger: Forger, policy: Policy | None) -> Verdict:
    with ans.open(forger.uri, home=forger.home) as history:
        return history.verify(policy)


def codes(forger: Forger, policy: Policy | None) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.index) for fault in verdict(forger, policy).faults]


def test_a_token_says_that_the_log_was_there_by_then(forger: Forger, authority: Authority) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    found = stamped(forger, authority)

    assert found.checkpoint.size == 1
    assert before <= found.time <= datetime.now(UTC) + timedelta(seconds=2)
    told = verdict(forger, policy(forger, authority))
    assert told.faults == ()
    assert told.stamped is not None and told.stamped.size == 1
    assert verdict(forger, None).stamped is None  # nobody said whose word counts


def test_openssl_verifies_what_was_kept(forger: Forger, authority: Authority) -> None:
    stamped(forger, authority)
    (token,) = (forger.home / "timestamps").rglob("*.tsr")
    note = token.with_suffix(".note")

    said = subprocess.run(
        ["openssl", "ts", "-verify", "-data", note, "-in", token, "-CAfile", authority.file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0 and "Verification: OK" in said.stdout + said.stderr


def test_a_record_that_was_dated_back_is_told(forger: Forger, authority: Authority) -> None:
    found = stamped(forger, authority)
    decide(forger, found.time + timedelta(minutes=1))
    decide(forger, found.time - timedelta(minutes=30))  # clocks differ
    decide(forger, found.time - timedelta(days=30))

    assert codes(forger, policy(forger, authority)) == [("back-dated", 3)]
    assert codes(forger, None) == []


def test_a_record_that_was_dated_ahead_is_told(forger: Forger, authority: Authority) -> None:
    decide(forger, datetime.now(UTC) + timedelta(days=2))
    stamped(forger, authority)

    assert codes(forger, policy(forger, authority)) == [("future-dated", 1)]


def test_what_was_brought_in_late_and_said_so_is_not_dated_back(
    forger: Forger, authority: Authority
) -> None:
    late = forger.decision()
    found = stamped(forger, authority)
    bringer = Forger(home=forger.home, path=forger.path, identity=forger.identity)
    bringer._ids = 1000
    lent = bringer.delegation(
        about=(f"record:{late.id}",),
        recorded_at=found.time,
        not_before=found.time,
        not_after=found.time + timedelta(days=1),
    )
    bringer.append(bringer.sign(lent))
    forger.append(forger.sign(late))

    assert codes(forger, policy(forger, authority)) == []


def test_a_log_that_is_not_the_one_that_was_stamped_is_told(
    forger: Forger, authority: Authority, tmp_path: Path
) -> None:
    from answerable.signing import Keyring
    from tests.ledger.tampering import rewrite

    decide(forger, NOW)
    decide(forger, NOW)
    stamped(forger, authority)
    ledger = Ledger.open(forger.uri, forger.home)
    entries = [entry.envelope for entry in ledger.entries()]
    signer = ledger.origin, Keyring(forger.home).log_key(ledger.origin)
    ledger.close()
    for path in (forger.home / "checkpoints").rglob("*.checkpoint"):
        path.unlink()

    rewrite(forger.path, entries[:2], signer=signer)
    assert ("truncated", None) in codes(forger, policy(forger, authority))
    for path in (forger.home / "checkpoints").rglob("*.checkpoint"):
        path.unlink()
    rewrite(forger.path, [entries[0], entries[2], entries[1]], signer=signer)
    assert ("rewritten", None) in codes(forger, policy(forger, authority))


def test_another_authoritys_word_counts_for_nothing(
    forger: Forger, authority: Authority, other: Authority
) -> None:
    found = stamped(forger, other)
    decide(forger, found.time - timedelta(days=30))

    told = verdict(forger, policy(forger, authority))
    assert (told.stamped, told.faults) == (None, ())


class TestWhatIsNoToken:
    def refused(self, forger: Forger, answer: Callable[[bytes], bytes], trusted: Any) -> Exception:
        ledger = Ledger.open(forger.uri, forger.home)
        try:
            with pytest.raises((MalformedError, LedgerError)) as caught:
                stamp(ledger, answer, [trusted.certificate])
            return caught.value
        finally:
            ledger.close()

    def test_it_is_refused(
        self, forger: Forger, authority: Authority, other: Authority, tmp_path: Path
    ) -> None:
        earlier = stamped(forger, authority).token
        decide(forger, NOW)

        assert "not a time token" in str(self.refused(forger, lambda _: b"nonsense", authority))
        assert "too long" in str(self.refused(forger, lambda _: bytes(2**20 + 1), authority))
        assert (
            str(self.refused(forger, lambda _: earlier, authority))
            == "the answer is to another question"
        )
        assert "does not verify" in str(self.refused(forger, ask(other), authority))
        changed = lambda sent: _flipped(ask(authority)(sent))  # noqa: E731
        assert "not a time token" in (told := str(self.refused(forger, changed, authority))) or (
            "does not verify" in told
        )

    def test_a_token_over_another_checkpoint_is_not_over_this_one(
        self, forger: Forger, authority: Authority
    ) -> None:
        one = stamped(forger, authority)
        decide(forger, NOW)
        two = stamped(forger, authority)
        ledger = Ledger.open(forger.uri, forger.home)
        verifier = ledger.verifier
        ledger.close()

        with pytest.raises(MalformedError, match=r"^the token is over something else$"):
            verified(two.note, one.token, [authority.certificate], verifier)


def test_a_policy_holds_certificates_and_nothing_else(forger: Forger, authority: Authority) -> None:
    key = name_of(forger.identity)
    base = f'version = 1\n[root]\nthreshold = 1\nkeys = ["{key}"]\n'
    for told in ('certificates = ["nonsense"]', "certificates = []", 'authorities = ["x"]'):
        with pytest.raises(ConfigurationError, match="timestamps"):
            parse(f"{base}[timestamps]\n{told}\n")


def test_the_command_line_asks_keeps_and_says_what_was_verified(
    forger: Forger, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str) -> Any:
        with pytest.raises(SystemExit) as ended:
            main(["timestamp", "ask", *words, "--ledger", forger.uri, "--json"])
        return ended.value.code, json.loads(capsys.readouterr().out)

    status, found = told(authority.url)
    assert (status, found["size"], found["verified"]) == (0, 1, False)
    status, found = told(authority.url, "--certificate", str(authority.file))
    assert (status, found["verified"]) == (0, True)
    assert Path(found["token"]).exists() and Path(found["note"]).exists()
    status, found = told("http://user:tangerine@127.0.0.1:1/tsr")
    assert status == 2 and "tangerine" not in found["error"]["message"]
    status, found = told("file:///etc/passwd")
    assert status == 2


def _flipped(data: bytes) -> bytes:
    middle = len(data) - 20
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
