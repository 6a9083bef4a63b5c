"""What a threshold would do: counted on labelled cases, and said in a reason."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.metrics import confusion_matrix

from answerable_sklearn import Measured, considered_measured, measured_thresholds

CASES = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.booleans()), min_size=1
)


@given(CASES, st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.1]))
def test_the_rates_are_those_of_the_confusion_matrix(
    cases: list[tuple[bool, float, bool]], threshold: float
) -> None:
    y, scores, _ = zip(*cases, strict=True)
    (m,) = measured_thresholds(y, scores, [threshold])
    predicted = [score >= threshold for score in scores]
    (tn, fp), (fn, tp) = confusion_matrix(y, predicted, labels=[False, True])
    assert m.error_rate == pytest.approx((fp + fn) / len(y))
    assert m.approval_rate == pytest.approx((tp + fp) / len(y))
    assert m.false_positive_rate == (pytest.approx(fp / (fp + tn)) if fp + tn else None)
    assert m.false_negative_rate == (pytest.approx(fn / (fn + tp)) if fn + tp else None)
    assert m.approval_rate_gap is None


@given(CASES, st.permutations([0.1, 0.5, 0.5, 0.9]))
def test_order_and_repeats_change_nothing_and_approvals_fall_as_thresholds_rise(
    cases: list[tuple[bool, float, bool]], thresholds: list[float]
) -> None:
    y, scores, _ = zip(*cases, strict=True)
    measured = measured_thresholds(y, scores, thresholds)
    assert [m.threshold for m in measured] == [0.1, 0.5, 0.9]
    approvals = [m.approval_rate for m in measured]
    assert approvals == sorted(approvals, reverse=True)


def test_the_gap_of_the_group_changes_sign_with_its_complement(loans: pd.DataFrame) -> None:
    scores = 1 - loans["obrat"] / 100
    measured = measured_thresholds(loans["approve"], scores, [0.6, 0.7], group=loans["black"])
    mirror = measured_thresholds(loans["approve"], scores, [0.6, 0.7], group=1 - loans["black"])
    assert [m.approval_rate_gap for m in measured] == pytest.approx(
        [-m.approval_rate_gap for m in mirror if m.approval_rate_gap is not None]
    )


def test_a_score_at_the_threshold_is_approved_and_group_is_what_lags() -> None:
    (m,) = measured_thresholds([1, 1, 0, 0], [0.5, 0.6, 0.4, 0.5], [0.5], group=[0, 0, 1, 1])
    assert m == Measured(
        threshold=0.5,
        error_rate=0.25,
        false_positive_rate=0.5,
        false_negative_rate=0.0,
        approval_rate=0.75,
        approval_rate_gap=50.0,
    )
    assert (
        m.describe() == "error 25.0%, declines 25.0% of applicants, approval-rate gap 50.0 points"
    )


def test_on_real_loans_each_rival_says_what_it_would_do(
    loans: pd.DataFrame, features: pd.DataFrame, tuned: BaseEstimator
) -> None:
    scores = tuned.predict_proba(features)[:, 1]
    measured = measured_thresholds(
        loans["approve"], scores, [0.5, 0.7, 0.9], chosen=0.85, group=loans["black"]
    )
    options = considered_measured(measured, 0.85)
    assert [option.value for option in options] == [0.5, 0.7, 0.9]
    assert options[0].because == (
        "error 11.8%, declines 2.4% of applicants, approval-rate gap 5.3 points"
    )
    assert " of cases, " in str(considered_measured(measured[:2], 0.5, of="cases")[0].because)


def test_without_a_group_no_gap_is_claimed() -> None:
    measured = measured_thresholds([1, 0], [0.9, 0.1], [0.5], chosen=0.95)
    (option,) = considered_measured(measured, 0.95)
    assert option.because == "error 0.0%, declines 50.0% of applicants"


def test_a_chosen_threshold_that_was_not_measured_is_refused() -> None:
    measured = measured_thresholds([1, 0], [0.9, 0.1], [0.5])
    with pytest.raises(ValueError, match=r"0\.62 was not measured .*pass chosen=0\.62"):
        considered_measured(measured, 0.62)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_true": [1, 2]}, "y_true must be 0 and 1, or False and True; it has 1, 2"),
        ({"scores": [0.5, float("nan")]}, "scores must be numbers: 1 are not"),
        ({"scores": [0.5]}, "y_true has 2 cases, scores has 1"),
        ({"group": [0, 1, 1]}, "y_true has 2 cases, group has 3"),
        ({"group": [1, 1]}, "one side only"),
        ({"thresholds": []}, "thresholds must be a non-empty list"),
    ],
)
def test_bad_input_is_refused_with_its_name(changes: dict[str, Any], message: str) -> None:
    good = {"y_true": [1, 0], "scores": [0.9, 0.1], "thresholds": [0.5], "group": [0, 1]}
    with pytest.raises(ValueError, match=message):
        measured_thresholds(**{**good, **changes})
