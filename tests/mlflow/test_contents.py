"""What MLflow holds is an artifact with the digest of its content, without the user's help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.data import from_numpy, from_pandas  # type: ignore[attr-defined]

import answerable as ans
from answerable import mlflow as registry

# MLflow's own, of how it calls pandas and of integer columns.
pytestmark = pytest.mark.filterwarnings("ignore")
SOURCE = "https://data.example.org/loans.csv"


def test_a_frame_has_the_digest_that_it_has_by_itself() -> None:
    frame = pd.DataFrame({"income": [1.0, 2.0], "approved": [0, 1]})

    found = registry.artifact(from_pandas(frame, source=SOURCE, name="loans"))

    assert found.digest == ans.artifact("dataset:loans", data=frame).digest
    assert found.ref.startswith("dataset:loans@")


def test_a_row_beyond_those_that_mlflow_digests_counts() -> None:
    frame = pd.DataFrame({"income": np.zeros(10_001)})
    other = frame.copy()
    other.loc[10_000, "income"] = 1.0

    one, another = (from_pandas(each, source=SOURCE, name="loans") for each in (frame, other))

    assert registry.artifact(one).digest != registry.artifact(another).digest


def test_the_column_that_is_set_apart_counts() -> None:
    frame = pd.DataFrame({"income": [1.0, 2.0], "approved": [0, 1]})

    one, another = (
        from_pandas(frame, source=SOURCE, name="loans", targets=column)
        for column in (None, "approved")
    )

    assert registry.artifact(one).digest != registry.artifact(another).digest


def test_arrays_count_with_their_targets() -> None:
    features, targets = np.array([[1.0], [2.0]]), np.array([0, 1])

    one = from_numpy(features, source=SOURCE, targets=targets, name="loans")
    another = from_numpy(features, source=SOURCE, targets=1 - targets, name="loans")

    assert registry.artifact(one).digest != registry.artifact(another).digest


def test_it_may_be_named_otherwise_and_stands_in_a_decision() -> None:
    frame = pd.DataFrame({"income": [1.0]})
    found = registry.artifact(from_pandas(frame, source=SOURCE), ref="dataset:loans@1990")

    assert found.ref == "dataset:loans@1990"


@pytest.mark.parametrize("thing", [object(), 7, "loans.csv"])
def test_what_is_none_of_mlflows_is_told(
    thing: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ans.UsageError):
        registry.artifact(thing)
    assert not (tmp_path / "mlflow.db").exists()  # nor was a store made for it
