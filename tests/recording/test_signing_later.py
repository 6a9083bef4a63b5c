"""What gathers is signed later, in its turn; nobody who asks can tell."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider

import answerable as ans
from answerable import jsontext
from answerable.errors import InvalidValueError
from answerable.model import Actor, Decision, Emission, Observed, Record
from answerable.recording import grouping, process
from answerable.recording.delivery import Delivery
from answerable.recording.weight import is_surely_signed
from answerable.signing import Session
from answerable.statement import parse_time
from tests.recording.kept import Kept
from tests.strategies import records

WHEN = parse_time("2026-01-31T12:00:00Z")
IDENTITY = Ed25519PrivateKey.generate()


@pytest.fixture
def kept(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    monkeypatch.setattr(grouping, "SECONDS", 600.0)
    found = Kept(tmp_path / "decisions.db", home)
    ans.configure(ledger=found.uri, durability="group")
    yield found
    ans.shutdown()


def _decide(value: object, because: str = "it is lowest") -> ans.recording.OpenDecision:
    with ans.decide("threshold", accountable="role:owner") as d:
        d.consider(0, because="too low")
        d.choose(value, because=because)
    return d


def _signatures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of what is signed, as it is signed."""
    signed: list[str] = []
    seal = Session.seal

    def watched(self: Session, record: Record, *rest: object) -> tuple[Emission, bytes]:
        signed.append(record.id)
        return seal(self, record, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "seal", watched)
    return signed


def test_a_call_signs_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = _signatures(monkeypatch)
    made = [_decide(n) for n in range(20)]

    assert signed == []
    ans.flush()
    assert signed == [d.id for d in made]


