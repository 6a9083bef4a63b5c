"""August to October: thin files are declined; who had decided, who mends it, what is still open."""

from __future__ import annotations

import answerable as ans
from answerable.model import Record
from tests.scenario.first_model import approve
from tests.scenario.outcomes import have_officers_look
from tests.scenario.second_model import MODEL
from tests.scenario.telling import (
    ANA,
    BO,
    CREDIT,
    DATA,
    DI,
    EVE,
    LOANS,
    OPERATIONS,
    Telling,
    acting,
    content,
)

STUDY = content("report:thin-files@1", "30% of thin files are declined at 0.55")
LATE = "2025-02-15T09:00:00Z"


def go_wrong(told: Telling) -> None:
    """The override ends, the fact is heard late, and then it happens."""
    told.on("2025-08-05")
    with acting(EVE, "operations", OPERATIONS):
        told.keep("reverted", ans.revoke(told.ids["override"], "the check is back"))
    told.on("2025-08-12")
    with acting(ANA, "data", DATA):
        looked = ans.assumption_event(
            told.ids["rows"], "branches enter incomes", "reviewed", review_by="2026-06-30"
        )
        told.keep("incomes-looked-at", looked)
    told.on("2025-08-20")
    with acting(DI, "credit-risk", CREDIT):
        heard = ans.acknowledge(told.ref("notice"), "found in the post", decided_by=CREDIT)
        told.keep("heard-credit", heard)
    told.on("2025-09-22")
    with acting(EVE, "operations", OPERATIONS):
        wrong = ans.incident(
            LOANS,
            "30% of applicants with thin files were declined",
            occurred_at="2025-09-20T12:00:00Z",
            severity="high",
        )
        told.keep("incident", wrong)
        mend = ans.action(
            wrong, "officers decide on thin files", owner=EVE, due="2025-09-24",
            authority="policy:incidents@2",
        )  # fmt: skip
        told.keep("action-officers", mend)
        told.on("2025-09-24")
        done = ans.action(
            wrong, "officers decide on thin files", owner=EVE, state="done", supersedes=mend,
            authority="policy:incidents@2",
        )  # fmt: skip
        told.keep("action-officers-done", done)
    _put_right(told, wrong, done)


def _put_right(told: Telling, wrong: Record, done: Record) -> None:
    told.on("2025-09-25")
    with acting(ANA, "data", DATA):
        moved = ans.assumption_event(
            told.ids["vendor"], "Acme's scale stays as it is", "violated", because="moved in June"
        )
        told.keep("scale-moved", moved)
        late = ans.choose(
            "labelling",
            "two raters for each file",
            question="How many rate one file?",
            over={"one": "nobody would notice a slip"},
            because="so that slips are seen",
            about="labels:training@1",
            decided_at=LATE,
            capture="backfilled",
        )
        assert late
        told.newest("raters", "labelling")
    told.on("2025-09-26")
    with acting(DI, "credit-risk", CREDIT):
        checked = ans.action(
            wrong, "officers decide on thin files", owner=EVE, state="verified", supersedes=done,
            authority="policy:incidents@2", because="forty files looked at",
        )  # fmt: skip
        told.keep("action-officers-verified", checked)
        plan = ans.action(wrong, "train without Acme's score", owner=BO, due="2025-10-15")
        told.keep("action-retrain", plan)
        told.on("2025-09-29")
        with ans.step("study thin files", used=MODEL, produced=STUDY) as step:
            pass
        told.keep("step-study", step.record)
        told.on("2025-10-02")
        told.keep("threshold-3", _threshold(told))
    have_officers_look(told)
    with acting(DI, "credit-risk", CREDIT):
        told.on("2025-10-10")
        told.keep("purge", _drafted())
    told.on("2025-10-11")
    with acting(DI, "credit-risk", CREDIT):
        with ans.open() as history:
            drafted = history.get(told.ids["purge"])
        assert isinstance(drafted, ans.Decision)
        told.keep("confirmed", ans.confirm(drafted, "my words from here on"))
    told.on("2025-10-20")
    told.keep("approval-di-2", approve(told, DI, "with the new threshold"))
    told.on("2025-10-22")
    with acting(ANA, "data", DATA):
        told.keep("dissent-ana", ans.dissent(LOANS, "its data bear an old name"))


def _threshold(told: Telling) -> ans.Decision:
    with ans.decide(
        "threshold",
        "At which score do we decline?",
        about="model:loans@2",
        supersedes=told.ids["threshold-2"],
        previous=0.55,
        authority="policy:lending@4",
    ) as d:
        d.consider(0.55, because="declines 30% of the thin files")
        d.consider("take it out of use", because="officers decline more of them")
        d.evidence(STUDY)
        d.choose(0.7, because="11% of the thin files are declined")
    return d.record


def _drafted() -> ans.Decision:
    with ans.decide("retrain", about=LOANS) as d:
        d.consider("never", because="the scale has moved")
        d.choose(
            "within a quarter, without Acme",
            because="its scale has moved, and nobody here can see inside",
            drafted_by="agent:assistant",
        )
    return d.record
