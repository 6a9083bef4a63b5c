"""Signing as whom a Sigstore certifies, from the command line and a pipeline, up to a gate.

Fulcio and Rekor cannot be run here, nor reached: what answers over HTTP stands in for them
(tests/parts/sigstore_server.py). The client that asks, and all that is verified, is the real library.
"""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import answerable as ans
from answerable.errors import ConfigurationError
from answerable.model import Delegation
from answerable.recording import process
from answerable.signing import Keyring
from answerable.signing.sigstore import SigstoreIdentity, begin, roots, signing
from answerable.signing.sigstore.verifying import signed_at
from tests.cli.running import Run, running
from tests.parts.sigstore import ANA, ISSUER, NAME, Sigstore
from tests.parts.sigstore_server import Served, serving, token

PERSON, BO = f"person:{ANA}", "person:bo@bank.example"
AUTHORITY = Sigstore()
SUBJECT = "deployment:prod/scores"
WORKFLOW = "https://github.com/bank/scores/.github/workflows/train.yml@refs/heads/main"


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    process.replace(None)
    # The command sets it, here in this process: as nothing, so that it is taken back when a test ends.
    monkeypatch.setenv(roots.NAMED_BY, "")
    # What a CI system hands out, if these tests run in one.
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "BUILDKITE", signing.TOKEN):
        monkeypatch.delenv(name, raising=False)
    yield
    process.replace(None)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(AUTHORITY) as found:
        yield found


@pytest.fixture
def config(served: Served, tmp_path: Path) -> Path:
    path = tmp_path / "trust_config.json"
    path.write_text(json.dumps(AUTHORITY.trust_config(served.url)))
    return path


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


def shown(monkeypatch: pytest.MonkeyPatch, identity: str = ANA, issuer: str = ISSUER) -> str:
    told = token(identity, issuer)
    monkeypatch.setenv(signing.TOKEN, told)
    return told


