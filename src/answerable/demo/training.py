"""Modelling: a model is trained, and what it was chosen over is recorded as it was measured."""

from __future__ import annotations

from typing import Annotated, Literal

import joblib  # type: ignore[import-untyped]  # it ships neither types nor stubs
import mlflow
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import answerable as ans
from answerable.demo import columns
from answerable.demo.experiment import EXPERIMENT
from answerable.demo.telemetry import observed
from answerable_sklearn import chosen_params, considered_params, rationale

STRENGTHS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]


def pipeline(model: ClassifierMixin) -> Pipeline:
    """The model behind the two things that all of them need."""
    filled = SimpleImputer(strategy="median")
    return Pipeline([("filled", filled), ("scaled", StandardScaler()), ("model", model)])


def choose_architecture(
    data: pd.DataFrame, label: pd.Series, weight: str | None, folds: int
) -> str:
    """Three kinds of model, each measured in the same way."""
    kinds = {
        "logistic regression": LogisticRegression(class_weight=weight),
        "decision tree": DecisionTreeClassifier(max_depth=4, random_state=0, class_weight=weight),
        "random forest": RandomForestClassifier(
            min_samples_leaf=5, random_state=0, class_weight=weight
        ),
    }
    remarks = {
        "decision tree": "its reasons jump where a ratio passes a limit by a hair",
        "random forest": "a hundred trees give no reason that an applicant could be told",
    }
    scores = {
        name: cross_val_score(pipeline(model), data, label, scoring="roc_auc", cv=folds)
        for name, model in kinds.items()
    }
    told = {name: f"mean roc_auc {s.mean():.3f} ± {s.std():.3f}" for name, s in scores.items()}
    chosen = "logistic regression"
    best = max(scores[name].mean() for name in remarks)
    return ans.choose(
        "architecture",
        chosen,
        over={name: f"{told[name]}; {remark}" for name, remark in remarks.items()},
        because=f"{told[chosen]}, against {best:.3f} for the better rival: each of its weights is "
        "a reason that an applicant can be told (ECOA), and that comes first",
    )


@ans.step("training", phase="training")
def train(
    folds: Annotated[
        int, ans.Choice("cross_validation", "In how many folds is it cross-validated?")
    ],
    weighting: Annotated[
        Literal["equal", "balanced"],
        ans.Choice("class_weighting", "Does a declined application, being rare, weigh more?"),
    ] = "equal",
) -> None:
    """Search, fit, and write the model's file: its digest is the artifact."""
    ans.current().used(ans.artifact("dataset:loan-training@1", path="training.csv"))
    applications = pd.read_csv("training.csv", index_col="application")
    data, label = applications[list(columns.FEATURES)], applications[columns.LABEL]
    ans.choose(
        "metric",
        "roc_auc",
        over={"accuracy": f"approving everybody already scores {label.mean():.1%}"},
        because="it judges the order of applicants, before any threshold is set",
    )
    weight = None if weighting == "equal" else weighting
    choose_architecture(data, label, weight, folds)

    model = pipeline(LogisticRegression(class_weight=weight))
    search = GridSearchCV(model, {"model__C": STRENGTHS}, scoring="roc_auc", cv=folds)
    search.fit(data, label)
    params = ans.choose(
        "hyperparameter",
        chosen_params(search),
        question="How strongly are the weights held back?",
        over=considered_params(search),
        because=rationale(search),
    )
    joblib.dump(search.best_estimator_, "model.joblib")
    ans.current().produced(ans.artifact("model:loan-approval@1", path="model.joblib"))

    mlflow.log_params({**params, "folds": folds, "weighting": weighting})
    mlflow.log_metric("roc_auc_cross_validated", search.best_score_)
    mlflow.log_artifact("model.joblib")


if __name__ == "__main__":
    with observed():
        mlflow.set_experiment(EXPERIMENT)
        with mlflow.start_run(run_name="loan-approval"):
            train(folds=5)
