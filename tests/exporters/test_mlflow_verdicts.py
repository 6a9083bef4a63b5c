"""What is wrong with the copies in an MLflow: each fault says of which record, at which place, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from answerable.exporters.mlflow import export, tags, verify
from answerable.exporters.mlflow.shaping import show
from answerable.exporters.mlflow.spans import to_span
from answerable.exporters.mlflow.store import Store
from answerable.ledger import Fault
from answerable.model import Erasure, Record
from answerable.privacy import withhold
from answerable.statement import timestamp
from tests.exporters.mlflow_records import Emitter, envelope
from tests.parts.mlflow_kinds import address

if TYPE_CHECKING:
    from mlflow import MlflowClient


@pytest.fixture(scope="module")
def uri(request: pytest.FixtureRequest) -> str:
    """One kind will do: what is the same of every kind is held by the tests of each."""
    return address(request, "database")


@attrs.frozen
class Shown:
    uri: str
    experiment: str
    emitter: Emitter

    @property
    def records(self) -> list[Record]:
        return self.emitter.records

    def faults(self, *kept: Record) -> list[Fault]:
        """With those records as the ledger's, where there are any."""
        verdict = verify(self.uri, experiment=self.experiment, kept=list(kept) or None)
        assert verdict.verdict == ("invalid" if verdict.faults else "valid-unwitnessed")
        return [*verdict.faults]

    def send(self, record: Record, index: int | None, **texts: str) -> None:
        """In place of the record's own, with other texts in some attributes."""
        span = to_span(show(envelope(record), index))
        for attribute in span.attributes:
            if attribute.key in texts:
                attribute.value.string_value = json.dumps(texts[attribute.key])
        assert Store.open(self.uri, self.experiment, create=False).send([span]) == []


@pytest.fixture
def shown(uri: str, experiment: str) -> Shown:
    """Delegation 0, threshold 1, approval 2."""
    emitter = Emitter()
    emitter.decision()
    emitter.approval()
    export(emitter.records, uri, experiment=experiment)
    return Shown(uri, experiment, emitter)


def told(fault: Fault) -> tuple[str, int | None, str | None]:
    return fault.code, fault.index, fault.id


def with_custody(record: Record, **changes: Any) -> Record:
    assert record.custody is not None
    return attrs.evolve(record, custody=attrs.evolve(record.custody, **changes))


def test_what_was_exported_holds(shown: Shown) -> None:
    step = shown.emitter.step()  # which MLflow is not shown
    for kept in (None, [*shown.records, step]):
        verdict = verify(shown.uri, experiment=shown.experiment, kept=kept)
        assert (verdict.verdict, verdict.size, verdict.faults) == ("valid-unwitnessed", 3, ())
        assert (verdict.root, verdict.origin) == (None, None)


def test_one_that_shows_something_else_is_named_at_its_place(
    shown: Shown, client: MlflowClient
) -> None:
    threshold = shown.records[1]
    trace = show(envelope(threshold), 1).request_id
    client.set_trace_tag(trace, tags.DECIDED_BY, "person:bo@bank.example")
    (fault,) = shown.faults()

    assert told(fault) == ("edited", 1, threshold.id)
    assert f"in MLflow, the tag {tags.DECIDED_BY} says 'person:bo@bank.example'" in fault.message


def test_one_by_a_key_that_nobody_introduced_is_named(shown: Shown) -> None:
    forged = Emitter().decision()
    export([forged], shown.uri, experiment=shown.experiment)
    (fault,) = shown.faults()

    assert told(fault) == ("signature", 1, forged.id)
    assert fault.message


def test_one_that_cannot_be_read_is_named_by_its_trace(shown: Shown) -> None:
    threshold = shown.records[1]
    shown.send(threshold, 1, **{"answerable.envelope": "v1:{}"})
    (fault,) = shown.faults()

    assert told(fault) == ("unreadable", None, None)
    trace = show(envelope(threshold), 1).request_id
    assert fault.message.startswith(f"the trace {trace} in MLflow: ")
    assert not fault.message.endswith(("None", ": "))


