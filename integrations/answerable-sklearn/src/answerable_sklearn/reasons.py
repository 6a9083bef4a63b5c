"""Why a candidate was not chosen, and what the choice stands on, in words."""

import math
from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from answerable_sklearn.fitted import metric_of
from answerable_sklearn.ranking import Candidate, Ranking
from answerable_sklearn.wording import against, comparable, number


def why_not(search: BaseEstimator, ranking: Ranking, rival: Candidate, label: str) -> str:
    """Return the reason `rival` was left: its rank, score and distance to the chosen."""
    if math.isnan(rival.mean):
        return f"fit failed, or gave no score, in {rival.failed_folds} of {search.n_splits_} folds"
    rank = f"{place(rival)} of {len(ranking.candidates)}"
    mean = f"mean {label} {score(search, rival)}"
    chosen = ranking.chosen.means.get(rival.round, math.nan)
    if rival.round + 1 < ranking.rounds:
        dropped = f"dropped after round {rival.round + 1} of {ranking.rounds}"
        return f"{rank}: {dropped}; {mean}, {against(rival.mean, chosen)} in that round"
    if comparable(rival.mean) != comparable(chosen):
        return f"{rank}: {mean}, {against(rival.mean, chosen)}"
    selecting = not refit_function(search) and label == metric_of(search, None)[0]
    return f"{rank}: equal {mean}{'; the search keeps the first of equals' if selecting else ''}"


def why_not_shown(ranking: Ranking, rest: tuple[Candidate, ...], label: str) -> str:
    """Return how the candidates beyond the limit ranked, the best of them first."""
    ranked = [candidate for candidate in rest if not math.isnan(candidate.mean)]
    failed = len(rest) - len(ranked)
    if not ranked:
        return "fit failed, or gave no score, in each"
    low, high = ranked[0].rank, ranked[-1].rank
    ranks = f"ranked {low} to {high}" if high > low else f"ranked {low}"
    if ranking.rounds > 1:
        best = f", at most round {ranked[0].round + 1} of {ranking.rounds}"
    else:
        best = f": mean {label} {number(ranked[0].mean)} or lower"
    return f"{ranks} of {len(ranking.candidates)}{best}{f'; {failed} failed' if failed else ''}"


def place(candidate: Candidate) -> str:
    """Return its place in the ranking, as "joint rank 2"."""
    return f"{'joint ' if candidate.tied > 1 else ''}rank {candidate.rank}"


def score(search: BaseEstimator, candidate: Candidate) -> str:
    """Return its mean score and, over several splits, the deviation between them."""
    spread = f" ± {number(candidate.std)}" if search.n_splits_ > 1 else ""
    return f"{number(candidate.mean)}{spread}"


def count(candidates: int) -> str:
    """Return how many there are, in words."""
    return f"{candidates} candidate{'s' if candidates > 1 else ''}"


def where(search: BaseEstimator, ranking: Ranking) -> str:
    """Return the data splits that the scores come from."""
    folds, cv = search.n_splits_, search.cv
    k_fold = GroupKFold | KFold | StratifiedGroupKFold | StratifiedKFold
    text = f"over {folds} train/validation split{'s' if folds > 1 else ''}"
    if cv is None or isinstance(cv, int | k_fold):
        text = f"in {folds}-fold cross-validation"
    if ranking.rounds > 1:
        text += f" and {ranking.rounds} rounds of successive halving"
    return text


def refit_function(search: BaseEstimator) -> Callable[..., Any] | None:
    """Return the function that chose, where one did: successive halving never asks it."""
    halving = "iter" in search.cv_results_
    return search.refit if callable(search.refit) and not halving else None
