"""One history that uses the whole vocabulary, in every view: nothing that was said is lost, and
every copy verifies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable import shapes, statement
from answerable.exporters.html.context import anchor
from answerable.exporters.mlflow.shaping import show
from answerable.lineage import AccountabilityTrace
from answerable.model import (
    Decision,
    Delegation,
    Evidence,
    Notice,
    Outcomes,
    PolicyVersion,
    Record,
    Step,
)
from answerable.model.types import EVENT_TYPES, EVENTS, TYPES
from answerable.otel.attributes import of_record
from answerable.testing import FixedClock
from tests.cli.running import Run, running

SUBJECT = "deployment:prod/scores"
DIGEST = "sha256:" + "0" * 64
# Said to people in other words.
WORDED = ("own_test", "third_party", "approval", "authorship")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A record of each type, each field of an event set, and dates that have passed."""
    folder = tmp_path_factory.mktemp("vocabulary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSWERABLE_HOME", str(folder / "home"))
        uri = f"sqlite:///{folder / 'decisions.db'}"
        patch.setenv("ANSWERABLE_LEDGER", uri)
        ans.configure(ledger=uri, team="scoring", actor="ana@bank.example", accountable="role:head")
        # All of it before the dates that it names, so that these pass with nothing recorded since.
        with FixedClock("2026-01-10T12:00:00Z"):
            _record()
            ans.shutdown()
        yield uri


def _record() -> None:
    shown = Evidence(artifact=ans.artifact("report:after@1", digest=DIGEST), kind="third_party")
    lent = ans.mandate(
        "ana@bank.example",
        kinds=["threshold", "deploy"],
        limit="consumer loans",
        until="2026-01-31",
        because="the head is away",
        about=SUBJECT,
        authority="policy:credit@3",
    )
    with ans.step("deploy", produced=SUBJECT):
        with ans.decide(
            "threshold",
            authority=lent,
            legal_refs="12 CFR 1002.9",
            valid_from="2026-01-01",
            valid_to="2026-06-30",
            pre_determined_change="0.60 to 0.64",
            scope={"deployment": SUBJECT, "population": "retail"},
            previous=0.58,
        ) as cut:
            cut.consider(0.5, because="declines more")
            cut.evidence("report:validation@1", "own_test", valid_until="2026-03-01")
            cut.assume("the mix stays", review_by="2026-02-01", owner="role:watcher")
            cut.risk("thin files", owner="role:owner", until="2026-04-01")
            cut.consult("team:fair-lending")
            cut.inform("role:operations")
            cut.vote("bo@bank.example", "for")
            cut.dissent("cy@bank.example", "too high")
            cut.choose(0.62, because="as the minutes say", drafted_by="agent:minutes")
        ans.override(
            "four-eyes check",
            "the second reader was ill",
            until="2026-02-28",
            accountable="role:release-owner",
            authority=lent,
        )
    told = ans.notify("a campaign runs in March", about=SUBJECT, to=["role:retraining"])
    ans.acknowledge(told, "March is left out", decided_by="team:fraud")
    ans.assumption_event(
        cut.record,
        "the mix stays",
        "violated",
        because="thin files doubled",
        review_by="2026-03-15",
        evidence=shown,
    )
    wrong = ans.incident(
        SUBJECT,
        "thin files declined",
        occurred_at="2026-03-20T12:00:00Z",
        severity="high",
        evidence=shown,
    )
    todo = ans.action(
        wrong,
        "back to version 6",
        owner="role:on-call",
        due="2026-03-21",
        because="it is quickest",
        authority=lent,
        evidence=shown,
    )
    ans.action(wrong, "tell the applicants", owner="role:on-call", state="done", supersedes=todo)
    ans.action(wrong, "watch thin files", owner="role:watcher", due="2026-09-01", authority=lent)
    with ans.decide("monitor", about=SUBJECT, valid_from="2099-01-01") as later:
        later.choose("weekly", because="thin files")
    with ans.decide("metric", about=SUBJECT, private="rationale") as first:
        first.choose("accuracy", because="known")
    with ans.decide("metric", about=SUBJECT) as second:
        second.choose("roc_auc", because="few are declined")
    ans.supersede(first.record, by=second.record, because="both were meant as one")
    ans.erase(first.record, "rationale", "somebody asked for it")
    ans.outcome(SUBJECT, "application-4711", "declined", part="decided", elements={"score": 0.41})
    yes = ans.approve(SUBJECT, digest=DIGEST, because="seen")
    ans.revoke(yes, "seen too little")
    ans.confirm(cut.record, "so it was")


