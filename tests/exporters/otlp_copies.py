"""A copy of a small trace, and what is found wrong with it: for the tests that change it in one place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable.exporters import otlp_copy, otlp_json
from answerable.ledger import Fault
from answerable.reading import History
from answerable.recording import process

SUBJECT = "deployment:prod/scores"
Document = dict[str, Any]


@attrs.frozen
class Story:
    """A step with a decision that replaced one, and an approval; drawn and as the ledger has it."""

    drawn: Document
    history: History

    @property
    def copy(self) -> Document:
        return copy.deepcopy(self.drawn)

    @property
    def text(self) -> bytes:
        return json.dumps(self.drawn).encode()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    uri, home = f"sqlite:///{folder / 'decisions.db'}", folder / "home"
    ans.configure(ledger=uri, home=home, team="risk", actor="person:ana@bank.example")
    with ans.step("deploy", used=["dataset:cases@1", "model:scores@1"], produced=[SUBJECT]):
        with ans.decide("threshold", accountable="role:head") as d:
            d.consider(0.5, because="declines too many")
            d.choose(0.62, because="measured")
    ans.approve(SUBJECT, digest="sha256:" + "2" * 64, because="seen")
    ans.shutdown()
    process.replace(None)
    with ans.open(uri, home=home) as history:
        yield Story(json.loads(otlp_json.to_json(history.trace(SUBJECT))), history)


def spans(document: Document) -> list[dict[str, Any]]:
    return [
        span
        for group in document["resourceSpans"]
        for scoped in group["scopeSpans"]
        for span in scoped["spans"]
    ]


def span(document: Document, start: str) -> dict[str, Any]:
    (found,) = (each for each in spans(document) if each["name"].startswith(start))
    return found


def attribute(of: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (each for each in of["attributes"] if each["key"] == name)
    value: dict[str, Any] = found["value"]
    return value


def faults(document: Document, story: Story | None = None) -> tuple[Fault, ...]:
    shown = otlp_copy.from_document(json.dumps(document).encode())
    verdict = otlp_copy.verify(shown, None if story is None else story.history.trace)
    assert verdict.verdict == ("invalid" if verdict.faults else "valid-unwitnessed")
    return verdict.faults


def changes(document: Document, story: Story | None = None) -> list[tuple[str, str]]:
    """Of each field that is another, of which span, and what the fault says after the span's id."""
    found = faults(document, story)
    assert {fault.code for fault in found} <= {"changed"}
    return [tuple(fault.message.split("): ", 1)) for fault in found]  # type: ignore[misc]
