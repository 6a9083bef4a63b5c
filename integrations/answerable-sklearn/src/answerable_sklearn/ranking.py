"""A fitted search's candidates in order: one entry for each distinct set of parameters."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve, frozen
from sklearn.base import BaseEstimator

from answerable_sklearn.plain import Json, plain_params
from answerable_sklearn.wording import comparable


@frozen(slots=True, kw_only=True)
class Candidate:
    """One set of parameters and how it did; `mean` is NaN where a fold has no score.

    `round` is the last round of successive halving it took part in, from 0; always 0 in
    other searches. `means` has its mean score of each round. `rank` counts from 1 over
    distinct candidates, `tied` those that share the rank; both are 0 where it failed.
    """

    params: dict[str, Json]
    mean: float
    std: float
    failed_folds: int
    round: int
    means: Mapping[int, float]
    rank: int = 0
    tied: int = 0


@frozen(slots=True, kw_only=True)
class Ranking:
    """Candidates, best first and failures last, and the one that the search chose."""

    candidates: tuple[Candidate, ...]
    chosen: Candidate
    rounds: int

    @property
    def rivals(self) -> tuple[Candidate, ...]:
        return tuple(c for c in self.candidates if c is not self.chosen)


def rank(search: BaseEstimator, key: str) -> Ranking:
    """Rank a fitted search's candidates by its results' `mean_test_<key>`.

    Who got further in successive halving ranks higher: scores of different rounds stand on
    different amounts of the resource. Parameters drawn twice are one candidate, at its best.
    """
    results, best = search.cv_results_, int(search.best_index_)
    rows = _rows_by_params(results)
    rounds = _rounds(results)
    found = {
        name: _candidate(results, key, rounds, best if best in indices else None, indices)
        for name, indices in rows.items()
    }
    chosen_name = next(name for name, indices in rows.items() if best in indices)
    names = sorted(found, key=lambda name: _order(found[name]))
    tied = Counter(_order(candidate) for candidate in found.values())
    first: dict[tuple[bool, int, float], int] = {}
    for place, name in enumerate(names, start=1):
        first.setdefault(_order(found[name]), place)
    ranked = {name: _placed(found[name], first, tied) for name in names}
    return Ranking(
        candidates=tuple(ranked.values()),
        chosen=ranked[chosen_name],
        rounds=int(rounds.max()) + 1,
    )


def _rows_by_params(results: Mapping[str, Any]) -> dict[tuple[str, str], list[int]]:
    rows: dict[tuple[str, str], list[int]] = {}
    for index, params in enumerate(results["params"]):
        # The repr keeps apart what reads the same in JSON, as two callables of one name.
        rows.setdefault((json.dumps(plain_params(params)), repr(params)), []).append(index)
    return rows


def _rounds(results: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(results.get("iter", np.zeros(len(results["params"]), dtype=int)))


def _candidate(
    results: Mapping[str, Any],
    key: str,
    rounds: np.ndarray[Any, Any],
    best: int | None,
    indices: list[int],
) -> Candidate:
    mean = np.asarray(results[f"mean_test_{key}"], dtype=float)
    folds = [results[name] for name in results if _is_split(name, key)]
    by_score = sorted(indices, key=lambda i: (rounds[i], -np.inf if np.isnan(mean[i]) else mean[i]))
    row = by_score[-1] if best is None else best
    return Candidate(
        params=plain_params(results["params"][row]),
        mean=float(mean[row]),
        std=float(results[f"std_test_{key}"][row]),
        failed_folds=sum(math.isnan(fold[row]) for fold in folds),
        round=int(rounds[row]),
        means={int(rounds[i]): float(mean[i]) for i in by_score},
    )


def _is_split(name: str, key: str) -> bool:
    number, _, rest = name.removeprefix("split").partition("_")
    return name.startswith("split") and number.isdigit() and rest == f"test_{key}"


def _order(candidate: Candidate) -> tuple[bool, int, float]:
    failed = math.isnan(candidate.mean)
    return failed, -candidate.round, 0.0 if failed else -comparable(candidate.mean)


def _placed(
    candidate: Candidate,
    first: Mapping[tuple[bool, int, float], int],
    tied: Mapping[tuple[bool, int, float], int],
) -> Candidate:
    order = _order(candidate)
    return candidate if order[0] else evolve(candidate, rank=first[order], tied=tied[order])
