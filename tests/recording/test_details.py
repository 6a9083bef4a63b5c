"""What `decision`, `decide` and `choose` accept besides the question: one, several, or none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable.errors import IncompleteDecisionError, InvalidReferenceError, InvalidValueError
from answerable.model import Decision
from tests.recording.kept import Kept

DATA = ans.Artifact(ref="dataset:loans@1", digest="sha256:" + "a" * 64)
Record = Callable[..., None]


def _choose(**details: Any) -> None:
    ans.choose("threshold", 0.5, **details)


def _decide(**details: Any) -> None:
    with ans.decide("threshold", **details) as d:
        d.choose(0.5)


def _decorated(**details: Any) -> None:
    @ans.decision("threshold", **details)
    def chosen() -> float:
        return 0.5

    assert chosen() == 0.5


@pytest.fixture(params=[_choose, _decide, _decorated], ids=["choose", "decide", "decision"])
def record(request: pytest.FixtureRequest) -> Record:
    way: Record = request.param
    return way


@pytest.mark.parametrize("name", ["used", "produced", "about"])
@pytest.mark.parametrize(
    ("given", "refs"),
    [
        ("dataset:loans@1", ["dataset:loans@1"]),
        (DATA, ["dataset:loans@1"]),
        (
            ["dataset:loans@1", "deployment:prod/loans"],
            ["dataset:loans@1", "deployment:prod/loans"],
        ),
        ((DATA, "config:c"), ["dataset:loans@1", "config:c"]),
        ([], []),
        (None, []),
    ],
)
def test_artifacts_are_named_alone_or_in_a_series(
    kept: Kept, record: Record, name: str, given: Any, refs: list[str]
) -> None:
    record(**{name: given})

    found = getattr(kept.decision(), name)
    assert [getattr(each, "ref", each) for each in found] == refs
    if given is DATA and name != "about":
        assert found == (DATA,)


@pytest.mark.parametrize("name", ["used", "produced", "about"])
@pytest.mark.parametrize(
    ("given", "error"),
    [
        (5, InvalidValueError),
        ("nonsense", InvalidReferenceError),
        (["dataset:a", "nonsense"], InvalidReferenceError),
        ([None], InvalidReferenceError),
        (b"dataset:a", InvalidReferenceError),
    ],
)
def test_what_names_no_artifact_is_refused_at_once(
    kept: Kept, record: Record, name: str, given: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        record(**{name: given})
    assert kept.size() == 0


def test_evidence_is_a_file_a_reference_or_an_artifact(
    kept: Kept, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = tmp_path / "fairness report@2.json"
    report.write_bytes(b"{}")
    digest = "sha256:" + hashlib.sha256(b"{}").hexdigest()

    record(evidence=report)
    record(evidence=report.name)
    record(evidence="report:validation@3")
    record(
        evidence=[
            DATA,
            ans.Evidence(artifact=DATA, kind="vendor_assertion", valid_until="2027-01-31"),
        ]
    )

    path, name, ref, several = (d.evidence for d in kept.decisions())
    assert path == name
    assert path[0].artifact == ans.Artifact(
        ref="report:fairness-report-2.json", digest=digest, uri=report.name
    )
    assert ref[0].artifact == ans.Artifact(ref="report:validation@3")
    assert [e.kind for e in several] == ["own_test", "vendor_assertion"]
    assert several[1].valid_until == "2027-01-31"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("no-such-file.json", InvalidReferenceError),
        (Path("no-such-file.json"), InvalidReferenceError),
        ("x" * 5000, InvalidReferenceError),
        ("a\x00b", InvalidReferenceError),
        ("\ud800", InvalidReferenceError),
        (Path("a\x00b"), InvalidReferenceError),
        ([5], InvalidReferenceError),
        (5, InvalidValueError),
        (ans.Evidence(artifact=DATA, kind="gossip"), InvalidValueError),  # type: ignore[arg-type]
        (ans.Evidence(artifact=DATA, kind="own_test", valid_until="soon"), InvalidValueError),
    ],
)
def test_evidence_that_is_none_is_refused(
    kept: Kept, record: Record, given: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        record(evidence=given)
    assert kept.size() == 0


def test_assumptions_are_sentences_or_more(kept: Kept, record: Record) -> None:
    record(assumptions="the mix stays")
    record(
        assumptions=["the mix stays", ans.Assumption(statement="prices too", owner="a@b.example")]
    )

    one, two = (d.assumptions for d in kept.decisions())
    assert one == (ans.Assumption(statement="the mix stays"),)
    assert two == (*one, ans.Assumption(statement="prices too", owner="person:a@b.example"))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (" ", IncompleteDecisionError),
        ([5], InvalidValueError),
        (5, InvalidValueError),
        (ans.Assumption(statement="a", review_by="soon"), InvalidValueError),
        (ans.Assumption(statement="a", owner="nobody in particular"), InvalidReferenceError),
    ],
)
def test_an_assumption_that_is_none_is_refused(
    kept: Kept, record: Record, given: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        record(assumptions=given)
    assert kept.size() == 0


def test_a_scope_says_what_the_choice_is_meant_for(kept: Kept, record: Record) -> None:
    meant = ans.Scope(deployment="deployment:prod/loans", population="first-time buyers")
    record(scope=meant)
    record(scope={"intended_purpose": "advice, not denial"})

    assert [d.scope for d in kept.decisions()] == [
        meant,
        ans.Scope(intended_purpose="advice, not denial"),
    ]


@pytest.mark.parametrize(
    ("details", "error"),
    [
        ({"accountable": "nobody in particular"}, InvalidReferenceError),
        ({"accountable": 5}, InvalidReferenceError),
        ({"decided_by": "the team"}, InvalidReferenceError),
        ({"authority": " "}, IncompleteDecisionError),
        ({"authority": 5}, InvalidValueError),
        ({"scope": {"planet": "earth"}}, InvalidValueError),
        ({"scope": "everywhere"}, InvalidValueError),
        ({"scope": ans.Scope(deployment=5)}, InvalidValueError),  # type: ignore[arg-type]
        ({"supersedes": ""}, InvalidReferenceError),
        ({"supersedes": [5]}, InvalidValueError),
        ({"supersedes": "x" * 129}, InvalidReferenceError),
        ({"supersedes": 5}, InvalidValueError),
        ({"capture": "guessed"}, InvalidValueError),
        ({"decided_at": "soon"}, InvalidValueError),
        ({"decided_at": 5}, InvalidValueError),
        ({"decided_at": "0001-01-01T00:00:00+14:00"}, InvalidValueError),
        ({"question": " "}, IncompleteDecisionError),
        ({"question": 5}, InvalidValueError),
        ({"question": "a" * 10_000_000}, InvalidValueError),
        ({"no_such_argument": 1}, TypeError),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_detail_that_is_wrong_is_refused_when_it_is_said(
    kept: Kept, record: Record, details: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        record(**details)
    assert len(str(caught.value)) < 300
    assert kept.size() == 0


def test_a_time_without_a_zone_is_refused(kept: Kept) -> None:
    from datetime import datetime

    with pytest.raises(InvalidValueError, match="a time without a zone"):
        ans.choose("threshold", 0.5, decided_at=datetime(2026, 1, 31))
    assert kept.size() == 0


def test_a_decorator_refuses_before_anything_runs() -> None:
    with pytest.raises(InvalidReferenceError):
        ans.decision("threshold", accountable="nobody in particular")
    with pytest.raises(TypeError, match="unexpected argument: colour"):
        ans.decision("threshold", colour="red")  # type: ignore[call-arg]


def test_what_a_decorator_was_given_as_an_iterator_holds_for_every_call(kept: Kept) -> None:
    @ans.decision("threshold", used=iter(["dataset:a@1", "dataset:b@1"]))
    def chosen() -> float:
        return 0.5

    chosen()
    chosen()

    both: list[Decision] = kept.decisions()
    assert [a.ref for a in both[0].used] == ["dataset:a@1", "dataset:b@1"]
    assert both[0].used == both[1].used
