"""What each threshold would do on labelled cases: errors, approvals, and the gap of a group."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike

from answerable import Considered

BoolArray = np.ndarray[Any, np.dtype[np.bool_]]


@frozen(slots=True, kw_only=True)
class Measured:
    """What one threshold does; a case is approved where score >= threshold.

    Rates are fractions from 0 to 1. `false_positive_rate` is the part of the negative cases
    that is approved, `false_negative_rate` that of the positive cases that is not; each is
    None where there is no such case. `approval_rate_gap` is the approval rate outside the
    group minus that of the group, in percentage points; None without a group.
    """

    threshold: float
    error_rate: float
    false_positive_rate: float | None
    false_negative_rate: float | None
    approval_rate: float
    approval_rate_gap: float | None

    def describe(self, of: str = "applicants") -> str:
        """Return "error 11.2%, declines 9.4% of applicants, approval-rate gap 6.1 points"."""
        text = f"error {self.error_rate:.1%}, declines {1 - self.approval_rate:.1%} of {of}"
        if self.approval_rate_gap is None:
            return text
        gap = round(self.approval_rate_gap, 1) + 0.0  # no "-0.0"
        return f"{text}, approval-rate gap {gap:.1f} points"


def measured_thresholds(
    y_true: ArrayLike,
    scores: ArrayLike,
    thresholds: Iterable[float],
    *,
    chosen: float | None = None,
    group: ArrayLike | None = None,
) -> tuple[Measured, ...]:
    """Measure each threshold on labelled cases; ascending, without repeats.

    Convention, as scikit-learn's: score >= threshold means predicted positive (approve).
    `y_true` is 1 or True where approving is right; `group` is 1 or True for its members.
    `chosen` is measured too where `thresholds` lacks it.

    Raises ValueError where lengths differ, nothing is given, labels or group are not binary,
    a score or threshold is not a number, or the group is everybody or nobody.
    """
    positive = _flags("y_true", y_true)
    score = _numbers("scores", scores)
    wanted = [*thresholds, *([] if chosen is None else [chosen])]
    tried = np.unique(_numbers("thresholds", wanted))
    member = None if group is None else _flags("group", group)
    for name, array in (("scores", score), ("group", member)):
        if array is not None and len(array) != len(positive):
            raise ValueError(f"y_true has {len(positive)} cases, {name} has {len(array)}")
    if member is not None and (member.all() or not member.any()):
        raise ValueError("a gap needs cases inside the group and outside; group has one side only")
    return tuple(_measure(float(t), positive, score >= t, member) for t in tried)


def considered_measured(
    measured: Sequence[Measured], chosen: float, *, of: str = "applicants"
) -> tuple[Considered, ...]:
    """Return the measured thresholds but the chosen one, each with what it would do.

    `of` names the cases. Raises ValueError where `chosen` is not among the measured: pass
    it to `measured_thresholds` as `chosen`.
    """
    if not any(m.threshold == chosen for m in measured):
        known = ", ".join(f"{m.threshold:g}" for m in measured)
        raise ValueError(
            f"the chosen threshold {chosen!r} was not measured (measured: {known}); "
            f"pass chosen={chosen!r} to measured_thresholds"
        )
    return tuple(
        Considered(value=m.threshold, because=m.describe(of))
        for m in measured
        if m.threshold != chosen
    )


def _measure(
    threshold: float, positive: BoolArray, approved: BoolArray, member: BoolArray | None
) -> Measured:
    gap = None
    if member is not None:
        gap = 100 * float(approved[~member].mean() - approved[member].mean())
    return Measured(
        threshold=threshold,
        error_rate=float((approved != positive).mean()),
        false_positive_rate=_rate(approved[~positive]),
        false_negative_rate=_rate(~approved[positive]),
        approval_rate=float(approved.mean()),
        approval_rate_gap=gap,
    )


def _rate(flags: BoolArray) -> float | None:
    return float(flags.mean()) if flags.size else None


def _numbers(name: str, values: ArrayLike) -> np.ndarray[Any, np.dtype[np.float64]]:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name} must be a non-empty list of numbers, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be numbers: {int((~np.isfinite(array)).sum())} are not")
    return array


def _flags(name: str, values: ArrayLike) -> BoolArray:
    array = _numbers(name, values)
    if not np.isin(array, (0, 1)).all():
        found = ", ".join(f"{value:g}" for value in np.unique(array)[:5])
        raise ValueError(f"{name} must be 0 and 1, or False and True; it has {found}")
    return array.astype(bool)