@pytest.fixture
def run(ledger: str, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture(scope="module")
def records(ledger: str) -> list[Record]:
    with ans.open(ledger) as history:
        return list(history.records())


@pytest.fixture(scope="module")
def trace(ledger: str) -> AccountabilityTrace:
    with ans.open(ledger) as history:
        return history.trace(SUBJECT)


def said(record: Record) -> dict[str, Any]:
    """What the record itself says beside what every record says."""
    plain = statement.to_plain(record)
    shared = {
        "type",
        "id",
        "emission",
        "source",
        "recorded_at",
        "decided_at",
        "run",
        "capture",
        "started_at",
    }
    return {name: value for name, value in plain.items() if name not in shared}


def own_fields(cls: type[Record]) -> set[str]:
    """Those that not every record has; what they withhold is for tests/privacy."""
    shared = {f.name for f in attrs.fields(Record)} | {"capture", "withheld"}
    return {f.name for f in attrs.fields(cls)} - shared


def texts(value: Any) -> Iterator[str]:
    """Each text in a field that a reader must be able to find, on one line."""
    if isinstance(value, dict):
        yield from (t for name, each in value.items() if name != "known_by" for t in texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in texts(each))
    elif isinstance(value, str):
        # A person goes by address; a time is told to the second.
        yield " ".join(value.removeprefix("person:").partition("T12:00")[0].split())


def test_every_type_is_there_with_every_field_of_its_own(records: list[Record]) -> None:
    assert {type(r) for r in records} == {*TYPES.values()} - {PolicyVersion}
    for cls in EVENTS:
        of_it = [said(r).keys() for r in records if type(r) is cls]
        assert own_fields(cls) <= set().union(*of_it), cls


def test_all_but_how_keys_are_lent_is_in_the_trace(
    records: list[Record], trace: AccountabilityTrace
) -> None:
    shown = {placed.record.id for placed in trace.placed()}

    # Nor are single persons' outcomes, which made nothing of the system.
    left_out = Delegation | Outcomes
    assert {r.id for r in records if not isinstance(r, left_out)} == shown


def test_the_gaps_are_these(trace: AccountabilityTrace) -> None:
    kinds = {p.record.id: type(p.record).__name__ for p in trace.placed()}
    found = {(gap.code, kinds.get(gap.record or "")) for gap in trace.gaps}

    assert found >= {
        ("orphaned", "Decision"),
        ("orphaned", "Override"),
        ("orphaned", "Action"),
        ("open-override", "Override"),
        ("open-action", "Action"),
        ("unacknowledged", "Notice"),
        ("violated-assumption", "Decision"),
        ("expired-assumption", "Decision"),
        ("expired-evidence", "Decision"),
        ("lapsed", "Decision"),
    }
    assert not any(gap.code == "no-rationale" for gap in trace.gaps)


@pytest.mark.parametrize("type", [*EVENT_TYPES, "decision", "step"])
def test_log_lists_each_type_and_show_gives_all_of_it(run: Run, type: str) -> None:
    listed = run("log", "--type", type, "--json").json

    assert listed and {r["type"] for r in listed} == {type}
    for record in listed:
        assert run("show", record["id"], "--json").json == record
        panel = " ".join(run("show", record["id"]).text.replace("│", " ").split())
        with ans.open() as history:
            kept = history.get(record["id"])
        own = {k: v for k, v in said(kept).items() if k not in ("trace_id", "span_id")}
        for text in texts(own):
            if text not in WORDED:
                assert text.replace(" ", "") in panel.replace(" ", ""), (type, text)


def test_log_without_a_type_lists_decisions_only(run: Run) -> None:
    assert {r["type"] for r in run("log", "--json").json} == {"decision"}
    assert run("log", "--type", "nonsense").status == 2
    assert run("log", "--type", "override", "--kind", "threshold").status == 2


def test_events_are_found_by_what_they_are_about_and_say(ledger: str) -> None:
    with ans.open(ledger) as history:
        (wrong,) = history.events("incident", about=SUBJECT)
        assert [r.id for r in history.events(about=f"record:{wrong.id}")][-1] == (
            history.events("action", text="QUICKEST")[0].id
        )
        assert history.events("override", accountable="role:release-owner", text="four-eyes")
        assert not history.events("override", text="nothing of the kind")
        assert len(history.events(["approval", "revocation"])) == 3


def test_who_was_informed_is_told_with_its_time(run: Run, records: list[Record]) -> None:
    told = next(r for r in records if isinstance(r, Notice))
    cut = next(r for r in records if isinstance(r, Decision) and r.kind == "threshold")

    found = run("informed", f"record:{told.id}", "--json")
    assert [(each["actor"], each["how"], each["before"]) for each in found.json] == [
        ("role:retraining", "notified", None),
        ("team:fraud", "acknowledged", None),
    ]
    assert (found.status, run("informed", f"record:{cut.id}").status) == (0, 1)
    text = run("informed", f"record:{told.id}", "--decision", cut.id).text
    assert "role:retraining" in text and "the decision" in text
    assert run("informed", "fact:nothing@1").status == 2


def test_the_shape_has_every_field_of_a_decision(records: list[Record]) -> None:
    bare = next(r for r in records if isinstance(r, Decision) and r.kind == "metric")

    shape = shapes.record(bare)

    assert (shape["previous"], shape["residual_risk"], shape["valid_to"]) == (None, [], None)
    assert shape["consulted"] == shape["informed"] == shape["legal_refs"] == []


def test_the_page_says_all_of_each_record(run: Run, tmp_path: Path, records: list[Record]) -> None:
    page = tmp_path / "trace.html"
    run("trace", SUBJECT, "--html", str(page))
    text = " ".join(page.read_text(encoding="utf-8").split())

    for record in records:
        if isinstance(record, Delegation | Step | Outcomes):
            continue
        article = text[text.index(f'<article id="{anchor(record.id)}"') :]
        # The signed envelope says everything in any case, so only what stands before it counts.
        article = article.partition("The signed envelope")[0]
        own = {k: v for k, v in said(record).items() if k not in ("trace_id", "span_id")}
        for each in texts(own):
            if each not in WORDED:
                assert each.removeprefix("record:") in article, (type(record), each)


def test_the_copy_for_jaeger_verifies_with_the_ledger_and_without(
    run: Run, tmp_path: Path, ledger: str
) -> None:
    copy = tmp_path / "trace.json"
    run("trace", SUBJECT, "--otlp-json", str(copy))

    alone = run("verify", "--otlp-json", str(copy), "--json")
    beside = run("verify", "--otlp-json", str(copy), "--ledger", ledger, "--json")

    assert (alone.status, alone.json["faults"]) == (0, [])
    assert (beside.status, beside.json["faults"]) == (0, [])


def test_a_span_says_all_of_each_record(records: list[Record]) -> None:
    for record in records:
        found = json.dumps(of_record(record), ensure_ascii=False)
        for each in texts(statement.to_plain(record) | {"emission": None, "source": None}):
            assert each in found, (record, each)


def test_mlflow_is_told_all_of_each_event_and_decision_it_shows(records: list[Record]) -> None:
    for record in records:
        assert record.custody is not None
        shown = show(record.custody.envelope, record.custody.index)
        columns = shown.inputs + shown.outputs
        if isinstance(record, EVENTS):
            own = own_fields(type(record))
            for each in texts({k: v for k, v in said(record).items() if k in own}):
                assert each in columns, (record, each)


def test_what_mlflow_holds_verifies(run: Run, tmp_path: Path, ledger: str) -> None:
    pytest.importorskip("mlflow")
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert run("export", "mlflow", "--mlflow", store).status == 0

    found = run("verify", "--mlflow", store, "--ledger", ledger, "--json")

    assert (found.status, found.json["faults"]) == (0, [])
