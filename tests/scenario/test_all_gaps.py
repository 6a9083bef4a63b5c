"""Everything that is missing behind the loans, at each of the three times: all of it, and no more."""

from __future__ import annotations

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.telling import ACME, AUTUMN, LOANS, SPRING, SUMMER

TRAINING = "dataset:training@1"
# From the first day on.
ALWAYS = {
    ("unrecorded", "step-select", "dataset:applications@2024"),
    ("default", "window-1", None),
    ("no-evidence", "fairness", None),
    ("no-evidence", "risk", None),
    ("vendor-assertion-only", "vendor", None),
    ("opaque", "vendor", ACME),
}
# Since there is a second model, on data that bear an old name.
SECOND = {
    ("unrecorded", "step-select-2", "dataset:applications@2025"),
    ("conflict", "step-select-2", TRAINING),
    ("asserted-link", "step-label", TRAINING),
    ("asserted-link", "step-train-2", TRAINING),
    ("default", "shrinkage-2", None),
    ("stale-approval", "approval-cy", LOANS),
}
ALL = {
    SPRING: ALWAYS | {("default", "shrinkage-1", None)},
    SUMMER: ALWAYS
    | SECOND
    | {
        ("expired-assumption", "rows", None),
        ("stale-approval", "approval-di", LOANS),
        ("unacknowledged", "notice", None),
        ("orphaned", "threshold-2", None),
        ("open-override", "override", None),
    },
    AUTUMN: ALWAYS
    | SECOND
    | {
        ("backfilled", "raters", None),
        ("expired-assumption", "vendor", None),
        ("violated-assumption", "vendor", None),
        ("expired-evidence", "vendor", "report:acme-brochure@3"),
        ("lapsed", "risk", None),
        ("open-action", "action-retrain", None),
        # Nobody has been head of data since October.
        *(("orphaned", n, None) for n in ("window-1", "window-2", "rows", "features", "labels")),
        ("orphaned", "raters", None),
    },
}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
def test_every_gap_is_told_once_and_nothing_else(ask: Asking, at: str) -> None:
    found = ask.json("gaps", LOANS, "--at", at).json

    told = [(g["code"], *ask.names([g["record"]]), g["ref"]) for g in found]
    assert set(told) == ALL[at]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
def test_those_of_some_codes_can_be_asked_for(ask: Asking, at: str) -> None:
    words = ("gaps", LOANS, "--at", at, "--code", "default", "--code", "conflict")

    told = {(g["code"], *ask.names([g["record"]]), g["ref"]) for g in ask.json(*words).json}
    assert told == {gap for gap in ALL[at] if gap[0] in ("default", "conflict")}
    assert told == {
        (g.code, *ask.names([g.record or ""]), g.ref)
        for g in ask.history.gaps(LOANS, at=at, codes=["default", "conflict"])
    }


def test_a_code_that_there_is_not_is_a_usage_error(ask: Asking) -> None:
    found = ask.json("gaps", LOANS, "--code", "defaults")

    assert found.status == 2
    assert "default" in found.json["error"]["hint"]
