"""What a search did not choose becomes considered options, honestly ranked."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (allows the next import)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from answerable import Considered
from answerable_sklearn import chosen_params, considered_params

TREE = DecisionTreeClassifier(random_state=0)


def reasons(options: tuple[Considered, ...]) -> list[str]:
    return [str(option.because) for option in options]


def test_every_rival_is_there_once_in_order_and_the_winner_is_not(search: BaseEstimator) -> None:
    options = considered_params(search, limit=100)
    depths = [option.value["max_depth"] for option in options]
    assert sorted([*depths, search.best_params_["max_depth"]]) == list(range(1, 13))
    ranks = [int(re.findall(r"rank (\d+) of 12", reason)[0]) for reason in reasons(options)]
    assert ranks == sorted(search.cv_results_["rank_test_score"])[1:]
    json.dumps([option.value for option in options], allow_nan=False)


def test_a_reason_has_rank_mean_spread_and_distance(search: BaseEstimator) -> None:
    results = search.cv_results_
    second = int(np.argsort(results["rank_test_score"])[1])
    mean, std = results["mean_test_score"][second], results["std_test_score"][second]
    assert considered_params(search)[0].because == (
        f"rank 2 of 12: mean roc_auc {mean:.3f} ± {std:.3f}, "
        f"{search.best_score_ - mean:.3f} below the chosen"
    )


@pytest.mark.parametrize("limit", [0, 1, 5, 10])
def test_rivals_beyond_the_limit_are_counted_in_one_more_entry(
    search: BaseEstimator, limit: int
) -> None:
    *shown, rest = considered_params(search, limit=limit)
    assert shown == list(considered_params(search)[:limit])
    further, ranks = f"{11 - limit} further candidates", f"ranked {limit + 2} to 12 of 12"
    if limit == 10:
        further, ranks = "1 further candidate", "ranked 12 of 12"
    assert rest.value == further
    assert re.fullmatch(rf"{ranks}: mean roc_auc 0\.\d\d\d or lower", str(rest.because))


def test_equal_means_are_said_to_be_equal(features: pd.DataFrame, approved: pd.Series) -> None:
    search = GridSearchCV(DummyClassifier(), {"constant": [1, 0, None]}, scoring="roc_auc")
    first, second = reasons(considered_params(search.fit(features, approved)))
    assert first == second
    assert first == (
        "joint rank 1 of 3: equal mean roc_auc 0.500 ± 0.000; the search keeps the first of equals"
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more")
def test_failed_fits_are_said_to_have_failed_and_come_last(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, {"max_depth": [-1, 3, -2, 2]}).fit(features, approved)
    failed = "fit failed, or gave no score, in 5 of 5 folds"
    assert reasons(considered_params(search))[1:] == [failed, failed]
    assert reasons(considered_params(search, limit=0))[0].endswith(" or lower; 2 failed")
    assert reasons(considered_params(search, limit=1))[1] == "fit failed, or gave no score, in each"


def test_several_metrics_are_told_apart(features: pd.DataFrame, approved: pd.Series) -> None:
    search = GridSearchCV(TREE, {"max_depth": [1, 3]}, scoring=["roc_auc", "f1"], refit="f1")
    search.fit(features, approved)
    assert " mean f1 " in reasons(considered_params(search))[0]
    assert " mean roc_auc " in reasons(considered_params(search, metric="roc_auc"))[0]
    with pytest.raises(ValueError, match="no metric 'recall'; it has roc_auc, f1"):
        considered_params(search, metric="recall")


def test_successive_halving_says_in_which_round_a_candidate_was_dropped(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = HalvingGridSearchCV(TREE, {"max_depth": range(1, 10)}, cv=3, random_state=0)
    found = reasons(considered_params(search.fit(features, approved)))
    assert len(found) == 8  # each once, however many rounds it took part in
    rounds = [re.findall(r"dropped after round (\d)", reason) for reason in found]
    dropped = [int(number[0]) if number else search.n_iterations_ for number in rounds]
    assert dropped == sorted(dropped, reverse=True)
    assert dropped.count(1) == 9 - search.n_candidates_[1]
    assert found[-1].endswith("in that round")
    assert "at most round 1 of" in reasons(considered_params(search, limit=7))[-1]


def test_parameters_drawn_twice_are_one_candidate(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    draws = {"max_depth": [2, 3, 4], "splitter": ["best", "best"]}
    search = RandomizedSearchCV(TREE, draws, n_iter=6, random_state=0).fit(features, approved)
    depths = [option.value["max_depth"] for option in considered_params(search)]
    assert sorted([*depths, search.best_params_["max_depth"]]) == [2, 3, 4]


def test_estimators_become_their_qualified_names(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    grid = {"model": [LogisticRegression(C=0.5, max_iter=1000), TREE]}
    search = GridSearchCV(Pipeline([("model", TREE)]), grid).fit(features, approved)
    values = [chosen_params(search)["model"], considered_params(search)[0].value["model"]]
    assert sorted(values) == [
        "sklearn.linear_model._logistic.LogisticRegression(C=0.5, max_iter=1000)",
        "sklearn.tree._classes.DecisionTreeClassifier(random_state=0)",
    ]


def test_what_chose_nothing_is_refused_with_the_remedy(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, {"max_depth": [2]}, scoring=["roc_auc", "f1"], refit=False)
    with pytest.raises(ValueError, match="not fitted: call its fit"):
        chosen_params(search)
    with pytest.raises(ValueError, match=r"refit=False .* refit= one of roc_auc, f1"):
        chosen_params(search.fit(features, approved))
    with pytest.raises(TypeError, match="expected a fitted search such as GridSearchCV, got Dec"):
        considered_params(TREE)


def test_arguments_that_fit_no_search_are_refused(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    search = GridSearchCV(TREE, {"max_depth": [2]}, scoring="f1", refit=False)
    search.fit(features, approved)
    assert considered_params(search, metric="f1") == ()
    with pytest.raises(ValueError, match="one metric, 'f1'; it has no 'recall'"):
        considered_params(search, metric="recall")
    with pytest.raises(ValueError, match="limit must be 0 or more"):
        considered_params(search, limit=-1)