def test_one_that_is_not_shown_and_one_that_the_ledger_does_not_hold_are_named(
    shown: Shown,
) -> None:
    delegation, threshold, approval = shown.records
    other = shown.emitter.dissent()
    missing, added = shown.faults(delegation, approval, other)

    assert told(missing) == ("missing", 3, other.id)
    assert missing.message == "MLflow does not show it"
    assert told(added) == ("added", None, threshold.id)
    assert added.message == "the ledger does not hold it"


def test_one_at_another_place_is_named_with_both(shown: Shown) -> None:
    threshold = shown.records[1]
    shown.send(threshold, 7)
    (fault,) = shown.faults(*shown.records)

    assert told(fault) == ("edited", 1, threshold.id)
    assert fault.message == "MLflow shows it as entry 7"


def test_one_at_no_place_is_at_none(shown: Shown) -> None:
    shown.send(shown.records[1], None)

    assert shown.faults(*shown.records) == []


def test_what_does_not_hold_in_the_ledger_itself_is_named(shown: Shown) -> None:
    delegation, threshold, approval = shown.records
    wrong = with_custody(threshold, verified=False, fault="for a reason")
    bare = attrs.evolve(approval, custody=None)
    ledger, added = shown.faults(delegation, bare, wrong)

    assert told(ledger) == ("ledger", 1, threshold.id)
    assert ledger.message == "in the ledger itself: for a reason"
    assert told(added) == ("added", None, approval.id)


class TestWhatWasErased:
    @pytest.fixture
    def secret(self, shown: Shown) -> tuple[Record, Erasure]:
        """Told in MLflow, and the erasure that the ledger has since."""
        plain = Emitter().decision(rationale="SECRET")
        common = shown.emitter._common()
        bare, disclosures = withhold(attrs.evolve(plain, **common), ["rationale"])
        record = shown.emitter.sign(bare)
        handed = with_custody(record, disclosures=disclosures)
        export([handed], shown.uri, experiment=shown.experiment)
        about = (f"record:{record.id}",)
        more: dict[str, Any] = {"about": about, "field": "rationale", "rationale": "asked for"}
        erasure = shown.emitter.sign(Erasure(**shown.emitter._common() | more))
        assert isinstance(erasure, Erasure)
        return record, erasure

    def test_is_named_as_the_ledger_says(
        self, shown: Shown, secret: tuple[Record, Erasure]
    ) -> None:
        record, erasure = secret
        assert shown.faults() == []
        faults = shown.faults(*shown.records)

        assert [told(fault) for fault in faults] == [
            ("not-erased", 3, record.id),
            ("missing", 4, erasure.id),
        ]
        assert timestamp(erasure.decided_at) in faults[0].message

    def test_is_named_as_the_erasure_beside_it_says(
        self, shown: Shown, secret: tuple[Record, Erasure]
    ) -> None:
        record, erasure = secret
        export([erasure], shown.uri, experiment=shown.experiment)

        assert [told(fault) for fault in shown.faults()] == [("not-erased", 3, record.id)]


def test_a_run_that_says_what_nobody_recorded_is_named(shown: Shown, client: MlflowClient) -> None:
    at = Store.open(shown.uri, shown.experiment, create=False).experiment_id
    run = client.create_run(at).info.run_id
    gone = "0" * 32
    made = [shown.emitter.decision(run=f"mlflow:{each}") for each in (run, gone, run)]
    export(made, shown.uri, experiment=shown.experiment)
    assert shown.faults(*shown.records) == []
    client.set_tag(run, "answerable.kinds", " vendor threshold ")
    (fault,) = shown.faults(*shown.records)

    assert told(fault) == ("edited", None, None)
    assert fault.message.startswith(
        f"in MLflow, at the run {run}, the tag answerable.kinds says 'v"
    )
    assert shown.faults() == []
