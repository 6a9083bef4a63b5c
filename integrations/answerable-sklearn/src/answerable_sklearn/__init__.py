"""What scikit-learn already measured, as the considered options of an answerable decision."""

from answerable_sklearn.measured import Measured, considered_measured, measured_thresholds
from answerable_sklearn.searches import chosen_params, considered_params, rationale
from answerable_sklearn.thresholds import (
    chosen_threshold,
    considered_thresholds,
    threshold_rationale,
)

__all__ = [
    "Measured",
    "chosen_params",
    "chosen_threshold",
    "considered_measured",
    "considered_params",
    "considered_thresholds",
    "measured_thresholds",
    "rationale",
    "threshold_rationale",
]
