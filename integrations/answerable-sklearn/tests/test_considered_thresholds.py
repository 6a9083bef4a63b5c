"""The thresholds a tuning measured and did not choose, thinned to ones worth reading."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, TunedThresholdClassifierCV

from answerable import Considered
from answerable_sklearn import chosen_threshold, considered_thresholds, threshold_rationale

Tune = Callable[..., BaseEstimator]


@pytest.fixture
def tune(features: pd.DataFrame, approved: pd.Series) -> Tune:
    def tune(**options: object) -> BaseEstimator:
        model = LogisticRegression(max_iter=1000)
        options = {"store_cv_results": True, "cv": 3, **options}
        return TunedThresholdClassifierCV(model, **options).fit(features, approved)

    return tune


def reasons(options: tuple[Considered, ...]) -> list[str]:
    return [str(option.because) for option in options]


@pytest.mark.parametrize("limit", [1, 2, 5, 10, 30, 98])
def test_they_are_spread_without_the_chosen_and_account_for_all(
    tuned: BaseEstimator, limit: int
) -> None:
    *shown, rest = considered_thresholds(tuned, limit=limit)
    values = [option.value for option in shown]
    assert len(values) <= limit
    assert chosen_threshold(tuned) not in values
    assert 0.5 in values
    further = 99 - (len(values) - 1)  # 0.5 was not among the 100 tried
    assert rest.value == f"{further} further thresholds"
    points = np.sort([*values, chosen_threshold(tuned)])
    step = np.diff(tuned.cv_results_["thresholds"])[0]
    assert np.diff(points).min() >= step * min(99 / (limit + 1), 0.99)


def test_they_come_best_first_with_score_and_distance(tuned: BaseEstimator) -> None:
    *shown, _ = considered_thresholds(tuned)
    curve = tuned.cv_results_
    scores = [np.interp(option.value, curve["thresholds"], curve["scores"]) for option in shown]
    assert scores == sorted(scores, reverse=True)
    *why_not, why_not_rest = reasons(considered_thresholds(tuned))
    for reason, score in zip(why_not, scores, strict=True):
        assert f"mean balanced_accuracy {score:.3f}" in reason
        assert reason.endswith(f"{tuned.best_score_ - score:.3f} below the chosen")
    assert why_not_rest.startswith("not listed singly: mean balanced_accuracy 0.5")


def test_the_library_default_is_named_and_its_score_interpolated(tuned: BaseEstimator) -> None:
    options = considered_thresholds(tuned, limit=1)
    assert options[0].value == 0.5
    assert reasons(options)[0].startswith("library default; mean balanced_accuracy 0.5")
    assert "(interpolated)" in reasons(options)[0]


def test_a_default_that_was_tried_is_not_interpolated_and_few_are_not_thinned(tune: Tune) -> None:
    fitted = tune(thresholds=[0.3, 0.5, 0.8, 0.9])
    options = considered_thresholds(fitted)
    assert sorted(o.value for o in options) == sorted(
        {0.3, 0.5, 0.8, 0.9} - {chosen_threshold(fitted)}
    )
    assert not any("interpolated" in reason for reason in reasons(options))


def test_a_default_outside_the_range_tried_is_said_not_to_be_measured(tune: Tune) -> None:
    tuned = tune(thresholds=np.linspace(0.8, 0.9, 30))
    assert reasons(considered_thresholds(tuned, limit=3))[-2] == (
        "library default; not measured: outside the thresholds tried (0.800 to 0.900)"
    )


def test_the_default_of_a_decision_function_is_zero(tune: Tune) -> None:
    options = considered_thresholds(tune(response_method="decision_function"))
    assert [o.value for o in options if "library default" in str(o.because)] == [0.0]


def test_a_default_that_was_chosen_is_no_rival(tune: Tune) -> None:
    fitted = tune(thresholds=[0.5, 0.9], scoring="recall")
    assert [option.value for option in considered_thresholds(fitted)] == [0.9]


def test_ties_are_said_to_be_ties(tune: Tune) -> None:
    fitted = tune(thresholds=[0.001, 0.002, 0.9], scoring="recall")
    assert chosen_threshold(fitted) == 0.001
    assert considered_thresholds(fitted)[0].because == "mean recall 1.000, equal to the chosen"
    assert threshold_rationale(fitted).endswith(
        ", equal to 1 more; scikit-learn keeps the first of equals"
    )


def test_thresholds_out_of_order_are_refused_for_scikit_learn_scores_them_wrongly(
    tune: Tune,
) -> None:
    ordered = tune(thresholds=[0.3, 0.5, 0.8, 0.9])
    shuffled = tune(thresholds=[0.9, 0.5, 0.8, 0.3])
    assert chosen_threshold(shuffled) != chosen_threshold(ordered)  # the defect refused here
    for read in (considered_thresholds, threshold_rationale):
        with pytest.raises(ValueError, match="fit again with thresholds=sorted"):
            read(shuffled)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"cv": None}, "(0.675) of 100 thresholds from 0.013 to 0.992, in 5-fold cross-validation"),
        ({"cv": 0.25, "random_state": 0}, "on one held-out 25%"),
        ({"cv": KFold(2)}, "KFold(n_splits=2, random_state=None, shuffle=False)"),
        ({"cv": [([*range(1000)], [*range(1000, 1989)])]}, "over given splits"),
    ],
)
def test_the_rationale_says_on_what_it_stands(
    tune: Tune, options: dict[str, object], text: str
) -> None:
    fitted = tune(**options)
    assert threshold_rationale(fitted).startswith("highest ")
    assert threshold_rationale(fitted).endswith(text)
    assert threshold_rationale(fitted).startswith("highest mean ") == (options.get("cv") != 0.25)


def test_a_prefit_model_is_measured_on_the_data_given(
    features: pd.DataFrame, approved: pd.Series
) -> None:
    model = LogisticRegression(max_iter=1000).fit(features, approved)
    tuned = TunedThresholdClassifierCV(model, cv="prefit", refit=False, store_cv_results=True)
    tuned.fit(features, approved)
    assert threshold_rationale(tuned).endswith("on the data given to fit")


def test_what_cannot_be_read_is_refused_with_the_remedy(tune: Tune) -> None:
    unfitted = TunedThresholdClassifierCV(LogisticRegression())
    with pytest.raises(ValueError, match="not fitted: call its fit"):
        chosen_threshold(unfitted)
    with pytest.raises(ValueError, match=r"ClassifierCV\(\.\.\., store_cv_results=True\)"):
        considered_thresholds(tune(store_cv_results=False))
    with pytest.raises(TypeError, match=r"expected a fitted Tuned.* got LogisticRegression"):
        considered_thresholds(LogisticRegression())
    with pytest.raises(ValueError, match="limit must be 0 or more"):
        considered_thresholds(unfitted, limit=-1)
