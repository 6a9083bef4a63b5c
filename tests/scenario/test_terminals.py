"""Every answer fits the terminal it is read on: narrow ones, plain ones, ones that know only ASCII."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from answerable.cli import answers
from answerable.cli.tree import decision_panel, decisions_table, gaps_text
from tests.scenario.conftest import Asking
from tests.scenario.telling import ACME, AUTUMN, LOANS

NAMES = [
    *("why", "review", "diff", "impact", "informed", "incident", "explain", "presented", "gaps"),
    *("log", "show"),
]


def answer(ask: Asking, name: str) -> RenderableType:
    """The story's answer of that name, as it is drawn for a terminal."""
    h, id = ask.history, ask.id
    made = {
        "why": lambda: answers.why_text(h.why("threshold", LOANS, AUTUMN)),
        "review": lambda: answers.review_text(h.review(LOANS, AUTUMN)),
        "diff": lambda: answers.diff_text(h.diff("model:loans@1", "model:loans@2", AUTUMN)),
        "impact": lambda: answers.impact_text(h.impact(ACME, AUTUMN)),
        "informed": lambda: answers.informed_text(ACME, h.informed(ACME, at=AUTUMN)),
        "incident": lambda: answers.investigation_text(h.investigate(id("incident"), AUTUMN)),
        "explain": lambda: answers.explanation_text(h.explain(ask.story.outcomes["declined-1"])),
        "presented": lambda: answers.presented_text(h.presented(id("approval-cy"))),
        "gaps": lambda: gaps_text(h.gaps(LOANS, AUTUMN)),
        "log": lambda: decisions_table(h.decisions()),
        "show": lambda: decision_panel(h.get(id("risk"))),
    }
    return made[name]()


def printed(what: RenderableType, width: int, encoding: str = "utf-8", **how: object) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(file=file, width=width, highlight=False, **how)  # type: ignore[arg-type]
    console.print(what)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_wider_than_the_terminal(ask: Asking, name: str, width: int) -> None:
    lines = printed(answer(ask, name), width).splitlines()

    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_where_it_is_narrow(ask: Asking, name: str) -> None:
    """Words may be broken, and a table may be told otherwise; ids are whole."""
    narrow, wide = (
        "".join(printed(answer(ask, name), width).replace("│", "").split()) for width in (40, 160)
    )

    for id in ask.story.ids.values():
        assert (id in narrow) == (id in wide)


@pytest.mark.parametrize("name", NAMES)
def test_where_there_is_ascii_alone_it_is_said_in_ascii(ask: Asking, name: str) -> None:
    told = printed(answer(ask, name), 80, "ascii")

    assert told.isascii()


@pytest.mark.parametrize("name", NAMES)
def test_without_colour_no_colour_is_sent(
    ask: Asking, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured = printed(answer(ask, name), 80, force_terminal=True, color_system="256")
    assert "\x1b[" in coloured

    monkeypatch.setenv("NO_COLOR", "1")
    plain = printed(answer(ask, name), 80, force_terminal=True, color_system="256")

    assert "38;5;" not in plain and "\x1b[31m" not in plain
