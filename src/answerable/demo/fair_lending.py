"""Fair lending: a second look by another team, and its dissent under its own key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

import answerable as ans
from answerable.demo.telemetry import observed

DRAWS = 2_000


def interval(approved: pd.Series, minority: pd.Series) -> tuple[float, float]:
    """Within which 95% of approval ratios lie, if the held-out applicants are drawn anew."""
    random = np.random.default_rng(0)
    drawn = {}
    for group, cases in approved.groupby(minority):
        drawn[group] = random.binomial(len(cases), cases.mean(), DRAWS) / len(cases)
    low, high = np.percentile(drawn[1] / drawn[0], [2.5, 97.5])
    return float(low), float(high)


def milder(chosen: float, most: float) -> str:
    """What a lower threshold would have done, as evaluation itself measured it; `most` is the
    share of those declined in 1990 that may be approved."""
    evaluation = json.loads(Path("evaluation.json").read_text(encoding="utf-8"))
    measured = {m["threshold"]: m for m in evaluation["cross-validated"]["thresholds"]}
    taken = measured[chosen]
    low = [
        m
        for m in measured.values()
        if m["error_rate"] <= taken["error_rate"] and m["false_positive_rate"] > most
    ]
    if not low:
        return "The limit on approving those declined in 1990 narrowed the choice."
    best = min(low, key=lambda m: m["approval_rate_gap"])
    return (
        f"At {best['threshold']:g} the model errs in {best['error_rate']:.1%} and not in "
        f"{taken['error_rate']:.1%} of the cases, with a gap of {best['approval_rate_gap']:.1f} and "
        f"not of {taken['approval_rate_gap']:.1f} points. It was shut out by the limit on approving "
        "those declined in 1990, which takes for granted that they were rightly declined."
    )


@ans.step("fair-lending review", phase="evaluation")
def review() -> tuple[str, str]:
    """Is the four-fifths limit kept, as far as the held-out applications can tell?"""
    scores = ans.artifact("dataset:loan-held-out-scores@1", path="held-out-scores.csv")
    ans.current().used(
        scores,
        ans.artifact("report:evaluation@1", path="evaluation.json"),
        ans.artifact("config:decision-threshold@1", path="threshold.json"),
        ans.artifact("requirements:loan-approval@1", path="requirements.json"),
    )
    cases = pd.read_csv("held-out-scores.csv", index_col="application")
    threshold = json.loads(Path("threshold.json").read_text(encoding="utf-8"))["approve_from"]
    limits = json.loads(Path("requirements.json").read_text(encoding="utf-8"))
    limit, most = limits["min_approval_ratio"], limits["max_share_of_declined_approved"]
    approved, minority = cases["score"] >= threshold, cases["minority"]
    advised = approved.groupby(minority).mean()
    in_1990 = cases["approved"].groupby(minority).mean()
    low, high = interval(approved, minority)
    report = {
        "threshold": threshold,
        "applicants": {"minority": int(minority.sum()), "others": int((1 - minority).sum())},
        "advised_approval_rate": {"minority": advised[1], "others": advised[0]},
        "approval_rate_1990": {"minority": in_1990[1], "others": in_1990[0]},
        "approval_ratio": advised[1] / advised[0],
        "interval_95": [low, high],
    }
    Path("fair-lending.json").write_text(json.dumps(report, indent=2), encoding="utf-8")
    ans.current().produced(ans.artifact("report:fair-lending@1", path="fair-lending.json"))

    told = (
        f"on {minority.sum()} Black and Hispanic applicants held out, {advised[1]:.1%} would be "
        f"approved against {advised[0]:.1%} of the others: ratio {advised[1] / advised[0]:.2f}, "
        f"95% interval {low:.2f} to {high:.2f}"
    )
    holds = low >= limit
    ans.choose(
        "fairness",
        "the limit is kept" if holds else "the limit is not shown to be kept",
        question="Do the held-out applications show that the four-fifths limit is kept?",
        over={"go by the ratio alone": "says nothing of how few applicants it rests on"},
        because=f"{told}; the limit is {limit:.2f}",
        evidence=[scores],
        about=["model:loan-approval@1", "report:fair-lending@1"],
    )
    labels = (
        f"The labels carry the past: in 1990 {in_1990[1]:.1%} of these Black and Hispanic "
        f"applicants were approved, and {in_1990[0]:.1%} of the others. A model that repeats this "
        "well is called good, so no measurement here can say whether the decisions were right."
    )
    return f"The threshold is too high: {told}. {milder(threshold, most)}", labels


if __name__ == "__main__":
    with observed():
        on_threshold, on_labels = review()
        with ans.open() as history:
            threshold = history.decisions(kind="threshold", limit=1)[0]
            labelling = history.decisions(kind="labelling", limit=1)[0]
        ans.dissent(f"record:{threshold.id}", on_threshold)
        ans.dissent(f"record:{labelling.id}", on_labels)
