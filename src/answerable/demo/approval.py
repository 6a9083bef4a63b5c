"""The model-risk committee: votes, the risk that is accepted, and an approval of what was shown."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import answerable as ans
from answerable.demo.reviews import in_months
from answerable.demo.telemetry import observed

MODEL = "model:loan-approval@1"
COMMITTEE = "committee:model-risk@bank.example"


@ans.step("approval", phase="approval")
def deliberate() -> None:
    """What the committee decides about the model, having its trace before it."""
    with ans.open() as history:
        shown = history.trace(MODEL)
    missing = ", ".join(f"{n} {code}" for code, n in Counter(g.code for g in shown.gaps).items())
    fairness = json.loads(Path("fair-lending.json").read_text(encoding="utf-8"))
    reports = [
        ans.artifact("report:evaluation@1", path="evaluation.json"),
        ans.artifact("report:fair-lending@1", path="fair-lending.json"),
    ]
    ans.current().used(ans.artifact(MODEL, path="model.joblib"), *reports)
    with ans.decide("risk_acceptance", decided_by=COMMITTEE, about=MODEL) as d:
        d.consider("none: wait for another year of files", "would not be of another kind")
        for report in reports:
            d.evidence(report)
        d.assume(
            "underwriters look at every application that is not advised for approval",
            review_by=in_months(6),
            owner="role:head-of-lending-operations",
        )
        low, high = fairness["interval_95"]
        d.choose(
            "that the approval ratio, measured on few, lies below four fifths; for six months",
            f"measured {fairness['approval_ratio']:.2f}, 95% interval {low:.2f} to {high:.2f}; "
            "advice is given, no decline; fair lending measures again each month",
        )
    with ans.decide("model", decided_by=COMMITTEE, about=MODEL) as d:
        for report in reports:
            d.evidence(report)
        d.consider("send it back", "another training would stand on the same labels")
        d.consider("approve without conditions", f"fair lending's interval begins at {low:.2f}")
        d.vote("role:head-of-model-risk", "for", "the figures hold on applications it never saw")
        d.vote(
            "role:head-of-retail-credit", "for", "an underwriter decides what it does not advise"
        )
        d.vote("role:head-of-fair-lending", "against", "the labels repeat the decisions of 1990")
        d.choose(
            f"{MODEL} goes forward as advice, for six months",
            f"two for, one against; {len(shown.records)} records were shown, and as gaps: {missing}",
        )
    minutes = "Model-risk committee: the model goes forward as advice. For 2, against 1.\n"
    Path("minutes.txt").write_text(minutes, encoding="utf-8")
    ans.current().produced(ans.artifact("report:committee-minutes@1", path="minutes.txt"))


if __name__ == "__main__":
    with observed():
        deliberate()
        # What is approved is everything that is on record now, the committee's own words included.
        with ans.open() as history:
            presented = history.trace(MODEL).digest
        ans.approve(MODEL, digest=presented, because="for the committee, as voted and minuted")
