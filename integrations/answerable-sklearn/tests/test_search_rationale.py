"""Why the chosen candidate was chosen: the rule, over how many, on which splits."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (allows the next import)
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RepeatedKFold, ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from answerable_sklearn import considered_params, rationale

TREE = DecisionTreeClassifier(random_state=0)
DEPTHS = {"max_depth": [3, 12]}


def pick_the_second(results: dict[str, object]) -> int:
    return 1


def no_score(estimator: BaseEstimator, X: pd.DataFrame, y: pd.Series) -> float:
    return float("nan")


def no_score_when_deep(estimator: BaseEstimator, X: pd.DataFrame, y: pd.Series) -> float:
    return float("nan") if estimator.max_depth > 10 else estimator.score(X, y)


def test_it_is_one_sentence_of_rule_score_count_and_data(search: BaseEstimator) -> None:
    std = search.cv_results_["std_test_score"][search.best_index_]
    assert rationale(search) == (
        f"highest mean roc_auc ({search.best_score_:.3f} ± {std:.3f}) of 12 candidates "
        "in 5-fold cross-validation"
    )


def test_a_metric_nobody_named_is_said_to_be_a_default(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, DEPTHS).fit(features, approved)
    assert rationale(search).startswith("highest mean default score (0.8")
    assert rationale(search).endswith(
        "; no metric was named: scored by the default of DecisionTreeClassifier"
    )


def test_a_tie_for_the_first_place_is_said(features: pd.DataFrame, approved: pd.Series) -> None:
    search = GridSearchCV(DummyClassifier(), {"constant": [1, 0]}, scoring="roc_auc")
    assert rationale(search.fit(features, approved)).endswith(
        ", equal to 1 more; the search keeps the first of equals"
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more")
def test_failures_are_counted(features: pd.DataFrame, approved: pd.Series) -> None:
    search = GridSearchCV(TREE, {"max_depth": [-1, 3, -2, 2]}).fit(features, approved)
    assert " of 4 candidates (2 failed) " in rationale(search)


@pytest.mark.filterwarnings("ignore:One or more")
def test_a_search_without_any_score_does_not_claim_a_best(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, DEPTHS, scoring=no_score).fit(features, approved)
    assert rationale(search) == (
        "the first of 2 candidates (2 failed) in 5-fold cross-validation: "
        f"none has a mean {__name__}.no_score"
    )


@pytest.mark.filterwarnings("ignore:One or more")
def test_a_choice_without_a_score_among_scored_rivals_is_said_to_have_none(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, DEPTHS, scoring=no_score_when_deep, refit=pick_the_second)
    search.fit(features, approved)
    assert rationale(search).endswith(f": it has no mean {__name__}.no_score_when_deep")
    assert str(considered_params(search)[0].because).endswith(", not comparable to the chosen")


def test_a_metric_that_did_not_select_is_only_reported(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, DEPTHS, scoring=["roc_auc", "f1"], refit="f1")
    search.fit(features, approved)
    assert rationale(search).startswith("highest mean f1 ")
    assert rationale(search, metric="roc_auc").startswith(
        "selected by f1 from 2 candidates in 5-fold cross-validation: rank 1 by mean roc_auc (0."
    )


def test_a_refit_function_is_named_and_rivals_above_its_choice_are_said_to_be(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, DEPTHS, scoring="roc_auc", refit=pick_the_second)
    search.fit(features, approved)
    assert rationale(search).startswith(
        f"picked by the refit function {__name__}.pick_the_second from 2 candidates in 5-fold "
        "cross-validation: rank 2 by mean roc_auc (0."
    )
    because = str(considered_params(search)[0].because)
    assert because.startswith("rank 1 of 2: ")
    assert because.endswith(" above the chosen")


def test_a_refit_function_over_several_metrics_needs_one_named(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, DEPTHS, scoring=["roc_auc", "f1"], refit=pick_the_second)
    search.fit(features, approved)
    with pytest.raises(ValueError, match="pass metric= one of roc_auc, f1"):
        rationale(search)
    assert rationale(search, metric="f1").startswith("picked by the refit function ")


def test_successive_halving_says_how_many_rounds(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = HalvingGridSearchCV(TREE, {"max_depth": range(1, 10)}, cv=3, random_state=0)
    search.fit(features, approved)
    assert f"and {search.n_iterations_} rounds of successive halving" in rationale(search)


def test_one_split_has_no_spread_and_repeated_ones_are_no_folds(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    scoring = make_scorer(f1_score, pos_label=0)
    once = GridSearchCV(TREE, DEPTHS, cv=ShuffleSplit(1, random_state=0), scoring=scoring)
    assert "±" not in rationale(once.fit(features, approved))
    assert rationale(once).startswith("highest mean make_scorer(f1_score, ")
    assert rationale(once).endswith(" over 1 train/validation split")
    repeated = GridSearchCV(TREE, DEPTHS, cv=RepeatedKFold(n_splits=2, n_repeats=2), scoring="f1")
    assert rationale(repeated.fit(features, approved)).endswith(" over 4 train/validation splits")


def test_scores_of_any_size_keep_their_digits(features: pd.DataFrame, approved: pd.Series) -> None:
    means = []
    for scale in (1e5, 1e-5):
        scoring = make_scorer(
            lambda y, predicted, scale=scale: scale * float(np.mean(y == predicted))
        )
        search = GridSearchCV(TREE, DEPTHS, scoring=scoring).fit(features, approved)
        means.append(rationale(search).split("(")[2].split(" ±")[0])
    assert means[0].startswith("88")
    assert means[0].count(".") == 1
    assert means[1].endswith("e-06")
