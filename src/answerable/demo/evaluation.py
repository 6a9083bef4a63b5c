"""Model risk: what each threshold would do, and to whom; then one is taken."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import joblib  # type: ignore[import-untyped]  # it ships neither types nor stubs
import mlflow
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

import answerable as ans
from answerable.demo import columns
from answerable.demo.measuring import approval_ratio, measure, scored
from answerable.demo.reviews import in_months
from answerable.demo.telemetry import observed
from answerable_sklearn import considered_measured

MODEL = "model:loan-approval@1"


@ans.step("evaluation", phase="evaluation")
def evaluate() -> pd.DataFrame:
    """Measure on what the model did not learn from; gives the cases to choose a threshold on."""
    names = ("training", "held-out", "protected")
    ans.current().used(
        ans.artifact(MODEL, path="model.joblib"),
        *(ans.artifact(f"dataset:loan-{name}@1", path=f"{name}.csv") for name in names),
    )
    model = joblib.load("model.joblib")
    training, held_out = (pd.read_csv(f"{n}.csv", index_col="application") for n in names[:2])
    features = list(columns.FEATURES)
    # Each training case is scored by a model that has not seen it: the held-out cases stay unseen.
    unseen = cross_val_predict(
        model, training[features], training[columns.LABEL], cv=5, method="predict_proba"
    )
    to_choose = scored(training, pd.Series(unseen[:, 1], training.index))
    to_check = scored(
        held_out, pd.Series(model.predict_proba(held_out[features])[:, 1], held_out.index)
    )
    report = {
        part: {
            "applications": len(cases),
            "minority": int(cases["minority"].sum()),
            "roc_auc": float(roc_auc_score(cases["approved"], cases["score"])),
            "thresholds": [
                attrs.asdict(m) | {"approval_ratio": approval_ratio(cases, m.threshold)}
                for m in measure(cases)
            ],
        }
        for part, cases in {"cross-validated": to_choose, "held-out": to_check}.items()
    }
    Path("evaluation.json").write_text(json.dumps(report, indent=2), encoding="utf-8")
    to_check.to_csv("held-out-scores.csv", index_label="application")
    ans.current().produced(
        ans.artifact("report:evaluation@1", path="evaluation.json"),
        ans.artifact("dataset:loan-held-out-scores@1", path="held-out-scores.csv"),
    )
    mlflow.log_metric("roc_auc_held_out", roc_auc_score(to_check["approved"], to_check["score"]))
    mlflow.log_artifact("evaluation.json")
    return to_choose


@ans.step("threshold", phase="evaluation")
def choose_threshold(cases: pd.DataFrame) -> None:
    """Of the thresholds within both limits of credit policy, the one that errs least."""
    report = ans.artifact("report:evaluation@1", path="evaluation.json")
    limits = json.loads(Path("requirements.json").read_text(encoding="utf-8"))
    most, least = limits["max_share_of_declined_approved"], limits["min_approval_ratio"]
    ans.current().used(
        report, ans.artifact("requirements:loan-approval@1", path="requirements.json")
    )
    measured = {m.threshold: m for m in measure(cases)}
    within = {
        t: m
        for t, m in measured.items()
        if (m.false_positive_rate or 0) <= most and approval_ratio(cases, t) >= least
    }
    if not within:
        raise RuntimeError(
            f"no threshold approves at most {most:.0%} of the declined and keeps "
            f"an approval ratio of {least:.0%}: evaluation.json has the numbers"
        )
    chosen = min(within, key=lambda t: within[t].error_rate)

    def against(threshold: float) -> str:
        return (
            f"approves {measured[threshold].false_positive_rate:.0%} of those declined in 1990 "
            f"(limit {most:.0%}), approval ratio {approval_ratio(cases, threshold):.2f} "
            f"(limit {least:.2f})"
        )

    with ans.decide(
        "threshold",
        "From which score on is approval advised?",
        about=[MODEL, "config:decision-threshold@1"],
    ) as d:
        d.evidence(report)
        for option in considered_measured(list(measured.values()), chosen):
            d.consider(option.value, f"{option.because}; {against(option.value)}")
        d.assume(
            "the costs of a wrong approval and a wrong decline stay as they are",
            review_by=in_months(6),
            owner="role:head-of-retail-credit",
        )
        d.choose(
            chosen,
            f"{measured[chosen].describe()}; {against(chosen)}: the least error of the "
            f"{len(within)} within both limits, on {len(cases)} cross-validated applications",
        )
    Path("threshold.json").write_text(json.dumps({"approve_from": chosen}), encoding="utf-8")
    ans.current().produced(ans.artifact("config:decision-threshold@1", path="threshold.json"))
    mlflow.log_param("threshold", chosen)


if __name__ == "__main__":
    with observed():
        # The run is found where training recorded it, and goes on.
        with ans.open() as history:
            trained = history.decisions(kind="architecture", limit=1)[0]
        with mlflow.start_run(run_id=trained.run):
            choose_threshold(evaluate())
