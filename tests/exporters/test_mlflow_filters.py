"""Plain MLflow finds exactly what the ledger's own history finds, whatever is asked."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import answerable as ans
from answerable.errors import InvalidValueError
from answerable.exporters.mlflow import export, filter_string, search
from answerable.ledger import Ledger
from answerable.model import Actor, Artifact, Decision, Evidence
from tests.exporters.mlflow_records import Emitter, envelope
from tests.parts.mlflow_kinds import address

if TYPE_CHECKING:
    from mlflow import MlflowClient

BEGIN: Final = datetime(2026, 3, 2, tzinfo=UTC)
# Alike but for what a pattern could take for the same; and what reads as JSON, or needs quoting.
KINDS: Final = ["threshold", "vendor", "a_b", "a-b", "A_b", "true", "123", "o'neil", 'a"b', "größe"]
PEOPLE: Final = ["person:ana@bank.example", "person:a_a@bank.example", "role:head", "role:heads"]
RUNS: Final = ["0" * 32, "7301245596", "run_1", "run-1"]
REFS: Final = [
    *("model:loan-approval@7", "model:loan-approval@77", "model:loan-approval", "model:loan"),
    *("vendor:acme@2026", "vendor:acme-score@2026", "vendor:acme", "vendor:acme@2026.1"),
    *(
        "dataset:a_b@1",
        "dataset:a-b@1",
        "dataset:(a|b)+[c]{2}^$@1",
        "dataset:it's@1",
        "dataset:ä@1",
    ),
    *("guideline:under.writing@3", "guideline:under-writing@3", "guideline:Under.writing@3"),
]
DIGESTS: Final = ["sha256:" + c * 64 for c in "abc"]

WORDS: Final = [
    *(("kind", KINDS), ("actor", PEOPLE), ("accountable", PEOPLE)),
    *(("run", RUNS), ("artifact", REFS)),
]


@attrs.frozen
class Both:
    """One random history in a ledger and in MLflow."""

    history: ans.History
    client: MlflowClient
    experiment: str  # its id
    name: str

    def by_mlflow(self, asked: dict[str, Any]) -> list[str]:
        found, token = [], None
        while True:
            page = self.client.search_traces(
                locations=[self.experiment],
                filter_string=filter_string(**asked),
                max_results=100,
                page_token=token,
                include_spans=False,
            )
            found += [trace.info.tags["answerable.id"] for trace in page]
            if not (token := page.token):
                return sorted(found)

    def by_ledger(self, asked: dict[str, Any]) -> list[str]:
        whole = dict(asked)  # MLflow's times are milliseconds
        if "since" in whole:
            whole["since"] = whole["since"].replace(microsecond=_ms(whole["since"]))
        if "until" in whole:
            whole["until"] = whole["until"].replace(microsecond=_ms(whole["until"]) + 999)
        return sorted(decision.id for decision in self.history.decisions(**whole))


def _ms(moment: datetime) -> int:
    return moment.microsecond // 1_000 * 1_000


@pytest.fixture(scope="module", params=["database", "database-postgres"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    yield from _both(address(request, request.param), tmp_path_factory.mktemp("both"))


@pytest.fixture(scope="module", params=["server", "server-postgres"])
def both_served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    yield from _both(address(request, request.param), tmp_path_factory.mktemp("both"))


def _both(uri: str, folder: Path) -> Iterator[Both]:
    from mlflow import MlflowClient

    emitter = _random_history(random.Random(6))  # noqa: S311  # the same each time
    ledger = Ledger.open_or_create(f"sqlite:///{folder / 'decisions.db'}", folder)
    ledger.append_all([envelope(record) for record in emitter.records])
    ledger.close()
    with ans.open(folder / "decisions.db", home=folder) as history:
        name = f"filters-{uuid.uuid4().hex[:8]}"
        exported = export(history.records(), uri, experiment=name)
        assert exported.rejected == ()
        yield Both(history, MlflowClient(tracking_uri=uri), exported.experiment_id, name)


def _random_history(chance: random.Random) -> Emitter:
    emitter = Emitter()

    def some(pool: list[str]) -> list[str]:
        return chance.sample(pool, chance.randrange(3))

    for number in range(150):
        emitter.decision(
            kind=chance.choice(KINDS),
            question=f"Question {number}?",
            chosen=number,
            decided_by=chance.choice([None, *(Actor(id=person) for person in PEOPLE)]),
            accountable=chance.choice([None, *PEOPLE]),
            team=chance.choice([None, "credit-risk", "credit_risk"]),
            run=chance.choice([None, *RUNS]),
            capture=chance.choice(["explicit", "passed", "default", "imported"]),
            decided_at=BEGIN + timedelta(microseconds=chance.randrange(10_000)),
            used=tuple(Artifact(ref=r, digest=chance.choice([None, *DIGESTS])) for r in some(REFS)),
            produced=tuple(Artifact(ref=ref) for ref in some(REFS)),
            evidence=tuple(Evidence(artifact=Artifact(ref=r), kind="own_test") for r in some(REFS)),
            about=tuple(some(REFS)),
        )
        if chance.random() < 0.1:
            emitter.approval()
    return emitter


moments = st.integers(0, 10_000).map(lambda n: BEGIN + timedelta(microseconds=n))
questions = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(KINDS),
        "actor": st.sampled_from(PEOPLE),
        "accountable": st.sampled_from(PEOPLE),
        "team": st.sampled_from(["credit-risk", "credit_risk"]),
        "run": st.sampled_from(RUNS),
        "artifact": st.sampled_from([*REFS, *DIGESTS, "dataset:a_b", "vendor:acme-score"]),
        "capture": st.sampled_from(["explicit", "passed", "default", "imported"]),
        "since": moments,
        "until": moments,
    },
)


@given(asked=questions)
def test_mlflow_finds_what_the_ledger_finds(both: Both, asked: dict[str, Any]) -> None:
    assert both.by_mlflow(asked) == both.by_ledger(asked)


@settings(max_examples=25)
@given(asked=questions)
def test_a_search_gives_the_very_decisions_that_the_ledger_gives(
    both: Both, asked: dict[str, Any]
) -> None:
    found = search(both.client.tracking_uri, experiment=both.name, kept=both.history, **asked)

    kept = both.history.decisions(**asked)
    assert found == kept
    assert [_custody(decision) for decision in found] == [_custody(decision) for decision in kept]


def _custody(decision: Decision) -> tuple[bool, int | None]:
    assert decision.custody is not None
    return decision.custody.verified, decision.custody.index


def test_of_a_random_history_some_verify_and_some_do_not(both: Both) -> None:
    """Those of another team than their key was delegated to."""
    verified = [_custody(decision)[0] for decision in both.history.decisions()]

    assert 20 < sum(verified) < 130


# The server hands each filter to the store that the test above asks more often; what is its own is the
# way there and back: quoting, pages, and the times and letters of its JSON.
@settings(max_examples=20, derandomize=True)
@given(asked=questions)
def test_an_mlflow_server_finds_what_the_ledger_finds(
    both_served: Both, asked: dict[str, Any]
) -> None:
    assert both_served.by_mlflow(asked) == both_served.by_ledger(asked)


def test_an_mlflow_server_finds_by_each_word_what_the_ledger_finds(both_served: Both) -> None:
    for word, values in WORDS:
        for value in values:
            found = both_served.by_mlflow({word: value})
            assert found == both_served.by_ledger({word: value}), value
            assert found, value


@pytest.mark.parametrize(("word", "values"), WORDS)
def test_each_word_by_itself_finds_what_the_ledger_finds(
    both: Both, word: str, values: list[str]
) -> None:
    for value in values:
        found = both.by_mlflow({word: value})
        assert found == both.by_ledger({word: value}), value
        assert found, value


@pytest.mark.parametrize("kind", ["a'b\"c", "a\\"])
def test_what_the_grammar_cannot_write_is_told(kind: str) -> None:
    with pytest.raises(InvalidValueError, match="cannot write"):
        filter_string(kind=kind)
