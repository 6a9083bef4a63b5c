"""How thresholds are measured: errors, approvals, and what they do to whom."""

from __future__ import annotations

import pandas as pd

from answerable.demo import columns
from answerable_sklearn import Measured, measured_thresholds

THRESHOLDS = [0.5, *(percent / 100 for percent in range(60, 82, 2))]


def scored(applications: pd.DataFrame, scores: pd.Series) -> pd.DataFrame:
    """Score, outcome and group of each application: all that a measurement needs."""
    protected = pd.read_csv("protected.csv", index_col="application")
    minority = protected[["black", "hispan"]].max(axis=1)
    label = applications[columns.LABEL]
    return pd.DataFrame({"score": scores, "approved": label, "minority": minority.loc[label.index]})


def approval_ratio(cases: pd.DataFrame, threshold: float) -> float:
    """The approval rate of Black and Hispanic applicants as a share of the others'."""
    rates = (cases["score"] >= threshold).groupby(cases["minority"]).mean()
    return float(rates[1] / rates[0])


def measure(cases: pd.DataFrame) -> tuple[Measured, ...]:
    """Each threshold's errors, approvals and approval-rate gap."""
    return measured_thresholds(
        cases["approved"], cases["score"], THRESHOLDS, group=cases["minority"]
    )