def test_a_pipelines_session_is_introduced_by_it(
    home: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    name = f"sigstore:{ISSUER}#{WORKFLOW}"
    shown(monkeypatch, WORKFLOW)
    words = ("--actor", "service:training", "--trust-config", str(config))
    assert run("keys", "use", name, *words).status == 0

    ledger = str(tmp_path / "a.db")
    ans.configure(ledger=ledger, actor="service:training")
    ans.choose("threshold", 1)
    ans.choose("threshold", 2)
    ans.shutdown()

    with ans.open(ledger) as history:
        assert history.verify().faults == ()
        lent, *decided = history.records()
    assert isinstance(lent, Delegation) and lent.identity_key == name
    assert {d.custody.identity_key for d in decided if d.custody} == {name}
    assert run("verify", "--ledger", ledger).status == 0


def test_every_copy_verifies_under_the_same_root_and_under_no_other(
    home: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """A published log, a bundle, a trace for Jaeger, MLflow's copies, and a ledger from a receipt on."""
    shown(monkeypatch)
    assert run("keys", "use", NAME, "--actor", PERSON, "--trust-config", str(config)).status == 0
    ledger = ("--ledger", str(tmp_path / "a.db"))
    ans.configure(ledger=ledger[1], actor=PERSON, accountable="role:head")
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "all", because="tried")
    ans.shutdown()
    process.replace(None)
    with ans.open(ledger[1]) as history:
        (first, *_) = (d.id for d in history.decisions())
    mlflow = f"sqlite:///{tmp_path / 'mlflow.db'}"
    files = {name: str(tmp_path / name) for name in ("log", "bundle", "spans.json", "receipt")}
    for words in (
        ("bundle", SUBJECT, "-o", files["bundle"]),
        ("trace", SUBJECT, "--otlp-json", files["spans.json"]),
        ("prove", first, "-o", files["receipt"]),
        ("export", "mlflow", "--mlflow", mlflow),
    ):
        assert run(*words, *ledger).status == 0, words
    shown(monkeypatch)
    ans.configure(ledger=ledger[1], actor=PERSON, accountable="role:head")
    ans.choose("rollout", "slower")
    ans.shutdown()
    process.replace(None)
    assert run("publish", files["log"], *ledger).status == 0

    copies: tuple[tuple[str, ...], ...] = (
        ("--tiles", files["log"]),
        ("--bundle", files["bundle"]),
        ("--otlp-json", files["spans.json"]),
        ("--mlflow", mlflow),
        ("--since", files["receipt"], *ledger),
        ("--since", files["receipt"], "--everything", *ledger),
        ledger,
    )
    stranger = Sigstore().write_root(tmp_path / "root.json")
    for asked in copies:
        held = run("verify", *asked)
        assert held.status == 0, (asked, held.text)
        refused = run("verify", "--sigstore-root", str(stranger), *asked)
        monkeypatch.delenv(roots.NAMED_BY)
        assert refused.status == 1, (asked, refused.text)


def test_a_workflow_on_github_shows_the_token_that_it_is_handed(
    home: Path, config: Path, monkeypatch: pytest.MonkeyPatch, served: Served
) -> None:
    """Its subject is not what the certificate names, which Fulcio puts together from other claims."""
    issuer = "https://token.actions.githubusercontent.com"
    name = f"sigstore:{issuer}#{WORKFLOW}"
    begin(name, home, config)
    served.handed = token(
        "repo:bank/scores:ref:refs/heads/main",
        issuer,
        job_workflow_ref=WORKFLOW.removeprefix("https://github.com/"),
    )
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a secret of the runner")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{served.url}/token?api=2")

    made = SigstoreIdentity(name, home).sign(b"a")
    signed_at(name, made, b"a", roots.verifier(home))
    assert served.tokens[-1] == served.handed

    other = f"{name[:-4]}other"
    with pytest.raises(ConfigurationError, match="SANs do not match"):
        SigstoreIdentity(other, home).sign(b"a")
    before = len(served.paths)
    shown(monkeypatch, ANA, issuer)  # a person's, and no workflow's
    with pytest.raises(ConfigurationError, match="is for"):
        SigstoreIdentity(name, home).sign(b"a")
    assert len(served.paths) == before


