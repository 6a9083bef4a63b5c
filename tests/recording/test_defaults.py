"""What an estimator has in effect: what somebody set, and what nobody did."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import answerable as ans
from answerable.errors import InvalidValueError
from tests.recording.kept import Kept


def test_what_was_set_and_what_was_not_are_told_apart(kept: Kept) -> None:
    with ans.step("train", produced="model:m@1"):
        found = ans.defaults_of(LogisticRegression(C=0.03, max_iter=500))
    ans.shutdown()

    assert found.explicit == {"C": 0.03, "max_iter": 500}
    assert "tol" in found.defaulted and "C" not in found.defaulted
    explicit, default = kept.decisions()
    assert (explicit.capture, explicit.chosen) == ("passed", {"C": 0.03, "max_iter": 500})
    assert (default.capture, default.decided_by) == ("default", None)
    assert default.chosen["fit_intercept"] is True
    assert "LogisticRegression" in default.question
    assert explicit.step == default.step == kept.step().id
    assert explicit.source is not None and explicit.source.line == default.source.line  # type: ignore[union-attr]


def test_the_parts_of_a_pipeline_are_told_by_their_names(kept: Kept) -> None:
    model = make_pipeline(StandardScaler(with_mean=False), LogisticRegression(C=0.5))

    found = ans.defaults_of(model)

    assert found.explicit == {"standardscaler__with_mean": False, "logisticregression__C": 0.5}
    assert found.defaulted["standardscaler__copy"] is True
    assert not any("Regression(" in str(value) for value in found.defaulted.values())


def test_where_everything_is_a_default_nobody_chose_anything(kept: Kept) -> None:
    ans.defaults_of(StandardScaler())

    (only,) = kept.decisions()
    assert only.capture == "default"


def test_another_library_can_say_its_own(kept: Kept) -> None:
    class Booster:
        def answerable_defaults(self) -> Mapping[str, tuple[Any, Any]]:
            return {"depth": (6, 6), "rate": (0.1, 0.3), "weights": (np.ones(3), None)}

    found = ans.defaults_of(Booster(), about="model:m@1", accountable="role:modelling")

    assert found.defaulted == {"depth": 6}
    assert found.explicit["rate"] == 0.1
    assert found.explicit["weights"]["shape"] == [3]
    assert {d.about for d in kept.decisions()} == {("model:m@1",)}
    assert {d.accountable for d in kept.decisions()} == {"role:modelling"}


def test_a_parameter_named_like_a_secret_is_withheld(kept: Kept) -> None:
    class Client:
        def answerable_defaults(self) -> Mapping[str, tuple[Any, Any]]:
            return {"api_key": ("hunter2", None)}

    ans.defaults_of(Client())

    assert b"hunter2" not in kept.path.read_bytes()
    assert kept.decision().chosen == {"api_key": {"withheld": "named like a secret"}}


@pytest.mark.parametrize("thing", [5, object(), LogisticRegression, {"C": 1}])
def test_what_does_not_say_its_parameters_is_refused(kept: Kept, thing: object) -> None:
    with pytest.raises(InvalidValueError, match="does not say its parameters"):
        ans.defaults_of(thing)
    assert kept.size() == 0


def test_nothing_is_warned_of_what_nobody_explained(kept: Kept) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ans.defaults_of(LogisticRegression(C=2.0))
