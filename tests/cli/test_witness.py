"""`answerable witness`: a real one that listens, and a ledger's keeper who asks it."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import pytest

import answerable as ans
from answerable.ledger import LogVerifier, WitnessVerifier
from tests.cli.running import Run, running
from tests.parts.ports import LOOPBACK, free_ports

NAME = "witness.example.org"


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "decisions.db"
    monkeypatch.setenv("ANSWERABLE_LEDGER", f"sqlite:///{path}")
    record("all")
    return path


def record(chosen: str) -> None:
    ans.configure(actor="person:ana@bank.example", accountable="role:release")
    ans.choose("deploy", chosen, because="the pilot held")
    ans.shutdown()


def log_key(run: Run) -> str:
    return next(
        str(key["vkey"]) for key in run("keys", "list", "--json").json if key["role"] == "log"
    )


@attrs.frozen
class Started:
    """A witness in a process and under a home of its own."""

    url: str
    vkey: str


@pytest.fixture
def witness(run: Run, database: Path, tmp_path: Path) -> Iterator[Started]:
    home = {"ANSWERABLE_HOME": str(tmp_path / "elsewhere")}
    words = ["witness", "serve", "--name", NAME, "--vkey", log_key(run), "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "answerable", *words], stdout=subprocess.PIPE, text=True, env=home
    )
    assert process.stdout is not None
    try:
        yield Started(*(process.stdout.readline().split()[-1] for _ in range(2)))
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(30)
        process.stdout.close()
    assert status == 0


def watching(folder: Path, key: str, witness: Started) -> Path:
    """A policy under which that one witness is the quorum."""
    path = folder / "policy.toml"
    path.write_text(
        f'version = 1\n[root]\nthreshold = 1\nkeys = ["{key}"]\n[principals.ana]\n'
        f'keys = ["{key}"]\n[witnesses]\nthreshold = 1\nvkeys = ["{witness.vkey}"]\n'
    )
    return path


def ask(run: Run, witness: Started, *more: str) -> tuple[int, str]:
    ran = run("witness", "ask", witness.url, "--vkey", witness.vkey, *more)
    return ran.status, ran.text or ran.err


def test_the_newest_checkpoint_is_cosigned_and_kept(run: Run, witness: Started) -> None:
    ran = run("witness", "ask", witness.url, "--vkey", witness.vkey, "--json")

    assert ran.status == 0
    assert (ran.json["size"], ran.json["witness"]) == (2, NAME)
    note = Path(ran.json["note"]).read_bytes()
    assert LogVerifier.from_vkey(log_key(run)).open(note).size == 2
    assert WitnessVerifier.from_vkey(witness.vkey).cosigned(note)
    assert run("verify", "--since", ran.json["note"]).status == 0


def test_each_time_it_continues_what_was_cosigned(run: Run, witness: Started) -> None:
    for size in (2, 4, 6):
        assert ask(run, witness)[1].startswith(f"{NAME} cosigned {size} entries")
        assert ask(run, witness)[0] == 0  # again, with nothing new
        record("half")


def test_a_rewritten_ledger_is_refused_and_does_not_pass_what_was_kept(
    run: Run, witness: Started, database: Path, home: Path, tmp_path: Path
) -> None:
    shutil.copy(database, tmp_path / "before.db")
    record("half")
    note = run("witness", "ask", witness.url, "--vkey", witness.vkey, "--json").json["note"]
    # The keeper goes back, forgets what was seen, and records otherwise.
    shutil.copy(tmp_path / "before.db", database)
    shutil.rmtree(home / "checkpoints")

    status, said = ask(run, witness)
    assert (status, "has seen another history" in said) == (2, True)
    record("nothing")
    assert run("verify").status == 0  # which is why there are witnesses
    status, said = ask(run, witness)
    assert (status, "has seen another history" in said) == (2, True)
    record("nothing")
    status, said = ask(run, witness)
    assert (status, "422" in said) == (2, True)
    assert run("verify", "--since", note).status == 1
    identity = next(k for k in run("keys", "list", "--json").json if k["role"] == "identity")
    policy = watching(tmp_path, identity["key_id"], witness)
    judged = run("verify", "--policy", str(policy), "--json")
    assert (judged.status, [f["code"] for f in judged.json["faults"]]) == (1, ["rewritten"])


def test_verify_is_valid_once_the_policy_s_witness_has_seen_all(
    run: Run, witness: Started, tmp_path: Path
) -> None:
    identity = next(k for k in run("keys", "list", "--json").json if k["role"] == "identity")
    policy = watching(tmp_path, identity["key_id"], witness)
    words = ("verify", "--policy", str(policy), "--require-witness")
    copy = ("--tiles", str(tmp_path / "log"))
    assert run("publish", str(tmp_path / "log")).status == 0

    assert (run(*words).status, run(*words, *copy).status) == (1, 1)
    assert ask(run, witness)[0] == 0
    assert run("verify", "--require-witness").status == 1  # no policy names the witness
    for more in ((), copy):
        found = run(*words, *more, "--json")
        assert (found.status, found.json["verdict"]) == (0, "valid")
        assert found.json["unwitnessed_since"] is None
    record("half")
    later = run(*words, "--json")
    assert (later.status, later.json["verdict"]) == (1, "valid-unwitnessed")
    assert later.json["unwitnessed_since"]


def test_a_cosignature_by_another_key_is_not_taken(run: Run, witness: Started, home: Path) -> None:
    other = WitnessVerifier(NAME, bytes([1]) * 32).vkey()

    ran = run("witness", "ask", witness.url, "--vkey", other)

    assert (ran.status, "is no cosignature" in ran.err) == (2, True)
    assert not (home / "witnessed").exists()


def test_a_witness_that_is_not_there_or_is_none_is_an_error(run: Run, witness: Started) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert "cannot ask" in ask(run, attrs.evolve(witness, url=address))[1]
    assert "not an HTTP URL" in ask(run, attrs.evolve(witness, url="file:///etc"))[1]


def test_a_password_in_its_address_is_in_no_message(run: Run, witness: Started) -> None:
    (port,) = free_ports(1)
    address = f"http://ana:secret@{LOOPBACK}:{port}/?token=secret"
    status, told = ask(run, attrs.evolve(witness, url=address))
    assert status == 2 and "cannot ask" in told and "secret" not in told
    assert "refused: 404" in ask(run, attrs.evolve(witness, url=f"{witness.url}/below"))[1]


def test_what_is_no_request_is_answered_and_the_next_one_is_too(run: Run, witness: Started) -> None:
    def status(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
        connection = http.client.HTTPConnection(urlsplit(witness.url).netloc, timeout=30)
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        found = connection.getresponse().status
        connection.close()
        return found

    path = "/add-checkpoint"
    assert status("POST", path, {}) == 411
    assert status("POST", path, {"Content-Length": "-1"}) == 411
    assert status("POST", path, {"Content-Length": "99999999"}) == 413
    assert status("POST", path, {"Content-Length": "9" * 5000}) == 413
    assert status("POST", path, {"Content-Length": "3"}, b"old") == 400
    assert status("POST", "/", {"Content-Length": "0"}) == 404
    assert status("GET", path, {}) == 501
    assert ask(run, witness)[0] == 0


def test_a_witness_is_not_started_over_what_cannot_be(run: Run, database: Path) -> None:
    key = log_key(run)
    other = LogVerifier(LogVerifier.from_vkey(key).origin, b"\x01" * 32).vkey()

    assert run("witness", "serve", "--name", "a name", "--vkey", key).status == 2
    assert run("witness", "serve", "--name", NAME, "--vkey", "rubbish").status == 2
    assert run("witness", "serve", "--name", NAME).status == 2
    two = run("witness", "serve", "--name", NAME, "--vkey", key, "--vkey", other)
    assert (two.status, "two keys for one log" in two.err) == (2, True)


def test_its_key_is_listed_with_what_others_verify_by(run: Run, home: Path) -> None:
    from answerable.ledger import Cosigner
    from answerable.signing import Keyring

    signer = Cosigner(NAME, Keyring(home).witness_key(NAME))

    listed = [key for key in run("keys", "list", "--json").json if key["role"] == "witness"]
    assert [(key["principal"], key["vkey"]) for key in listed] == [(NAME, signer.verifier.vkey())]
    assert Cosigner(NAME, Keyring(home).witness_key(NAME)).verifier == signer.verifier
