"""The dossier: on the version, in the run, and made again from the ledger."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import answerable as ans
from answerable import mlflow as registry
from answerable.history.bundles import Bundle, verify_bundle
from tests.mlflow.conftest import Logged

if TYPE_CHECKING:
    from mlflow import MlflowClient


def read(client: MlflowClient, logged: Logged, file: str) -> bytes:
    """A file of the dossier, as MLflow gives it back."""
    from mlflow.artifacts import download_artifacts

    place = f"runs:/{logged.run}/answerable/{logged.name}/1/{file}"
    return Path(download_artifacts(place, tracking_uri=client.tracking_uri)).read_bytes()


def test_which_versions_rest_on_a_vendor_is_one_search(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    registry.register_model(logged.uri, logged.name, because="0.4 points better")

    for filter in (
        "tags.`answerable.vendor.acme-score` LIKE '% vendor:acme-score@2026 %'",
        "tags.`answerable.dataset.applications` LIKE '%'",
        "tags.`answerable.guideline.underwriting` = ' guideline:underwriting@3 '",
    ):
        found = client.search_model_versions(f"name = '{logged.name}' AND {filter}")
        assert [str(version.version) for version in found] == ["1"], filter
    assert client.search_model_versions("tags.`answerable.vendor.other` LIKE '%'") == []


def test_a_tag_that_cannot_hold_every_version_of_a_dataset_says_so(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    registry.register_model(logged.uri, logged.name, because="0.4 points better", dossier=False)
    ref = f"model:{logged.name.replace(' ', '%20')}@1"
    daily = [f"dataset:applications-of-all-branches@2026.{day:03}" for day in range(140)]
    ans.choose("dataset", "a hundred days", because="all there are", used=daily, about=ref)

    registry.write_dossier(logged.name, 1)

    tags = client.get_model_version(logged.name, "1").tags
    held = tags["answerable.dataset.applications-of-all-branches"].split()
    assert held == daily[: len(held)] != daily
    assert tags["answerable.cut"] == " answerable.dataset.applications-of-all-branches "
    with ans.open(ledger) as history:
        assert registry.check(history).faults == ()
    client.delete_model_version_tag(logged.name, "1", "answerable.cut")
    with ans.open(ledger) as history:
        assert [fault.code for fault in registry.check(history).faults] == ["missing"]


def test_the_digest_on_the_version_is_that_of_the_file_in_the_run(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    registry.register_model(logged.uri, logged.name, because="0.4 points better")

    text = read(client, logged, "dossier.json")
    tags = client.get_model_version(logged.name, "1").tags
    assert tags["answerable.dossier"] == "sha256:" + hashlib.sha256(text).hexdigest()
    told = json.loads(text)
    assert told["digest"] == tags["answerable.review"]
    assert [d["kind"] for d in told["trace"]["records"]] == ["model"]
    assert [d["kind"] for d in told["of_the_run"]] == ["vendor", "dataset"]
    assert b"0.4 points better" in read(client, logged, "dossier.html")


def test_a_stranger_verifies_the_bundle_of_the_run_without_the_ledger(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    registry.register_model(logged.uri, logged.name, because="0.4 points better")

    assert verify_bundle(Bundle.from_bytes(read(client, logged, "bundle.json"))).holds


def test_a_history_that_was_opened_to_look_writes_nothing_private(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    import mlflow

    secret = "the applicant's mother called twice"  # noqa: S105
    with mlflow.start_run(run_id=logged.run):
        ans.choose("threshold", 0.62, because=secret, private=["rationale", "question"])
    registry.register_model(logged.uri, logged.name, because="0.4 points better", dossier=False)

    with ans.open(ledger, disclose=True) as history:
        assert history.decisions(kind="threshold")[0].rationale == secret
        registry.write_dossier(logged.name, 1, history=history)
        given = read(client, logged, "dossier.json")
    registry.write_dossier(logged.name, 1)

    of_run = [
        json.loads(text)["of_the_run"] for text in (given, read(client, logged, "dossier.json"))
    ]
    assert [each["kind"] for each in of_run[0]] == ["vendor", "dataset", "threshold"]
    assert of_run[0] == of_run[1]
    for file in ("dossier.json", "dossier.html", "bundle.json"):
        assert secret.encode() not in given + read(client, logged, file)


def test_a_later_dossier_takes_the_place_of_the_earlier(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    registry.register_model(logged.uri, logged.name, because="0.4 points better")
    before = client.get_model_version(logged.name, "1").tags
    client.set_model_version_tag(logged.name, "1", "answerable.vendor.other", " vendor:other ")
    ref = f"model:{logged.name.replace(' ', '%20')}@1"
    ans.choose("vendor", "bolt", because="covers the rest", used="vendor:bolt", about=ref)

    registry.write_dossier(logged.name, 1)

    after = client.get_model_version(logged.name, "1").tags
    assert after["answerable.vendor.bolt"] == " vendor:bolt "
    assert "answerable.vendor.other" not in after
    assert after["answerable.dossier"] != before["answerable.dossier"]


def test_a_version_that_no_record_names_has_none(
    ledger: str, client: MlflowClient, logged: Logged
) -> None:
    import mlflow

    mlflow.register_model(logged.uri, logged.name)
    with pytest.raises(ans.NotFoundError):
        registry.write_dossier(logged.name, 1)


def test_a_ledger_out_of_reach_is_warned_of_and_the_version_stays(
    ledger: str, client: MlflowClient, logged: Logged, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "missing" / "decisions.db"
    elsewhere.parent.write_text("in the way")
    with ans.configured(ledger=f"sqlite:///{elsewhere}"):
        with pytest.warns(ans.CustodyWarning) as told:
            registry.register_model(logged.uri, logged.name, because="0.4 points better")

    assert any("1 has no dossier" in str(each.message) for each in told)
    assert client.get_model_version(logged.name, "1") is not None
