from __future__ import annotations

import io
import re
import unicodedata
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from answerable.cli.tree import (
    decision_panel,
    decisions_table,
    gaps_text,
    render,
    svg,
    verdict_text,
    write_svg,
)
from answerable.errors import ExportError
from answerable.history import Verdict
from answerable.ledger import Fault
from answerable.lineage import AccountabilityTrace, Gap, Placed
from answerable.model import Approval, Delegation, Record
from tests.model.generated import records as any_record
from tests.parts.loans import (
    AS_OF,
    START,
    SUBJECT,
    decision,
    digest,
    loans,
    records,
    signed,
    trace_of,
)


def printed(shown: RenderableType, *, width: int = 110, encoding: str = "utf-8") -> str:
    """What a terminal of that width and encoding is sent, without colour."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    Console(file=file, width=width, highlight=False).print(shown)
    file.flush()
    return raw.getvalue().decode(encoding)


def in_words(text: str) -> str:
    """The text without guides and line ends."""
    return " ".join(re.sub("[│├└─|`+]", " ", text).split())


TRACE = loans()
BY_ID = {placed.record.id: placed.record for placed in TRACE.placed()}


def test_the_header_says_what_of_when_and_whether_it_verifies() -> None:
    top = printed(render(TRACE)).splitlines()[:4]
    assert top[0].strip() == SUBJECT
    assert top[1].startswith("valid, unwitnessed: every record verifies")
    assert "as of 2026-06-01 12:00:00 UTC" in top[2]
    assert TRACE.revision[:12] in top[2]
    assert top[3].strip() == "10 decisions · 4 steps · 6 teams · 11 gaps"


def test_a_decision_says_who_why_and_over_what() -> None:
    text = in_words(printed(render(TRACE), width=200))
    assert "✓ threshold = 0.62 At which score do we decline?" in text
    assert "model-risk · risk@bank.example.org (authenticated)" in text
    assert "accountable: role:head-of-credit-risk" in text
    assert "why False approvals below 2% on validation" in text
    assert "not (2) 0.5: library default; declines 9% more applicants; 0.7: false approvals" in text
    assert "evidence report:fairness-by-group@7 (own test, until 2026-12-31)" in text
    assert "the applicant mix stays as in 1990 (review by 2026-03-31" in text


def test_more_options_than_three_are_counted() -> None:
    assert "and 1 more" in printed(render(TRACE))


def test_what_stands_in_a_step_is_drawn_under_it_and_phases_come_in_their_order() -> None:
    text = printed(render(TRACE))
    places = [text.index(word) for word in ("DATA", "select applications", "dataset =", "TRAINING")]
    assert places == sorted(places)


def test_each_gap_is_said_at_its_place_and_again_at_the_end() -> None:
    text = printed(render(TRACE))
    tree, _, end = text.partition("\ngaps\n")
    after = tree[tree.index("hyperparameter = 100") :]
    assert "▲ default; unassigned" in after[: after.index("EVALUATION")]
    for gap in TRACE.gaps:
        assert gap.message in in_words(end)
    assert re.search(r"^ +3 +unassigned", end, re.MULTILINE)


def test_gaps_of_the_whole_stand_under_the_subject() -> None:
    whole = Gap(code="unapproved", message="Nobody has approved it.")
    text = printed(render(attrs.evolve(TRACE, gaps=(whole,))))
    assert "▲ unapproved" in text.partition("REQUIREMENTS")[0]


def test_history_says_what_replaced_it() -> None:
    text = in_words(printed(render(TRACE)))
    assert "threshold = 0.5 At which score do we decline? history" in text
    assert "replaced by d-threshold" in text


def test_an_approval_of_another_state_or_of_a_part_is_not_taken_for_one_of_this() -> None:
    approval = BY_ID["x-approval"]
    assert isinstance(approval, Approval)
    for yes, binds in (
        (approval, "another state of this, not what is shown here"),
        (attrs.evolve(approval, about=("model:m@1",)), "model:m@1 alone, not what is shown here"),
        (attrs.evolve(approval, about=("model:m@1", SUBJECT)), "one of several things"),
        (attrs.evolve(approval, digest=TRACE.digest), "what is shown here"),
    ):
        here = Placed(record=yes, phase="approval")
        evolved = attrs.evolve(TRACE, records=(here,), gaps=())
        assert f"binds {binds}" in in_words(printed(render(evolved)))


def test_a_record_that_does_not_verify_says_why() -> None:
    broken = signed(records()[1], 0, fault="another key")
    text = printed(render(trace_of([broken], f"record:{broken.id}")))
    assert "✗ requirement" in text
    assert "does not verify: another key" in text
    assert "invalid" in text.splitlines()[1]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for shown in (render(TRACE), decisions_table(list(BY_ID.values())), gaps_text(TRACE.gaps)):
        assert max(cell_len(line) for line in printed(shown, width=width).splitlines()) <= width


def test_a_width_can_be_asked_for() -> None:
    lines = printed(render(TRACE, width=70), width=200).splitlines()
    assert max(map(len, lines)) <= 70


def test_at_60_columns_everything_is_still_said() -> None:
    narrow = in_words(printed(render(TRACE), width=60))
    for record in records():
        assert record.id in narrow
    assert "False approvals below 2% on validation, and the smallest gap between groups" in narrow


def test_a_terminal_that_knows_ascii_alone_gets_ascii() -> None:
    text = printed(render(TRACE), encoding="ascii")
    assert text.isascii()
    assert "ok threshold = 0.62" in text
    assert "! default; unassigned" in text


def test_letters_that_an_encoding_lacks_are_written_out() -> None:
    record = decision("d", 0, "threshold", question="Größe 閾?", chosen=1)
    assert "Größe \\u95be?" in printed(decision_panel(record), encoding="latin-1")


def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    def sent() -> str:
        file = io.StringIO()
        console = Console(file=file, force_terminal=True, color_system="truecolor", width=100)
        console.print(render(TRACE))
        return file.getvalue()

    coloured = re.compile("\x1b\\[[0-9;]*(?:3[0-7]|38;5;[0-9]+|9[0-7])m")
    assert coloured.search(sent())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured.search(sent())


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J\x1b]0;gone\x07", "[red]not markup[/red]", "\u202eesrever"]
)
def test_nothing_in_a_record_can_move_the_cursor_or_be_taken_for_markup(hostile: str) -> None:
    with attrs.validators.disabled():
        record = decision(
            "d", 0, hostile, question=hostile, chosen=hostile, rationale=hostile, team=hostile
        )
    shown = trace_of([record], f"record:{record.id}")
    for part in (render(shown), decision_panel(record), decisions_table([record])):
        text = printed(part)
        assert all(unicodedata.category(c) not in ("Cc", "Cf") or c == "\n" for c in text)
        if hostile.startswith("[red]"):
            assert hostile in text


@given(st.lists(any_record(), max_size=4, unique_by=lambda record: record.id), st.integers(30, 160))
def test_whatever_was_recorded_can_be_drawn(found: list[Record], width: int) -> None:
    placed = tuple(Placed(record=record, phase="data") for record in found)
    trace = attrs.evolve(TRACE, records=placed, steps=(), gaps=())
    text = printed(render(trace), width=width)
    assert all(unicodedata.category(c) != "Cc" or c == "\n" for c in text)
    for record in found:
        printed(decision_panel(record), width=width)


def test_an_empty_trace_is_drawn_as_that() -> None:
    empty = AccountabilityTrace(
        subject=SUBJECT,
        as_of=AS_OF,
        records=(),
        steps=(),
        gaps=(),
        revision="00" * 8,
        trace_id="0" * 32,
        digest=digest(0),
    )
    assert "0 decisions · 0 steps · 0 teams · 0 gaps" in printed(render(empty))


def test_a_large_trace_counts_its_defaults_in_one_place() -> None:
    default = next(p for p in TRACE.records if p.record.id == "d-default")
    many = tuple(
        attrs.evolve(default, parent=None, record=attrs.evolve(default.record, id=f"many-{n}"))
        for n in range(2_100)
    )
    text = printed(render(attrs.evolve(TRACE, records=many, steps=(), gaps=())))
    assert "2,100 defaults that nobody chose" in text


def test_the_panel_says_the_full_record_in_words() -> None:
    text = in_words(printed(decision_panel(BY_ID["d-threshold"]), width=140))
    for said in (
        "question At which score do we decline?",
        "authenticated: the person's own key or login stands behind the name",
        "purpose first reading of applications",
        "replaces d-threshold-old",
        "source pipeline/evaluate.py:57 in evaluate, commit 9f2c1e07b1d5c3a86c0d4e12a7f3b9856d20c411,",
        "with uncommitted changes",
        "signature verified",
        "key session-1",
        "entry 11",
    ):
        assert said in text
    custody = BY_ID["d-threshold"].custody
    assert custody is not None
    assert custody.digest in text


def test_a_digest_is_whole_on_one_line_of_a_terminal_of_80_columns() -> None:
    decided = BY_ID["d-default"]
    text = printed(decision_panel(decided), width=80)

    assert decided.custody is not None
    assert decided.custody.digest in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_head_says_what_the_verdict_and_the_marks_behind_names_mean() -> None:
    text = in_words(printed(render(TRACE), width=80))

    assert "valid, unwitnessed: every record verifies; no outside witness has seen the log" in text
    assert "asserted: the name is as it was given, and nothing checked it" in text


def test_the_panel_says_a_default_was_nobodys() -> None:
    text = in_words(printed(decision_panel(BY_ID["d-default"])))
    assert "by nobody (a default)" in text
    assert "accountable nobody named" in text
    assert "capture a default that nobody chose" in text


def test_the_panel_shows_steps_opinions_and_delegations_too() -> None:
    delegation = Delegation(
        id="k",
        decided_at=START,
        recorded_at=START,
        session_key="ab" * 32,
        identity_key="cd" * 32,
        principal="person:risk@bank.example.org",
        not_before=START,
        not_after=START + timedelta(days=1),
    )
    assert "speaks for risk@bank.example.org" in in_words(printed(decision_panel(delegation)))
    assert "produced report:fairness-by-group@7" in in_words(
        printed(decision_panel(BY_ID["s-evaluate"]))
    )
    assert "approves what was presented" in printed(decision_panel(BY_ID["x-approval"]))
    assert "never tested on our own" in printed(decision_panel(BY_ID["x-dissent"]))


@pytest.mark.parametrize("width", [100, 170])
def test_the_list_has_every_decision_with_its_whole_id(width: int) -> None:
    text = printed(decisions_table(list(BY_ID.values())), width=width)
    for record in BY_ID.values():
        assert record.id in text
    assert "2026-03-14 09:41" in text


def test_an_empty_list_says_so() -> None:
    assert printed(decisions_table([])).strip() == "no decisions"
    assert printed(gaps_text([])).strip() == "no gaps"


VERDICT = Verdict(
    verdict="valid-unwitnessed",
    size=12,
    root="ab" * 32,
    origin="bank.example.org/log",
    unwitnessed_since="2026-01-12T09:30:00.000000Z",
)


def test_a_verdict_says_what_was_checked_and_what_that_leaves_open() -> None:
    text = in_words(printed(verdict_text(VERDICT), width=200))
    assert "valid, unwitnessed" in text
    assert "12 entries" in text
    assert "none: any key is accepted" in text
    assert (
        "none, or too few, for what was recorded since 2026-01-12T09:30:00.000000Z: whoever" in text
    )


def test_a_witnessed_ledger_under_a_policy_has_neither_caveat() -> None:
    text = printed(
        verdict_text(attrs.evolve(VERDICT, verdict="valid", policy=3, unwitnessed_since=None))
    )
    assert "version 3" in text
    assert "rewritten" not in text


def test_each_fault_is_said_with_its_entry() -> None:
    faults = (Fault("signature", "no key of that id", 3, "d-x"), Fault("root", "another root"))
    text = in_words(printed(verdict_text(attrs.evolve(VERDICT, verdict="invalid", faults=faults))))
    assert "2 found wrong" in text
    assert "entry 3 signature: no key of that id d-x" in text
    assert "the whole root: another root" in text


def test_the_picture_is_svg_that_fetches_nothing() -> None:
    picture = svg(TRACE, "a <title> & more")
    root = ET.fromstring(picture)  # noqa: S314  # our own text
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "a <title> & more" in "".join(root.itertext()).replace("\xa0", " ")
    without_namespace = picture.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(
        r"http|@import|@font-face|url\((?!#)|<script|<image|href", without_namespace
    )
    assert len(picture) < 100_000


def test_the_same_trace_gives_the_same_picture() -> None:
    assert svg(TRACE, "t") == svg(loans(), "t")


def test_the_picture_is_written_whole_or_an_error_is_raised(tmp_path: Path) -> None:
    write_svg(TRACE, tmp_path / "trace.svg")
    assert (tmp_path / "trace.svg").read_text("utf-8").startswith("<svg")
    assert [path.name for path in tmp_path.iterdir()] == ["trace.svg"]
    with pytest.raises(ExportError, match="cannot write"):
        write_svg(TRACE, tmp_path / "none" / "trace.svg")
