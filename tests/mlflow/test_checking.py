"""What was moved in the registry behind the ledger's back is named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import answerable as ans
from answerable import mlflow as registry
from tests.cli.running import Run, running
from tests.mlflow.conftest import Logged, log
from tests.parts.mlflow_kinds import address

if TYPE_CHECKING:
    from mlflow import MlflowClient


@pytest.fixture(scope="module", params=["server", "database-postgres"])
def uri(request: pytest.FixtureRequest) -> str:
    """Two of the four kinds: what is checked is read by MLflow's client alone."""
    return address(request, request.param)


@pytest.fixture
def governed(ledger: str, logged: Logged) -> Logged:
    """Two versions, an alias on the second, a tag on the first, all of it recorded."""
    registry.register_model(logged.uri, logged.name, because="0.4 points better")
    registry.register_model(log("0.7").uri, logged.name, because="retrained on 1991")
    registry.set_alias(logged.name, "champion", 2, because="fewer false approvals")
    registry.set_tag(logged.name, "stage", "retired", version=1, because="replaced")
    return logged


def faults(ledger: str) -> list[tuple[str, str]]:
    ans.flush()
    with ans.open(ledger) as history:
        return [(fault.code, fault.message) for fault in registry.check(history).faults]


def test_a_registry_that_stands_as_it_was_put_has_no_fault(ledger: str, governed: Logged) -> None:
    assert faults(ledger) == []


def test_models_that_nobody_moved_by_a_decision_are_not_looked_at(
    ledger: str, client: MlflowClient, governed: Logged
) -> None:
    import mlflow

    other = f"{governed.name} of others"
    mlflow.register_model(governed.uri, other)
    client.set_registered_model_alias(other, "champion", "1")

    assert faults(ledger) == []


def _move(client: MlflowClient, name: str) -> None:
    client.set_registered_model_alias(name, "champion", "1")


def _take(client: MlflowClient, name: str) -> None:
    client.delete_registered_model_alias(name, "champion")


def _add(client: MlflowClient, name: str) -> None:
    client.set_registered_model_alias(name, "challenger", "1")


def _tag(client: MlflowClient, name: str) -> None:
    client.set_model_version_tag(name, "1", "stage", "live")


def _untag(client: MlflowClient, name: str) -> None:
    client.delete_model_version_tag(name, "1", "stage")


def _hide(client: MlflowClient, name: str) -> None:
    client.delete_model_version_tag(name, "1", "answerable.vendor.acme-score")


def _whitewash(client: MlflowClient, name: str) -> None:
    client.set_model_version_tag(name, "1", "answerable.dataset.audited", " dataset:audited@1 ")


def _claim(client: MlflowClient, name: str) -> None:
    client.set_model_version_tag(name, "1", "answerable.review", "sha256:" + "0" * 64)


def _delete(client: MlflowClient, name: str) -> None:
    client.delete_model_version(name, "1")


@pytest.mark.parametrize(
    ("attack", "code", "told"),
    [
        (_move, "edited", "@champion is version 1; decided: version 2"),
        (_take, "missing", "@champion is no version; decided: version 2"),
        (_add, "added", "@challenger is version 1; nobody has recorded that"),
        (_tag, "edited", "says 'live'; decided: 'retired'"),
        (_untag, "missing", "says None; decided: 'retired'"),
        (_hide, "missing", "answerable.vendor.acme-score"),
        (_whitewash, "added", "answerable.dataset.audited"),
        (_claim, "edited", "answerable.review"),
        (_delete, "missing", "MLflow has no model:"),
    ],
)
def test_what_was_moved_behind_its_back_is_named(
    ledger: str,
    client: MlflowClient,
    governed: Logged,
    attack: Callable[[MlflowClient, str], None],
    code: str,
    told: str,
) -> None:
    attack(client, governed.name)

    found = faults(ledger)

    # With a version its tags are gone too.
    assert len(found) == (2 if attack is _delete else 1), found
    assert any(c == code and told in message for c, message in found), found


def test_a_version_registered_without_a_decision_is_named(
    ledger: str, client: MlflowClient, governed: Logged
) -> None:
    import mlflow

    mlflow.register_model(log("0.9").uri, governed.name)

    ((code, told),) = faults(ledger)
    assert code == "added"
    assert told.startswith("nobody has recorded that model:") and "@3 was registered" in told


def test_files_that_were_exchanged_under_a_version_are_named(
    ledger: str, client: MlflowClient, governed: Logged, tmp_path: Path
) -> None:
    (tmp_path / "weights.bin").write_text("0.1")
    model = governed.uri.removeprefix("models:/")
    client.log_model_artifact(model, str(tmp_path / "weights.bin"))

    ((code, told),) = faults(ledger)
    assert (code, "registered: sha256:" in told) == ("edited", True)


def test_a_move_that_was_revoked_leaves_the_one_before_in_force(
    ledger: str, client: MlflowClient, governed: Logged
) -> None:
    moved = registry.set_alias(governed.name, "champion", 1, because="a mistake in the dashboard")
    ans.revoke(moved, because="the dashboard was wrong")

    ((code, told),) = faults(ledger)
    assert (code, "decided: version 2" in told) == ("edited", True)


def test_a_private_choice_is_compared_and_not_told(
    ledger: str, home: Path, client: MlflowClient, governed: Logged
) -> None:
    ans.configure(
        ledger=ledger,
        home=home,
        actor="ana@bank.example",
        accountable="role:head-of-risk",
        private=["chosen"],
    )
    registry.set_alias(governed.name, "canary", 2, because="a tenth of the traffic")

    assert faults(ledger) == []

    client.set_registered_model_alias(governed.name, "canary", "1")

    ((code, told),) = faults(ledger)
    assert (code, told.partition("; ")[2]) == ("edited", "decided: what is withheld")


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


def test_the_command_names_it_too(
    ledger: str, uri: str, client: MlflowClient, governed: Logged, run: Run
) -> None:
    from answerable.exporters.mlflow import export

    ans.flush()
    with ans.open(ledger) as history:
        export(history.records(), uri, experiment=governed.name)
    copies = ("--mlflow", uri, "--experiment", governed.name)
    words = ("verify", *copies, "--registry", "--ledger", ledger)
    assert run(*words, "--json").json["faults"] == []

    _move(client, governed.name)

    ran = run(*words, "--json")
    assert (ran.status, [fault["code"] for fault in ran.json["faults"]]) == (1, ["edited"])
    assert "decided: version 2" in run(*words).text
