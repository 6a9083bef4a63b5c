"""A fitted hyper-parameter search: the candidate it chose, those it did not, and why."""

import math

from sklearn.base import BaseEstimator

from answerable import Considered
from answerable_sklearn.fitted import metric_of, require_choice
from answerable_sklearn.plain import Json, plain_params, qualified
from answerable_sklearn.ranking import rank
from answerable_sklearn.reasons import (
    count,
    place,
    refit_function,
    score,
    where,
    why_not,
    why_not_shown,
)
from answerable_sklearn.wording import default_scoring_note


def considered_params(
    search: BaseEstimator, *, limit: int = 10, metric: str | None = None
) -> tuple[Considered, ...]:
    """Return the candidates that a fitted search tried and did not choose, best first.

    `search` is a GridSearchCV, RandomizedSearchCV, Halving*SearchCV or one of their form.
    Each value is a plain JSON dict of parameters; each reason has the rank, the mean score
    with its standard deviation over folds, and the distance to the chosen. Where more than
    `limit` rivals exist, one more entry says how many and how they ranked: at most
    `limit` + 1 entries come back. `metric` names one scorer of a multi-metric search; its
    `refit` scorer is the default.

    Raises NotFittedError, TypeError and ValueError as `chosen_params` does, and ValueError
    for an unknown `metric` or a negative `limit`.
    """
    if limit < 0:
        raise ValueError(f"limit must be 0 or more, got {limit}")
    label, key = metric_of(search, metric)
    ranking = rank(search, key)
    shown, rest = ranking.rivals[:limit], ranking.rivals[limit:]
    options = [
        Considered(value=rival.params, because=why_not(search, ranking, rival, label))
        for rival in shown
    ]
    if rest:
        value = f"{len(rest)} further candidate{'s' if len(rest) > 1 else ''}"
        options.append(Considered(value=value, because=why_not_shown(ranking, rest, label)))
    return tuple(options)


def chosen_params(search: BaseEstimator) -> dict[str, Json]:
    """Return the chosen parameters as plain JSON values.

    NumPy values become Python's; estimators and callables their qualified names; NaN and
    infinities strings. Raises NotFittedError (a ValueError) before `fit`, TypeError for
    what is no search, ValueError where several metrics with refit=False left no choice.
    """
    require_choice(search)
    return plain_params(search.best_params_)


def rationale(search: BaseEstimator, *, metric: str | None = None) -> str:
    """Return, in one sentence, by what rule the search chose, over how many, on what.

    Says so where nobody named a metric. Raises as `considered_params` does.
    """
    label, key = metric_of(search, metric)
    ranking = rank(search, key)
    chosen = ranking.chosen
    failed = sum(math.isnan(candidate.mean) for candidate in ranking.candidates)
    of = f"{count(len(ranking.candidates))}{f' ({failed} failed)' if failed else ''}"
    over = f"{of} {where(search, ranking)}"
    if unscored := math.isnan(chosen.mean):
        standing = f"it has no mean {label}"
    else:
        standing = f"{place(chosen)} by mean {label} ({score(search, chosen)})"
    if function := refit_function(search):
        text = f"picked by the refit function {qualified(function)} from {over}: {standing}"
    elif label != metric_of(search, None)[0]:
        text = f"selected by {search.refit} from {over}: {standing}"
    elif unscored:
        text = f"the first of {over}: none has a mean {label}"
    else:
        text = f"highest mean {label} ({score(search, chosen)}) of {over}"
        if chosen.tied > 1:
            text += f", equal to {chosen.tied - 1} more; the search keeps the first of equals"
    return text + (default_scoring_note(search.estimator) if search.scoring is None else "")
