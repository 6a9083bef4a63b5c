"""Registering a version, moving an alias and setting a tag are decisions, with what was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import answerable as ans
from answerable import mlflow as registry
from tests.mlflow.conftest import Logged, log

if TYPE_CHECKING:
    from mlflow import MlflowClient


def test_who_moved_champion_from_which_version_to_which_and_why(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    first = registry.register_model(logged.uri, logged.name, because="0.4 points better")
    second = registry.register_model(log("0.7").uri, logged.name, because="retrained on 1991")
    registry.set_alias(logged.name, "champion", first.version, because="the first there is")

    registry.set_alias(
        logged.name,
        "champion",
        second.version,
        because="fewer false approvals on validation",
        over={str(first.version): "declines 9% more applicants"},
        decided_by="person:bo@bank.example",
    )

    with ans.open(ledger) as history:
        moved, begun = history.decisions(kind="alias")
    assert (begun.previous, begun.chosen) == (None, "1")
    assert (moved.previous, moved.chosen) == ("1", "2")
    assert moved.decided_by is not None and moved.decided_by.id == "person:bo@bank.example"
    assert moved.rationale == "fewer false approvals on validation"
    assert client.get_model_version_by_alias(logged.name, "champion").version == second.version


def test_a_registered_version_is_produced_with_the_digest_of_its_files_in_the_models_run(
    ledger: str, logged: Logged
) -> None:
    version = registry.register_model(logged.uri, logged.name, because="0.4 points better")

    with ans.open(ledger) as history:
        (made,) = history.decisions(kind="model")
    (produced,) = made.produced
    assert produced.ref == f"model:{logged.name.replace(' ', '%20')}@{version.version}"
    assert produced.digest == registry.artifact(logged.uri).digest
    assert (made.run, made.chosen) == (logged.run, logged.uri)


def test_an_alias_leads_to_the_version_that_it_names_and_to_what_that_rests_on(
    ledger: str, logged: Logged
) -> None:
    version = registry.register_model(logged.uri, logged.name, because="0.4 points better")
    moved = registry.set_alias(logged.name, "champion", version.version, because="it passed")
    (slot,) = (artifact.ref for artifact in moved.produced)

    with ans.open(ledger) as history:
        trace = history.trace(slot)

    assert slot == f"alias:{logged.name.replace(' ', '%20')}/champion"
    assert [p.record.kind for p in trace.records if isinstance(p.record, ans.Decision)] == [
        "model",
        "alias",
    ]
    assert {link.by for p in trace.records for link in p.links} == {"digest"}


def test_a_tag_of_a_version_and_of_the_model_is_set_changed_and_taken_away(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    version = registry.register_model(logged.uri, logged.name, because="0.4 points better")
    number = version.version
    registry.set_tag(logged.name, "stage", "shadow", version=number, because="a week beside")
    registry.set_tag(logged.name, "stage", "live", version=number, because="the week went well")
    registry.set_tag(logged.name, "owner", "credit-risk", because="they answer for it")
    assert client.get_model_version(logged.name, number).tags["stage"] == "live"
    assert client.get_registered_model(logged.name).tags["owner"] == "credit-risk"

    registry.delete_tag(logged.name, "stage", version=number, because="it is in the alias now")
    registry.delete_tag(logged.name, "owner", because="moved to the owners file")

    with ans.open(ledger) as history:
        moves = [(d.previous, d.chosen) for d in reversed(history.decisions(kind="tag"))]
    assert moves == [
        *((None, "shadow"), ("shadow", "live"), (None, "credit-risk")),
        *(("live", None), ("credit-risk", None)),
    ]
    assert "stage" not in client.get_model_version(logged.name, number).tags
    assert "owner" not in client.get_registered_model(logged.name).tags


def test_an_alias_that_is_taken_away_is_recorded_with_the_version_it_named(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    version = registry.register_model(logged.uri, logged.name, because="0.4 points better")
    registry.set_alias(logged.name, "champion", version.version, because="it passed")

    taken = registry.delete_alias(logged.name, "champion", because="drift above 0.2")

    assert (taken.previous, taken.chosen) == ("1", None)
    assert client.get_registered_model(logged.name).aliases == {}


def test_without_a_reason_it_is_warned_of_and_under_strict_nothing_moves(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    version = registry.register_model(logged.uri, logged.name, because="0.4 points better")
    with pytest.warns(ans.QualityWarning, match="gives no reason"):
        registry.set_alias(logged.name, "challenger", version.version)

    with ans.configured(strict=True), pytest.raises(ans.IncompleteDecisionError, match="no reason"):
        registry.set_alias(logged.name, "champion", version.version)

    assert set(client.get_registered_model(logged.name).aliases) == {"challenger"}


def test_what_mlflow_refuses_is_recorded_as_abandoned_and_its_exception_goes_on(
    ledger: str, logged: Logged
) -> None:
    from mlflow.exceptions import MlflowException

    registry.register_model(logged.uri, logged.name, because="0.4 points better")
    with pytest.raises(MlflowException):
        registry.set_alias(logged.name, "champion", 99, because="a slip of the pen")

    with ans.open(ledger) as history:
        (abandoned,) = history.decisions(kind="alias")
    assert abandoned.abandoned is not None


def test_disabled_it_moves_mlflow_and_records_nothing(
    ledger: str, client: MlflowClient, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_DISABLED", "1")
    version = registry.register_model(logged.uri, logged.name)
    registry.set_alias(logged.name, "champion", version.version)

    assert client.get_registered_model(logged.name).aliases.keys() == {"champion"}
    with ans.open(ledger) as history:
        assert history.decisions(kind="alias") == []