class TestTheCommandLine:
    def test_takes_it_into_use_and_lists_it(self, run: Run, config: Path, home: Path) -> None:
        words = ("--actor", PERSON, "--trust-config", str(config), "--json")
        used = run("keys", "use", NAME, *words)
        assert used.status == 0, used.err
        (listed,) = run("keys", "list", "--json").json

        assert listed == used.json
        assert listed["key_id"] == NAME and listed["pem"] is listed["ssh"] is None
        assert NAME in run("keys", "list").text and NAME in run("keys", "show", NAME).text
        refused = run("keys", "show", NAME, "--pem")
        assert refused.status == 2 and "is no key" in refused.err
        assert Keyring(home).identity(PERSON) == SigstoreIdentity(NAME, home)
        assert Keyring(home).named(NAME) == SigstoreIdentity(NAME, home)

    def test_refuses_what_is_no_name_or_no_sigstore(
        self, run: Run, config: Path, tmp_path: Path, home: Path
    ) -> None:
        broken = tmp_path / "broken.json"
        broken.write_text("{}")
        for words in (
            ("sigstore:ana", "--trust-config", str(config)),
            (NAME, "--trust-config", str(broken)),
            ("ssh:~/.ssh/none", "--trust-config", str(config)),
        ):
            assert run("keys", "use", *words).status == 2
        assert not (home / "keys").exists() and not roots.pinned(home).exists()

    def test_one_person_with_two_certificates_opens_no_gate_for_two(
        self,
        run: Run,
        config: Path,
        home: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        served: Served,
    ) -> None:
        begin(NAME, home, config)
        ledger = ("--ledger", str(tmp_path / "a.db"))
        ans.configure(ledger=ledger[1], actor=BO, accountable="role:head")
        with ans.step("deploy", produced=[SUBJECT]), ans.decide("deploy") as d:
            d.consider("half", because="slow")
            d.choose("all", because="tried")
        ans.shutdown()
        process.replace(None)
        own = run("keys", "list", "--json").json[0]["key_id"]
        cy = f"sigstore:{ISSUER}#cy@bank.example"
        other = f"sigstore:https://other.example.org#{ANA}"
        rules = tmp_path / "answerable.policy.toml"
        rules.write_text(
            f'version = 1\n[root]\nthreshold = 1\nkeys = ["{own}"]\n'
            f'[principals.bo]\nkeys = ["{own}"]\n'
            f'[principals.ana]\nkeys = ["{NAME}", "{other}"]\nactor = "{PERSON}"\n'
            f'[principals.cy]\nkeys = ["{cy}"]\n'
            '[[rule]]\nkind = "deploy"\nprincipals = ["ana", "bo", "cy"]\nthreshold = 2\n'
        )
        adopted = run("policy", "adopt", str(rules), "--key", BO, "--as", BO, *ledger)
        assert adopted.status == 0, adopted.err
        digest = run("review", SUBJECT, "--json", *ledger).json["digest"]

        def approve(person: str, name: str) -> None:
            issuer, _, identity = name.removeprefix("sigstore:").partition("#")
            shown(monkeypatch, identity, issuer)
            words = ("--digest", digest, "--meaning", "approval", "--as", person, "--key", name)
            said = run("approve", SUBJECT, *words, *ledger)
            assert said.status == 0, said.err

        before = len(served.tokens)
        for name in (NAME, NAME, other):
            approve(PERSON, name)
            closed = run("gate", SUBJECT, *ledger)
            assert closed.status == 1 and "1 did" in closed.text
        assert len(served.tokens) == before + 3
        approve("person:cy@bank.example", cy)
        gate = run("gate", SUBJECT, *ledger)
        assert gate.status == 0, gate.text
        assert run("verify", *ledger).status == 0

        # Under another's root, nothing that they signed is left.
        stranger = Sigstore().write_root(tmp_path / "root.json")
        judged = run("verify", "--json", "--sigstore-root", str(stranger), *ledger)
        nothing = run("verify", "--sigstore-root", str(tmp_path / "none.json"), *ledger)
        monkeypatch.delenv(roots.NAMED_BY)
        assert nothing.status == 2 and "cannot read the trusted root" in nothing.err
        assert judged.status == 1
        told = [fault["message"] for fault in judged.json["faults"]]
        assert sum("the Sigstore signature does not hold" in each for each in told) == 4


