"""Other processes and pools: what they record lands under what was open where they were begun."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import baggage
from opentelemetry.context import get_current

import answerable as ans
from answerable.otel import carrier
from answerable.recording import handing, scope
from tests.recording.kept import Kept

METHODS = [
    m for m in ("fork", "spawn", "forkserver") if m in multiprocessing.get_all_start_methods()
]


def run(code: str, env: dict[str, str]) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.strip()


RECORD = "import answerable as ans; ans.choose('metric', 'child')"


def decide(value: Any) -> int:
    ans.choose("metric", value)
    return os.getpid()


def decide_there(kept: Kept, value: Any) -> None:
    ans.configure(ledger=kept.uri, home=kept.home, actor="analyst@bank.example")
    ans.choose("metric", value)


async def decide_later(value: Any) -> None:
    await asyncio.sleep(0)
    ans.choose("metric", value)


class TestASubprocess:
    def test_records_in_the_same_ledger_under_the_open_step(self, kept: Kept) -> None:
        with ans.step("train"):
            run(RECORD, ans.environment())
        decision = kept.decision()
        assert decision.step == kept.step().id
        assert decision.within is None
        assert decision.team == "credit-risk"
        assert decision.decided_by is not None
        assert decision.decided_by.id == "person:analyst@bank.example"
        assert decision.accountable == "role:head-of-credit-risk"

    def test_records_within_the_open_decision(self, kept: Kept) -> None:
        with ans.step("train") as s, ans.decide("model") as d:
            run(RECORD, ans.environment())
            d.choose("forest")
        child, parent = kept.decisions()
        assert (child.step, child.within) == (s.id, d.id) == (parent.step, parent.id)

    def test_of_a_subprocess_has_the_same_parent(self, kept: Kept) -> None:
        code = (
            "import answerable as ans, subprocess, sys; subprocess.run("
            f"[sys.executable, '-c', {RECORD!r}], env=ans.environment(), check=True)"
        )
        with ans.step("train"):
            run(code, ans.environment())
        assert kept.decision().step == kept.step().id

    def test_begins_steps_of_its_own_inside(self, kept: Kept) -> None:
        code = (
            "import answerable as ans\n"
            "with ans.step('fit'):\n  ans.choose('metric', 1); ans.current().used('dataset:a@1')"
        )
        with ans.step("train"):
            run(code, ans.environment())
        fit, train = kept.steps()
        assert (fit.name, fit.step, train.step) == ("fit", train.id, None)
        assert kept.decision().step == fit.id

    def test_without_that_environment_stands_apart(self, kept: Kept) -> None:
        with ans.step("train"):
            run(RECORD, {**os.environ, "ANSWERABLE_LEDGER": kept.uri})
        assert kept.decision().step is None

    def test_after_the_step_stands_apart(self, kept: Kept) -> None:
        with ans.step("train"):
            pass
        run(RECORD, ans.environment())
        assert kept.decision().step is None

    def test_that_records_elsewhere_stands_apart(self, kept: Kept, tmp_path: Path) -> None:
        other = Kept(tmp_path / "other.db", kept.home)
        with ans.step("train"):
            run(RECORD, ans.environment() | {"ANSWERABLE_LEDGER": other.uri})
        assert other.decision().step is None

    def test_has_nothing_open_to_add_to(self, kept: Kept) -> None:
        with ans.step("train"):
            told = run(
                "import answerable as ans\n"
                "try: ans.current()\n"
                "except ans.IncompleteDecisionError as error: print(error)",
                ans.environment(),
            )
        assert told == "no decision or step is open here"

    def test_gets_a_copy_in_which_the_rest_is_as_it_was(
        self, kept: Kept, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BAGGAGE", "run=7")
        before = dict(os.environ)
        with ans.step("train") as s:
            handed = ans.environment()
            chosen = ans.environment({"PATH": "/bin", "BAGGAGE": "own=1"})
        assert dict(os.environ) == before
        assert {n: v for n, v in handed.items() if not n.startswith("ANSWERABLE_")} | {
            "BAGGAGE": "run=7"
        } == {n: v for n, v in before.items() if not n.startswith("ANSWERABLE_")}
        assert set(chosen["BAGGAGE"].split(",")) >= {"own=1", f"answerable.step={s.id}"}
        assert chosen["PATH"] == "/bin"
        assert "HOME" not in chosen

    def test_that_is_disabled_hands_on_only_what_it_was_handed(
        self, kept: Kept, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_DISABLED", "1")
        with ans.step("train"):
            assert ans.environment({"A": "1"}) == {"A": "1"}

    def test_sends_our_baggage_to_nobody_else(self, kept: Kept) -> None:
        # An instrumented client would send the context's baggage with each request.
        code = (
            "import answerable as ans; from opentelemetry import baggage\n"
            "from opentelemetry.sdk.trace import TracerProvider\n"
            "from opentelemetry import trace; trace.set_tracer_provider(TracerProvider())\n"
            "with ans.step('fit'): print(dict(baggage.get_all()))"
        )
        with ans.step("train"):
            assert run(code, {**ans.environment(), "BAGGAGE": _with("run=7")}) == "{'run': '7'}"


def _with(more: str) -> str:
    return f"{ans.environment()['BAGGAGE']},{more}"


def test_a_step_that_failed_to_be_recorded_leaves_the_child_with_a_parent_that_is_not_there(
    kept: Kept,
) -> None:
    with pytest.raises(RuntimeError), ans.step("train") as s:
        run(RECORD, ans.environment())
        raise RuntimeError
    assert kept.decision().step == kept.step().id == s.id
    assert kept.step().abandoned == "RuntimeError"


HOSTILE = st.text() | st.builds(
    lambda names, values: ",".join(
        f"answerable.{n}={v}" for n, v in zip(names, values, strict=False)
    ),
    st.lists(st.sampled_from(["step", "decision", "ledger", "more"]), max_size=5),
    st.lists(st.text(max_size=50) | st.just("0193b4e2-7d10-7c3a-9a51-2f6f5a1f0c11"), max_size=5),
)


@given(HOSTILE)
def test_whatever_the_baggage_says_it_names_a_parent_by_an_id_or_none(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    from answerable.recording import process

    settings = process.custodian().settings
    mark = handing._mark(settings)
    try:
        monkeypatch.setenv("BAGGAGE", f"{told},answerable.ledger={mark}")
    except ValueError:
        return  # no environment holds a null character, or half a surrogate pair
    except UnicodeEncodeError:
        return
    found = handing.begun_in(settings)
    for parent in (found.step, found.decision):
        assert parent is None or handing._ID.fullmatch(parent.id)
    assert found.innermost is None
    assert not any(name.startswith("answerable.") for name in baggage.get_all(carrier.context()))


@pytest.mark.parametrize("method", METHODS)
class TestAPoolOfProcesses:
    """Its workers outlive the step in which they were made, and serve any that comes later."""

    @pytest.fixture
    def pool(self, method: str) -> Iterator[ProcessPoolExecutor]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: threads and fork
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
                yield pool

    def test_records_under_the_step_from_which_each_call_was_carried(
        self, kept: Kept, pool: ProcessPoolExecutor
    ) -> None:
        with ans.step("one") as one:
            assert pool.submit(ans.carried(decide), 1).result() != os.getpid()
        with ans.step("two") as two, ans.decide("model") as d:
            pool.submit(ans.carried(decide), 2).result()
            d.choose("forest")
        pool.submit(ans.carried(decide), 3).result()

        found = {r.chosen: (r.step, r.within) for r in kept.decisions()}
        assert found == {
            1: (one.id, None),
            2: (two.id, d.id),
            "forest": (two.id, None),
            3: (None, None),
        }

    def test_records_apart_what_was_not_carried(
        self, kept: Kept, pool: ProcessPoolExecutor
    ) -> None:
        with ans.step("one"):
            pool.submit(decide_there, kept, 1).result()
        with ans.step("two"):
            pool.submit(decide_there, kept, 2).result()
        assert {d.chosen: d.step for d in kept.decisions()} == {1: None, 2: None}

    def test_commits_what_gathered_when_its_workers_end(
        self, kept: Kept, method: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ans.configure(ledger=kept.uri, actor="analyst@bank.example", durability="group")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context: Any = multiprocessing.get_context(method)
            worker = context.Process(target=ans.carried(decide), args=("gathered",))
            worker.start()
        worker.join()
        assert worker.exitcode == 0
        assert [d.chosen for d in kept.decisions()] == ["gathered"]


@pytest.mark.skipif("fork" not in METHODS, reason="no fork on this system")
def test_a_forked_process_is_inside_what_was_open_when_it_was_forked(kept: Kept) -> None:
    with ans.step("train") as s, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        worker = multiprocessing.get_context("fork").Process(target=decide, args=(1,))
        worker.start()
        worker.join()
    assert kept.decision().step == s.id


class TestAThread:
    def test_is_inside_where_it_was_carried_from(self, kept: Kept) -> None:
        def add() -> None:
            ans.current().used("dataset:a@1")
            ans.choose("metric", 1)

        with ans.step("train") as s, ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(ans.carried(add)) for _ in range(8)]:
                future.result()
        assert {d.step for d in kept.decisions()} == {s.id}
        assert len(kept.step().used) == 8

    def test_is_nowhere_afterwards(self, kept: Kept) -> None:
        with ThreadPoolExecutor(1) as pool:
            with ans.step("train"):
                pool.submit(ans.carried(decide), 1).result()
                assert pool.submit(scope.here).result() == scope.Scope()
            assert pool.submit(get_current).result() == {}

    def test_records_with_what_was_configured_where_it_was_carried_from(
        self, kept: Kept, tmp_path: Path
    ) -> None:
        other = Kept(tmp_path / "other.db", kept.home)
        with ThreadPoolExecutor(1) as pool:
            with ans.configured(ledger=other.path, team="fraud"):
                carried = ans.carried(decide)
            pool.submit(carried, 1).result()
            pool.submit(decide, 2).result()
        assert (other.decision().chosen, other.decision().team) == (1, "fraud")
        assert kept.decision().chosen == 2


def test_a_coroutine_function_is_carried_to_its_end(kept: Kept) -> None:
    with ans.step("train") as s:
        carried = ans.carried(decide_later)
    asyncio.run(carried(1))
    assert kept.decision().step == s.id


def test_a_carried_function_is_pickled_with_what_is_known_elsewhere(kept: Kept) -> None:
    with ans.step("train") as s:
        again = pickle.loads(pickle.dumps(ans.carried(decide)))  # noqa: S301  # our own bytes
        again("in the step")
    assert kept.decision().step == s.id
    assert again.__name__ == "decide"


def test_a_generator_cannot_be_carried(kept: Kept) -> None:
    def numbers() -> Iterator[int]:
        yield 1

    with pytest.raises(ans.UsageError, match="cannot be carried"):
        ans.carried(numbers)


def test_joblib_calls_what_is_carried(kept: Kept) -> None:
    joblib = pytest.importorskip("joblib")
    with ans.step("train") as s:
        joblib.Parallel(n_jobs=2)(joblib.delayed(ans.carried(decide))(n) for n in range(3))
    assert {d.chosen: d.step for d in kept.decisions()} == dict.fromkeys(range(3), s.id)


class TestTwoPipelinesInOneProcess:
    def test_record_each_with_their_own_settings_at_the_same_time(
        self, kept: Kept, tmp_path: Path
    ) -> None:
        ledgers = [Kept(tmp_path / f"{n}.db", kept.home) for n in range(2)]
        meeting = threading.Barrier(2, timeout=30)

        def pipeline(number: int) -> None:
            with ans.configured(
                ledger=ledgers[number].path, team=f"team-{number}", actor=f"{number}@bank.example"
            ):
                with ans.step("train"):
                    meeting.wait()
                    ans.choose("metric", number)
                    meeting.wait()
                with ans.open() as history:
                    assert [d.chosen for d in history.decisions()] == [number]

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(pipeline, range(2)))
        ans.choose("metric", "around")

        for number, ledger in enumerate(ledgers):
            assert ledger.decision().team == f"team-{number}"
            assert ledger.decision().step == ledger.step().id
            assert ledger.step().decided_by == ledger.decision().decided_by
        assert kept.decision().chosen == "around"
        assert kept.decision().team == "credit-risk"

    def test_in_tasks_keep_apart_too(self, kept: Kept) -> None:
        async def pipeline(team: str) -> None:
            with ans.configured(team=team), ans.step("train"):
                for _ in range(3):
                    await asyncio.sleep(0)
                    ans.choose("metric", team)

        async def both() -> None:
            await asyncio.gather(pipeline("one"), pipeline("two"))

        asyncio.run(both())
        steps = {s.id: s.team for s in kept.steps()}
        assert sorted(steps.values(), key=str) == ["one", "two"]
        assert all(d.chosen == d.team == steps[str(d.step)] for d in kept.decisions())

    def test_in_one_ledger_may_stand_inside_each_other(self, kept: Kept) -> None:
        with ans.step("train") as s, ans.configured(team="labels"):
            ans.choose("metric", 1)
        assert (kept.decision().step, kept.decision().team) == (s.id, "labels")
        assert kept.step().team == "credit-risk"

    def test_in_two_ledgers_never_do(self, kept: Kept, tmp_path: Path) -> None:
        other = Kept(tmp_path / "other.db", kept.home)
        with ans.step("train"):
            with ans.configured(ledger=other.path):
                ans.choose("metric", 1)
            ans.choose("metric", 2)
        assert other.decision().step is None
        assert kept.decision().step == kept.step().id

    def test_share_what_neither_changes(self, kept: Kept) -> None:
        with ans.configured(team="one"), ans.configured(accountable="role:other"):
            ans.choose("metric", 1)
        decision = kept.decision()
        assert (decision.team, decision.accountable) == ("one", "role:other")
        assert decision.decided_by is not None
        assert decision.decided_by.id == "person:analyst@bank.example"

    def test_use_one_session_each_however_often_they_are_entered(self, kept: Kept) -> None:
        for number in range(5):
            with ans.configured(team="one"):
                ans.choose("metric", number)
        assert len({d.emission.key_id for d in kept.decisions() if d.emission}) == 1

    def test_are_flushed_and_shut_down_together(self, kept: Kept, tmp_path: Path) -> None:
        other = Kept(tmp_path / "other.db", kept.home)
        with ans.configured(ledger=other.path, durability="group"):
            ans.choose("metric", 1)
            assert other.size() == 0
        assert ans.flush() == 2
        assert other.decision().chosen == 1
        ans.shutdown()
        assert not other.path.with_name("other.db-wal").exists()

    def test_keep_nothing_from_each_other_that_is_out_of_reach(
        self, kept: Kept, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        other = Kept(tmp_path / "other.db", kept.home)
        with ans.configured(ledger=tmp_path / "file" / "missing.db"):
            with pytest.warns(ans.CustodyWarning):
                ans.choose("metric", 1)
        with ans.configured(ledger=other.path, durability="group"):
            ans.choose("metric", 2)
        with pytest.raises(ans.LedgerError):
            ans.flush()
        assert other.decision().chosen == 2

    def test_are_refused_wrong_settings_before_they_begin(self, kept: Kept) -> None:
        with pytest.raises(ans.ConfigurationError):
            ans.configured(on_failure="ignore")  # type: ignore[arg-type]

    def test_enter_each_settings_once_at_a_time(self, kept: Kept) -> None:
        own = ans.configured(team="one")
        with own, pytest.raises(ans.ConfigurationError, match="in force"), own:
            pass
        with own:
            ans.choose("metric", 1)
        assert kept.decision().team == "one"
