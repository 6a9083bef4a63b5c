"""What is said around decisions can be private as they can: reasons, and what happened to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable.errors import InvalidValueError, NotFoundError
from answerable.exporters import html, mlflow, otlp_copy, otlp_json
from answerable.model import Record
from answerable.model.types import TYPES
from answerable.privacy.disclosure import OF
from answerable.recording import process
from answerable.statement import record_type
from tests.cli.running import Run, running
from tests.parts.mlflow_kinds import address
from tests.recording.outage import nothing_goes_in, quietly

SUBJECT = "deployment:prod/scores"
SECRET = "Smith of Mill Lane was turned away"  # noqa: S105
DIGEST = "sha256:" + "0" * 64


@attrs.frozen
class Said:
    """One of each type, all of it private, about one deployment; by type."""

    uri: str
    path: Path
    home: Path
    records: dict[str, Record]

    def faults(self) -> list[str]:
        with ans.open(self.uri) as history:
            return [fault.code for fault in history.verify().faults]


CALLS: dict[str, Callable[[Record, Record], Record]] = {
    "approval": lambda d, _: ans.approve(
        SUBJECT, digest=DIGEST, because=SECRET, private="rationale"
    ),
    "dissent": lambda d, _: ans.dissent(d, SECRET, private="rationale"),
    "override": lambda d, _: ans.override("four eyes", SECRET, about=SUBJECT, private="rationale"),
    "mandate": lambda d, _: ans.mandate(
        "role:head", because=SECRET, about=SUBJECT, private="rationale"
    ),
    "notice": lambda d, _: ans.notify(SECRET, about=SUBJECT, to="role:head", private="statement"),
    "acknowledgement": lambda d, _: ans.acknowledge(SUBJECT, SECRET, private=["rationale"]),
    "assumption_event": lambda d, _: ans.assumption_event(
        d, "it lasts", "violated", because=SECRET, private="rationale"
    ),
    "incident": lambda d, _: ans.incident(SUBJECT, SECRET, private="statement"),
    "action": lambda d, i: ans.action(
        i, SECRET, because=SECRET, private=["statement", "rationale"]
    ),
    "supersession": lambda d, i: ans.supersede(d, by=i, because=SECRET, private="rationale"),
    "revocation": lambda d, _: ans.revoke(d, SECRET, private="rationale"),
}


@pytest.fixture
def said(tmp_path: Path, home: Path) -> Iterator[Said]:
    path = tmp_path / "decisions.db"
    uri = f"sqlite:///{path}"
    ans.configure(ledger=uri, home=home, actor="analyst@bank.example", team="risk")
    with ans.step("deploy", produced=[SUBJECT]), ans.decide("deploy") as d:
        d.assume("it lasts")
        d.choose("all", because="tried")
    with ans.decide("deploy", about=SUBJECT) as other:
        other.choose("half", because="slowly")
    records: dict[str, Record] = {}
    for name, call in CALLS.items():
        then = records["incident"] if name == "action" else other.record
        records[name] = call(d.record, then)
    with ans.decide("threshold", private="rationale") as secret:
        secret.choose(1, because=SECRET)
    ans.flush()
    with ans.open(uri) as history:
        kept = history.get(secret.id)
    records["erasure"] = ans.erase(kept, "rationale", SECRET, private="rationale")
    ans.flush()
    yield Said(uri, path, home, records)
    process.replace(None)


def test_every_type_that_gives_a_reason_or_a_text_can_withhold_it(said: Said) -> None:
    texts = {
        name
        for name, cls in TYPES.items()
        if {"rationale", "statement"} & {field.name for field in attrs.fields(cls)}
    }

    assert texts == {record_type(record) for record in said.records.values()} | {"decision"}
    assert texts == {name for name, cls in TYPES.items() if cls in OF}
    for record in said.records.values():
        assert {part.field for part in record.withheld} == set(OF[type(record)])  # type: ignore[attr-defined]


def test_what_is_private_is_nowhere_but_beside_the_ledger(said: Said) -> None:
    ans.shutdown()

    assert said.faults() == []
    for file in said.path.parent.rglob("*"):
        if file.is_file() and not file.name.endswith(".private"):
            assert b"Smith" not in file.read_bytes(), file


def test_who_is_to_see_it_sees_it(said: Said) -> None:
    with ans.open(said.uri, disclose=True) as history:
        for name, record in said.records.items():
            found: Any = history.get(record.id)
            bare: Any = record
            for field in OF[type(record)]:
                assert getattr(bare, field) == "withheld", name
                assert getattr(found, field) == SECRET, name


def test_no_view_tells_it_unless_it_is_told_to(said: Said) -> None:
    incident = said.records["incident"].id
    with ans.open(said.uri, disclose=True) as history:
        trace = history.trace(SUBJECT)
        pages = [
            otlp_json.to_json(trace),
            html.to_html(trace),
            html.review_to_html(history.review(SUBJECT, trace.as_of), trace),
            html.investigation_to_html(history.investigate(incident)),
            repr(history.why("deploy", SUBJECT)),
        ]
        told = otlp_json.to_json(history.trace(SUBJECT, disclose=["statement"]))
    for page in pages:
        assert "Smith" not in page
    assert "incident: Smith of Mill Lane was turned away" in told
    assert otlp_copy.verify(otlp_copy.from_document(told.encode())).faults == ()


def test_neither_does_a_real_mlflow(said: Said, request: pytest.FixtureRequest) -> None:
    from mlflow import MlflowClient

    uri = address(request, "database")
    for disclose in ((), ("statement", "rationale"), ()):
        with ans.open(said.uri) as history:
            mlflow.export(history.records(disclose), uri)
        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name("answerable")
        assert experiment is not None
        found = client.search_traces(locations=[experiment.experiment_id])
        text = "".join(trace.to_json() for trace in found)
        assert ("Smith" in text) == bool(disclose)
        # The erasure's own reason is told; what it erased is not.
        assert mlflow.verify(uri).faults == ()


@pytest.mark.parametrize("name", [*CALLS, "erasure"])
def test_each_can_be_erased(said: Said, name: str) -> None:
    record = said.records[name]
    for field in OF[type(record)]:
        ans.erase(record, field, "asked for")
    ans.shutdown()

    assert said.faults() == []
    with ans.open(said.uri, disclose=True) as history:
        found: Any = history.get(record.id)
    assert found.custody.verified
    assert {field for field, _ in found.custody.erased} == set(OF[type(record)])
    assert {getattr(found, field) for field in OF[type(record)]} == {"withheld"}


def test_settings_say_it_for_all_of_them(tmp_path: Path, home: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=uri, home=home, private=["rationale", "statement"])
    wrong = ans.incident(SUBJECT, SECRET)
    no = ans.dissent(SUBJECT, SECRET)
    with ans.step("train", produced=["model:m@1"]):  # which gives no reason, and withholds none
        pass
    process.replace(None)

    assert (wrong.statement, no.rationale) == ("withheld", "withheld")
    with ans.open(uri) as history:
        assert history.verify().faults == ()


def test_a_dissent_inside_a_decision_is_as_private_as_its_reason(said: Said) -> None:
    for private in (None, "rationale", "chosen"):
        with ans.decide("threshold", private=private) as d:
            d.dissent("bo@bank.example", because=SECRET)
            d.choose(0.5, because="so")
        ans.flush()
        with ans.open(said.uri) as history:
            (no,) = history.events("dissent", about=f"record:{d.id}")
        expected = "withheld" if private == "rationale" else SECRET
        assert getattr(no, "rationale", None) == expected


def test_a_field_that_it_has_not_is_refused(said: Said) -> None:
    for call in (
        lambda: ans.incident(SUBJECT, "x", private="rationale"),
        lambda: ans.dissent(SUBJECT, "x", private="statement"),
        lambda: ans.decide("threshold", private="statement"),
        lambda: ans.notify("x", about=SUBJECT, to="role:head", private="addressees"),
    ):
        with pytest.raises(InvalidValueError, match="cannot be withheld"):
            call()
    with pytest.raises(NotFoundError, match="withholds statement, and not 'severity'"):
        ans.erase(said.records["incident"], "severity", "because")


def test_what_waits_in_the_spool_is_private_too(said: Said) -> None:
    with nothing_goes_in(), quietly():
        wrong = ans.incident(SUBJECT, SECRET, severity="x" * 8000, private="statement")
    waiting = [f for f in (said.home / "spool").rglob("*") if f.is_file()]
    assert waiting and not any(b"Smith" in f.read_bytes() for f in waiting)
    ans.flush()

    with ans.open(said.uri, disclose=True) as history:
        found: Any = history.get(wrong.id)
    assert found.statement == SECRET
    assert said.faults() == []


def test_the_command_line_has_it(said: Said, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    run: Run = running(capfdbinary)
    words = ("--ledger", said.uri, "--json")

    no = run("dissent", SUBJECT, "--because", SECRET, "--private", *words)
    assert (no.status, no.json["rationale"]) == (0, "withheld")
    assert run("show", no.json["id"], *words).json["rationale"] == SECRET
    digest = run("review", SUBJECT, *words).json["digest"]
    yes = run(
        *("approve", SUBJECT, "--digest", digest, "--meaning", "approval"),
        *("--because", SECRET, "--private", *words),
    )
    assert (yes.status, yes.json["rationale"]) == (0, "withheld")
    gone = run("erase", no.json["id"], "rationale", "--because", SECRET, "--private", *words)
    assert (gone.status, gone.json["rationale"]) == (0, "withheld")
    shown = run("show", no.json["id"], *words).json
    assert (shown["rationale"], shown["withheld"][0]["state"]) == ("withheld", "erased")
    assert b"private" in run("show", no.json["id"], "--ledger", said.uri).out