class TestWhereItCannotSign:
    @pytest.fixture(autouse=True)
    def used(self, home: Path, config: Path) -> None:
        begin(NAME, home, config)

    def fails(self, home: Path) -> ConfigurationError:
        with pytest.raises(ConfigurationError) as refused:
            SigstoreIdentity(NAME, home).sign(b"a")
        return refused.value

    def test_without_a_token_it_says_how_to_have_one(self, home: Path) -> None:
        refused = self.fails(home)

        assert "there is no identity token" in refused.message
        assert signing.TOKEN in (refused.hint or "")

    @pytest.mark.parametrize("name", ["rubbish", "over", "no claims"])
    def test_a_token_that_does_not_do_is_not_repeated(
        self,
        home: Path,
        name: str,
        monkeypatch: pytest.MonkeyPatch,
        served: Served,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        told = {"rubbish": "rubbish-token", "over": token(lives=-60), "no claims": "e30.e30.e30"}
        monkeypatch.setenv(signing.TOKEN, told[name])
        before = len(served.paths)
        with caplog.at_level(logging.DEBUG):
            refused = self.fails(home)

        said = f"{refused.message} {refused.hint} {refused.__cause__!r} {caplog.text}"
        assert told[name] not in said and len(served.paths) == before

    def test_another_persons_token_is_shown_to_nobody(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, served: Served
    ) -> None:
        before = len(served.paths)
        for identity, issuer in (("bo@bank.example", ISSUER), (ANA, "https://other.example.org")):
            shown(monkeypatch, identity, issuer)
            assert "is for" in self.fails(home).message
        assert len(served.paths) == before

    def test_the_token_is_shown_to_the_authority_and_said_nowhere_else(
        self,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
        served: Served,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        told = shown(monkeypatch)
        with caplog.at_level(logging.DEBUG):
            made = SigstoreIdentity(NAME, home).sign(b"a")

        signed_at(NAME, made, b"a", roots.verifier(home))
        assert served.tokens[-1] == told
        said = capfd.readouterr()
        assert told not in caplog.text + said.out + said.err + made.decode()
        kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
        assert not any(told.encode() in data for data in kept)

    def test_out_of_reach_it_is_said_and_nothing_is_recorded_in_that_name(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away = tmp_path / "away.json"
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # and nobody listens
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            away.write_text(json.dumps(AUTHORITY.trust_config(url)))
            roots.pin(home, away)
            told = shown(monkeypatch)
            refused = self.fails(home)
            assert "did not sign" in refused.message and "in reach" in (refused.hint or "")
            assert told not in f"{refused.message} {refused.hint}"

            Keyring(home).use(PERSON, NAME, None)
            ledger = tmp_path / "a.db"
            ans.configure(ledger=str(ledger), home=home, actor=PERSON)
            with pytest.raises(ConfigurationError, match="did not sign"):
                ans.choose("threshold", 1)
            ans.shutdown()
        assert not list((home / "keys" / "identity").glob("*.key"))

    def test_one_that_never_answers_is_not_waited_for(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        silent = tmp_path / "silent.json"
        with socket.socket() as heard:
            heard.bind(("127.0.0.1", 0))
            heard.listen()
            url = f"http://127.0.0.1:{heard.getsockname()[1]}"
            silent.write_text(json.dumps(AUTHORITY.trust_config(url)))
            roots.pin(home, silent)
            shown(monkeypatch)
            monkeypatch.setattr(signing, "_SECONDS", 0.3)
            assert "nothing within" in self.fails(home).message

    @pytest.mark.parametrize(
        ("minutes", "told"), [(-11, "ExpiredCertificate"), (11, "by this clock")]
    )
    def test_where_the_clock_here_is_wrong_it_is_said(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, served: Served, minutes: int, told: str
    ) -> None:
        """Else the session would lend nothing, and nobody would know before it is verified."""
        shown(monkeypatch)
        monkeypatch.setattr(served, "ahead", timedelta(minutes=minutes))

        assert told in self.fails(home).message

    def test_what_another_sigstore_signed_is_not_taken(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Served
    ) -> None:
        """Whose certificates are the same, and whose log is another."""
        shown(monkeypatch)
        own = AUTHORITY
        other = Sigstore(root_key=own.root_key, ca_key=own.ca_key, ct_key=own.ct_key)
        config = tmp_path / "other.json"
        config.write_text(json.dumps(other.trust_config(served.url)))
        roots.pin(home, config)

        assert "does not verify here" in self.fails(home).message

    def test_where_nothing_says_where_to_sign_it_is_not_the_public_instance(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Served
    ) -> None:
        """A root alone, in the surroundings or in the home: what is signed in public stays public."""
        shown(monkeypatch)
        root, before = AUTHORITY.write_root(tmp_path / "root.json"), len(served.paths)
        monkeypatch.setenv(roots.NAMED_BY, str(root))
        assert "and not where to sign" in self.fails(home).message
        monkeypatch.delenv(roots.NAMED_BY)
        with pytest.raises(ConfigurationError, match="and not where to sign"):
            begin(NAME, home, root)
        roots.pinned(home).write_bytes(root.read_bytes())
        assert "and not where to sign" in self.fails(home).message
        assert len(served.paths) == before
