"""The story, told once for all tests that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import answerable as ans
from tests.cli.running import Ran, running
from tests.scenario.story import Story, tell


class Asking:
    """Asks the story's ledger, through the command line or through `History`."""

    def __init__(
        self, story: Story, history: ans.History, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        self.story = story
        self.history = history
        self.run = running(capfdbinary)
        self.names = story.names

    def id(self, name: str) -> str:
        """The id of the record that the story calls so."""
        return self.story.ids[name]

    def ref(self, name: str) -> str:
        """That record as a reference."""
        return self.story.ref(name)

    def json(self, *words: str) -> Ran:
        """What the command answers with `--json`."""
        return self.run(*words, "--json")

    def text(self, *words: str) -> str:
        """What a person reads, on one line: where it wraps is for other tests."""
        return " ".join(self.run(*words).text.split())


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(tmp_path_factory.mktemp("story"))


@pytest.fixture
def ask(
    story: Story, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Asking]:
    monkeypatch.setenv("ANSWERABLE_LEDGER", story.ledger)
    monkeypatch.setenv("ANSWERABLE_HOME", str(story.home))
    with ans.open(story.ledger, home=story.home) as history:
        yield Asking(story, history, capfdbinary)
