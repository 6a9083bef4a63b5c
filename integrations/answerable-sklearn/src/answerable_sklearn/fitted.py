"""What can be read from a fitted search: whether it chose, and by which of its metrics."""

from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from answerable_sklearn.wording import metric_name


def require_choice(search: BaseEstimator) -> None:
    """Raise unless `search` is a fitted search that chose one of its candidates.

    Raises NotFittedError (a ValueError) before `fit`, TypeError for what is no search, and
    ValueError where scikit-learn itself chose nothing (several metrics and refit=False).
    """
    kind = type(search).__name__
    if hasattr(search, "best_index_"):
        return
    if not hasattr(search, "cv_results_"):
        if not (hasattr(search, "refit") and hasattr(search, "estimator")):
            raise TypeError(f"expected a fitted search such as GridSearchCV, got {kind}")
        raise NotFittedError(f"this {kind} is not fitted: call its fit(X, y) first")
    names = ", ".join(metric_keys(search))
    raise ValueError(
        f"this {kind} chose no candidate: with several metrics and refit=False scikit-learn "
        f"picks none; fit it with refit= one of {names}"
    )


def metric_keys(search: BaseEstimator) -> list[str]:
    """Return the names under which `cv_results_` holds test scores."""
    prefix = "mean_test_"
    return [key.removeprefix(prefix) for key in search.cv_results_ if key.startswith(prefix)]


def metric_of(search: BaseEstimator, metric: str | None) -> tuple[str, str]:
    """Return the metric's name for a reader and its key in `cv_results_`."""
    require_choice(search)
    if not getattr(search, "multimetric_", False):
        label = metric_name(search.scoring)
        if metric not in (None, "score", label):
            raise ValueError(f"this search has one metric, {label!r}; it has no {metric!r}")
        return label, "score"
    name = metric or (search.refit if isinstance(search.refit, str) else "score")
    known = metric_keys(search)
    if name in known:
        return name, name
    if metric is None:
        raise ValueError(
            "this search has several metrics and refit= names none of them; "
            f"pass metric= one of {', '.join(known)}"
        )
    raise ValueError(f"this search has no metric {metric!r}; it has {', '.join(known)}")