def test_the_record_is_there_at_once_signed_and_so_is_what_came_before(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = _signatures(monkeypatch)
    first, second, third = (_decide(n) for n in range(3))

    record = second.record
    assert record.emission is not None and record.custody is not None
    assert record.custody.digest == second.receipt.digest
    assert (record.chosen, record.emission.seq, signed) == (1, 2, [first.id, second.id, third.id])
    assert second.record is record
    assert not second.receipt.durable

    ans.flush()
    assert [r.chosen for r in kept.decisions()] == [0, 1, 2]
    (found,) = (r for r in kept.decisions() if r.id == second.id)
    assert found == record
    assert second.receipt.durable


def test_the_chain_is_in_the_order_of_the_calls_whoever_signs(kept: Kept) -> None:
    made = []
    for n in range(60):
        made.append(_decide(n, because="x" * (8_000 if n % 7 == 0 else 10)))
        if n % 11 == 0:
            assert made[-1].record.chosen == n
        if n % 13 == 0:
            ans.dissent(made[-1].record, "no", decided_by="person:bo@example.org")
        with ans.step("score"):
            pass
    ans.flush()

    found = [r for r in kept.all() if r.emission is not None]
    assert [r.emission.seq for r in found if r.emission] == [*range(len(found))]
    assert [d.chosen for d in kept.decisions()] == [*range(60)]


def test_too_large_a_record_is_refused_in_the_call_and_nothing_else_is_lost(kept: Kept) -> None:
    _decide("before")
    with pytest.raises(InvalidValueError, match="bytes, more than"):
        _decide(["y" * 8_000] * 9)
    _decide("after")
    ans.flush()

    assert [d.chosen for d in kept.decisions()] == ["before", "after"]


def test_a_run_that_is_not_text_is_refused_in_the_call(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    _decide("before")
    monkeypatch.setattr("answerable.recording.opened.current_run", lambda _: "\udc80")
    with pytest.raises(InvalidValueError, match="not text"):
        _decide("refused")
    monkeypatch.undo()
    ans.flush()

    assert [d.chosen for d in kept.decisions()] == ["before"]


def test_a_sampled_span_ends_with_what_was_signed(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)

    made = _decide(1)

    assert made._live is not None
    told = made._live.span.attributes  # type: ignore[attr-defined]
    assert told["answerable.digest"] == made.receipt.digest


def test_a_receipt_and_a_record_can_be_pickled_before_they_are_signed(kept: Kept) -> None:
    made = _decide(1)
    receipt = pickle.loads(pickle.dumps(made.receipt))  # noqa: S301

    assert receipt.digest == made.receipt.digest
    assert not receipt.durable


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_knows_what_its_parent_had_made(kept: Kept) -> None:
    made = _decide(1)
    child = os.fork()
    if not child:
        os._exit(0 if [made.record.chosen, bool(made.receipt.digest)] == [1, True] else 1)

    assert os.waitpid(child, 0)[1] == 0
    ans.flush()
    assert [d.chosen for d in kept.decisions()] == [1]


def test_what_could_not_be_signed_after_all_is_said_and_keeps_nothing_back(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.recording.custodian.is_surely_signed", lambda _: True)
    bad = _decide(["y" * 8_000] * 9)
    good = _decide("good")
    with pytest.warns(ans.CustodyWarning, match="is lost: the signed record has"):
        ans.flush()

    with pytest.raises(InvalidValueError, match="bytes, more than"):
        assert bad.record.id
    assert good.receipt.durable
    assert [d.chosen for d in kept.decisions()] == ["good"]


def test_what_is_recorded_after_the_process_began_to_end_is_committed(kept: Kept) -> None:
    _decide(1)
    process.custodian()._end()
    late = _decide(2)

    assert late.receipt.durable
    assert [d.chosen for d in kept.decisions()] == [1, 2]


@given(records(), st.integers(0, 60), st.characters(codec=None))
def test_what_the_weight_lets_through_can_be_signed(record: Record, many: int, char: str) -> None:
    if isinstance(record, Decision):
        text = char * (many * 150)
        object.__setattr__(record, "rationale", text)
    if not is_surely_signed(record):
        return
    session = Session(IDENTITY, Actor(id="person:ana@example.org"), None)
    session.introduce("d", WHEN, None)

    _, envelope = session.seal(record, Observed(size=2**50, root="f" * 64), WHEN)
    assert len(envelope) <= jsontext.MAX_BYTES


def test_most_records_are_let_through(kept: Kept) -> None:
    assert is_surely_signed(_decide(0.62, because="x" * 4_000).record)
    assert not is_surely_signed(_decide(0.62, because="x" * 8_000).record)


@pytest.mark.parametrize("owner_and_name", [(Session, "seal"), (Delivery, "deliver")])
def test_an_interrupt_while_it_is_signed_or_committed_loses_and_repeats_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, owner_and_name: tuple[type, str]
) -> None:
    owner, name = owner_and_name
    made = [_decide(n) for n in range(3)]
    real = getattr(owner, name)

    def interrupted(*args: object) -> object:
        real(*args)
        raise KeyboardInterrupt

    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, interrupted)
            with pytest.raises(KeyboardInterrupt):
                ans.flush()
    made.append(_decide(3))
    ans.flush()

    assert [d.chosen for d in kept.decisions()] == [0, 1, 2, 3]
    assert [d.receipt.durable for d in made] == [True] * 4
    assert [d.record.id for d in made] == [d.id for d in kept.decisions()]


def test_what_comes_while_the_ledger_is_let_go_is_committed_at_the_end_of_the_process(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    _decide(1)
    custodian, add = process.custodian(), grouping.Group.add

    def overtaken(self: grouping.Group, *given: Any) -> bool:
        custodian.close()
        return add(self, *given)

    ended: list[Callable[[], None]] = []
    monkeypatch.setattr(grouping.Group, "add", overtaken)
    monkeypatch.setattr("atexit.register", ended.append)
    late = _decide(2)
    monkeypatch.undo()
    assert not late.receipt.durable

    ended[-1]()
    assert late.receipt.durable
