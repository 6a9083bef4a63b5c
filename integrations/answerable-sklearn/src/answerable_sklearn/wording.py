"""How a score, a difference and a metric are written in a reason."""

import math

from answerable_sklearn.plain import qualified


def number(value: float) -> str:
    """Return `value` in as many digits as tell it apart: 0.816, 0.000233, 12345.7."""
    size = abs(value)
    if size == 0 or 0.001 <= size < 1000:
        return f"{value:.3f}"
    return f"{value:.1f}" if 1000 <= size < 1e7 else f"{value:.3g}"


def comparable(mean: float) -> float:
    """Return `mean` without the noise of adding floats, so that equal means compare equal."""
    return float(f"{mean:.12g}")


def against(score: float, chosen: float) -> str:
    """Return how `score` stands to the chosen option's, as "0.004 below the chosen"."""
    if math.isnan(score) or math.isnan(chosen):
        return "not comparable to the chosen"
    if comparable(score) == comparable(chosen):
        return "equal to the chosen"
    return f"{number(abs(score - chosen))} {'below' if score < chosen else 'above'} the chosen"


def metric_name(scoring: object) -> str:
    """Return the name of a `scoring` argument; None is the estimator's own default."""
    if scoring is None:
        return "default score"
    if isinstance(scoring, str):
        return scoring
    # A scorer's repr ("make_scorer(f1_score, average=macro)") says more than its class.
    return repr(scoring) if repr(scoring).startswith("make_scorer(") else qualified(scoring)


def default_scoring_note(estimator: object) -> str:
    """Return the sentence that says nobody named a metric."""
    return f"; no metric was named: scored by the default of {type(estimator).__name__}"
