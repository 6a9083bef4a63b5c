"""The configuration for Jaeger's page."""

from __future__ import annotations

import pytest

from tests.cli.running import Run, running


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


def test_it_links_runs_and_commits_to_where_they_are_shown(run: Run) -> None:
    made = run(
        *("jaeger-ui-config", "--mlflow", "http://localhost:5000/"),
        *("--commits", "https://git.example.org/loans/commit"),
    ).json

    assert [(link["key"], link["url"]) for link in made["linkPatterns"]] == [
        ("answerable.predecessor.trace_id", "/trace/#{answerable.predecessor.trace_id}"),
        ("answerable.run", "http://localhost:5000/#/runs/#{answerable.run}"),
        (
            "vcs.ref.head.revision",
            "https://git.example.org/loans/commit/#{vcs.ref.head.revision}",
        ),
    ]


def test_without_addresses_there_are_links_inside_jaeger_alone(run: Run) -> None:
    made = run("jaeger-ui-config").json

    assert [link["url"] for link in made["linkPatterns"]] == [
        "/trace/#{answerable.predecessor.trace_id}"
    ]
    assert made["criticalPathEnabled"] is False
    assert made["topTagPrefixes"] == ["answerable."]
