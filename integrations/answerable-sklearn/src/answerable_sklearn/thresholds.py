"""A tuned decision threshold: the one scikit-learn chose, and the others it measured."""

import math
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from answerable import Considered
from answerable_sklearn.plain import qualified
from answerable_sklearn.wording import against, comparable, metric_name, number

FloatArray = np.ndarray[Any, np.dtype[np.float64]]


def chosen_threshold(tuned: BaseEstimator) -> float:
    """Return the score at and above which a fitted TunedThresholdClassifierCV says positive.

    Raises NotFittedError (a ValueError) before `fit`, TypeError for another kind of estimator.
    """
    if hasattr(tuned, "best_threshold_"):
        return float(tuned.best_threshold_)
    kind = type(tuned).__name__
    if hasattr(tuned, "store_cv_results"):
        raise NotFittedError(f"this {kind} is not fitted: call its fit(X, y) first")
    raise TypeError(f"expected a fitted TunedThresholdClassifierCV, got {kind}")


def considered_thresholds(tuned: BaseEstimator, *, limit: int = 10) -> tuple[Considered, ...]:
    """Return the thresholds that were measured and not chosen, best score first.

    At most `limit` are listed. Where more were tried they are thinned: the best-scoring that
    keep a distance from each other and from the chosen, so that none differs by a hair. The
    library's default (0.5, or 0 for a decision function) is always listed unless it was
    chosen or `limit` is 0, its score interpolated where it was not itself tried. One more
    entry counts the rest with the span of their scores: at most `limit` + 1 come back.

    Needs `store_cv_results=True`. Raises ValueError without, or where thresholds were given
    out of order (scikit-learn scores those wrongly), and as `chosen_threshold` does.
    """
    if limit < 0:
        raise ValueError(f"limit must be 0 or more, got {limit}")
    tried, scores = _curve(tuned)
    best = int(np.argmin(np.abs(tried - chosen_threshold(tuned))))
    name = f"{_mean(tuned)}{metric_name(tuned.scoring)}"
    shown: dict[float, tuple[float, str]] = {}
    default = _library_default(tuned)
    if limit and not math.isclose(default, tried[best], abs_tol=1e-12):
        shown[default] = _default_reason(default, tried, scores, name, float(scores[best]))
    for i in _spread(tried, scores, best, default, limit - len(shown)):
        reason = f"{name} {number(scores[i])}, {against(scores[i], scores[best])}"
        shown[float(tried[i])] = float(scores[i]), reason
    # Unknown scores go last: they compare as lower than any.
    order = sorted(shown, key=lambda t: -np.inf if math.isnan(shown[t][0]) else shown[t][0])[::-1]
    options = [Considered(value=threshold, because=shown[threshold][1]) for threshold in order]
    left = [i for i, t in enumerate(tried) if i != best and float(t) not in shown]
    if left:
        low, high = number(scores[left].min()), number(scores[left].max())
        value = f"{len(left)} further threshold{'s' if len(left) > 1 else ''}"
        because = f"not listed singly: {name} {low} to {high}"
        options.append(Considered(value=value, because=because))
    return tuple(options)


def threshold_rationale(tuned: BaseEstimator) -> str:
    """Return, in one sentence, by what rule the threshold was chosen, over how many, on what.

    Raises as `considered_thresholds` does.
    """
    tried, scores = _curve(tuned)
    best = float(tuned.best_score_)
    tied = sum(comparable(float(score)) == comparable(best) for score in scores) - 1
    text = (
        f"highest {_mean(tuned)}{metric_name(tuned.scoring)} ({number(best)}) of {len(tried)} "
        f"thresholds from {number(tried[0])} to {number(tried[-1])}, {_where(tuned.cv)}"
    )
    if tied:
        text += f", equal to {tied} more; scikit-learn keeps the first of equals"
    return text


def _curve(tuned: BaseEstimator) -> tuple[FloatArray, FloatArray]:
    """Return the distinct thresholds tried, ascending, and their scores."""
    chosen_threshold(tuned)  # raises where there is none
    if not hasattr(tuned, "cv_results_"):
        raise ValueError(
            "the scores of the other thresholds were not kept: fit with "
            f"{type(tuned).__name__}(..., store_cv_results=True)"
        )
    tried, scores = (np.asarray(tuned.cv_results_[key], float) for key in ("thresholds", "scores"))
    if (np.diff(tried) < 0).any():
        # np.interp, by which scikit-learn (1.5 to 1.9) averages folds, needs them ascending.
        raise ValueError(
            "scikit-learn scored these thresholds wrongly, and may have chosen a wrong one: "
            "it needs them ascending; fit again with thresholds=sorted(thresholds)"
        )
    tried, first = np.unique(tried, return_index=True)
    return tried, scores[first]


def _spread(
    tried: FloatArray, scores: FloatArray, best: int, default: float, room: int
) -> list[int]:
    """Return at most `room` positions, best score first, none close to another or the chosen."""
    others = [i for i, t in enumerate(tried) if i != best and t != default]
    if len(others) <= room:
        return others
    gap = (len(tried) - 1) / (room + 1)
    taken = [float(best)]
    if tried[0] <= default <= tried[-1]:
        taken.append(float(np.interp(default, tried, np.arange(len(tried)))))
    spread: list[int] = []
    for i in sorted(others, key=lambda i: -scores[i]):
        if len(spread) < room and min(abs(i - other) for other in taken) >= gap:
            spread.append(i)
            taken.append(i)
    return spread


def _default_reason(
    default: float, tried: FloatArray, scores: FloatArray, name: str, best: float
) -> tuple[float, str]:
    if not tried[0] <= default <= tried[-1]:
        span = f"{number(tried[0])} to {number(tried[-1])}"
        return math.nan, f"library default; not measured: outside the thresholds tried ({span})"
    score = float(np.interp(default, tried, scores))
    how = "" if default in tried else " (interpolated)"
    return score, f"library default; {name} {number(score)}{how}, {against(score, best)}"


def _library_default(tuned: BaseEstimator) -> float:
    method = tuned.response_method
    if method == "auto":  # scikit-learn's own order of preference
        method = "predict_proba" if hasattr(tuned.estimator_, "predict_proba") else "other"
    return 0.5 if method == "predict_proba" else 0.0


def _mean(tuned: BaseEstimator) -> str:
    return "" if tuned.cv == "prefit" or isinstance(tuned.cv, float) else "mean "


def _where(cv: object) -> str:
    if cv is None or isinstance(cv, int):
        return f"in {cv or 5}-fold cross-validation"
    if cv == "prefit":
        return "on the data given to fit"
    if isinstance(cv, float):
        return f"on one held-out {cv:.0%}"
    return f"over splits of {qualified(cv)}" if hasattr(cv, "get_n_splits") else "over given splits"
