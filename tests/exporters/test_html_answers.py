"""The pages of a review, a difference and an incident say what the story's year has in it."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

import answerable as ans
from answerable import wording
from answerable.errors import ExportError
from answerable.exporters.html import review_to_html, to_html
from tests.cli.running import Run, running
from tests.exporters.html_answers import AFTER, BEFORE, PAGES, write_all
from tests.exporters.html_reading import Element, by_id, read
from tests.scenario.story import Story
from tests.scenario.telling import LOANS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def story(folder: Path) -> Story:
    return write_all(folder)


@pytest.fixture(scope="module")
def pages(story: Story, folder: Path) -> dict[str, list[Element]]:
    return {name: read((folder / f"{name}.html").read_text("utf-8")) for name in PAGES}


@pytest.fixture
def run(
    story: Story, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    monkeypatch.setenv("ANSWERABLE_LEDGER", story.ledger)
    monkeypatch.setenv("ANSWERABLE_HOME", str(story.home))
    return running(capfdbinary)


def said(elements: list[Element], id: str) -> str:
    return " ".join(by_id(elements, id).text.split())


def test_a_review_says_first_what_is_signed_and_how_and_who_must(
    pages: dict[str, list[Element]], story: Story
) -> None:
    with ans.open(story.ledger, home=story.home) as history:
        review = history.review(LOANS)
    page = pages["review"]
    header = next(e.text for e in page if e.name == "header")
    assert review.digest in header
    assert "2 of cy, di, eve" in header
    command = rf"answerable approve {LOANS} \ --meaning approval \ --digest {review.digest}"
    assert command in said(page, "sign")
    assert "answerable dissent" in said(page, "sign")


def test_a_review_shows_voices_defaults_assumptions_walls_and_risks(
    pages: dict[str, list[Element]],
) -> None:
    page = pages["review"]
    voices = said(page, "voices")
    assert "what was there before" in voices
    assert "its data bear an old name" in voices
    assert "data_window = 12" in said(page, "defaults")
    assert "Acme's scale stays as it is" in said(page, "assumptions")
    assert "it did not hold" in said(page, "assumptions")
    assert "vendor:acme-score@3" in said(page, "walls")
    assert "Acme scores thin files too low" in said(page, "risks")
    assert "reverted" in said(page, "controls")
    assert "not as first decided" in said(page, "scopes")
    assert "asserted" in said(page, "certainty")


def test_a_review_says_what_an_approver_had_not_in_view_and_who_was_answered(
    pages: dict[str, list[Element]],
) -> None:
    voices = said(pages["review"], "voices")
    assert "threshold = 0.7" in voices  # decided after the first approvals
    assert "dissents" in voices
    assert "nobody" in voices


def test_a_review_tells_an_approval_of_a_part_from_one_of_an_earlier_state(story: Story) -> None:
    with ans.open(story.ledger, home=story.home) as history:
        review = history.review(LOANS, "2025-07-31")
        trace = history.trace(LOANS, review.as_of)
    before, *_ = review.approvals
    part = attrs.evolve(before, approval=attrs.evolve(before.approval, about=("model:loans@2",)))

    page = read(review_to_html(attrs.evolve(review, approvals=(before, part)), trace))

    assert "1approved an earlier state" in said(page, "summary")
    assert "1approved a part of it alone" in said(page, "summary")
    assert "model:loans@2 alone" in said(page, "voices")


def test_a_page_says_by_which_policy_its_signatures_count(story: Story) -> None:
    with ans.open(story.ledger, home=story.home) as history:
        trace, policy = history.trace(LOANS), history.policy()
    assert policy is not None

    with_policy, without = (
        next(e.text for e in read(to_html(trace, policy=by)) if e.name == "header")
        for by in (policy, None)
    )

    assert f"version {policy.version}" in with_policy
    assert "a signature shows which key, not whose" in without


def test_a_review_of_another_state_than_the_trace_is_no_page(story: Story) -> None:
    with ans.open(story.ledger, home=story.home) as history:
        review = history.review(LOANS, "2025-07-31")
        trace = history.trace(LOANS, "2025-10-31")
    with pytest.raises(ExportError, match="another state"):
        review_to_html(review, trace)


def test_a_difference_has_both_answers_beside_each_other_and_what_nobody_decided(
    pages: dict[str, list[Element]],
) -> None:
    page = pages["diff"]
    changes = said(page, "changes")
    for part in (
        *("At which score do we decline?", "0.62", "0.7", "bo@bank.example", "di@bank.example"),
        *("Removed (2)", "architecture = boosted trees", "Left to its default on both sides (1)"),
    ):
        assert part in changes
    assert "Which value for shrinkage?0.10.3" in said(page, "without")
    assert "Closed" in said(page, "gaps")
    assert "expired-assumption" in said(page, "gaps")


def test_a_difference_draws_both_and_marks_what_changed(pages: dict[str, list[Element]]) -> None:
    pictures = [e for e in pages["diff"] if e.name == "svg"]
    assert [BEFORE in e.text for e in pictures] == [False, True]
    marked = [e for e in pages["diff"] if e.name == "a" and "marked" in e.classes]
    words = [(e.attributes["aria-label"] or "").split(", ")[2].split(":")[0] for e in marked]
    assert sorted(words) == ["changed"] * 4 + ["other default"] * 2 + ["removed"] * 2


def test_an_incident_keeps_then_and_since_apart(pages: dict[str, list[Element]]) -> None:
    page = pages["incident"]
    header = next(e.text for e in page if e.name == "header")
    assert "30% of applicants with thin files were declined" in header
    assert "2025-09-20 12:00:00 UTC" in header
    assert "threshold = 0.55" in said(page, "force")
    assert "threshold = 0.7" not in said(page, "force")
    assert "threshold = 0.7" in said(page, "later")
    assert "action: train without Acme's score" in said(page, "people")
    assert "Acme's scale stays as it is" in said(page, "assumed")
    actions = said(page, "actions")
    assert "officers decide on thin files" in actions
    assert "verified" in actions
    assert "overdue" in actions


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_every_record_once_and_no_link_into_nothing(
    pages: dict[str, list[Element]], name: str
) -> None:
    page = pages[name]
    ids = [e.attributes["id"] for e in page if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page:
        target = element.attributes.get("href")
        assert target is None or (target[0] == "#" and target[1:] in ids), target
        for pointer in ("data-of", "aria-labelledby", "aria-describedby"):
            for id in (element.attributes.get(pointer) or "").split():
                assert id in ids
    assert sum(e.name == "h1" for e in page) == 1
    assert all(limit in page[0].text for limit in wording.LIMITS)
    assert "complian" not in page[0].text.lower()


def test_the_commands_write_the_same_pages(
    run: Run, pages: dict[str, list[Element]], story: Story, tmp_path: Path
) -> None:
    for name, words in (
        ("review", ("review", LOANS)),
        ("diff", ("diff", BEFORE, AFTER)),
        ("incident", ("incident", story.ids["incident"])),
    ):
        place = tmp_path / f"{name}.html"
        told = run(*words, "--html", str(place))
        assert f"written to {place}" in told.text
        wanted = [e.text for e in pages[name] if e.name in ("h1", "h2", "h4", "caption")]
        made = read(place.read_text("utf-8"))
        assert [e.text for e in made if e.name in ("h1", "h2", "h4", "caption")] == wanted


def test_a_command_that_cannot_write_its_page_says_so_and_exits_2(run: Run, tmp_path: Path) -> None:
    for words in (("review", LOANS), ("diff", BEFORE, AFTER)):
        told = run(*words, "--html", str(tmp_path / "none" / "page.html"), "--json")
        assert told.status == 2
        assert told.json["error"]["code"]


def test_a_difference_of_one_deployment_at_two_times_says_which_is_when(
    run: Run, tmp_path: Path
) -> None:
    place = tmp_path / "since.html"
    run("diff", LOANS, LOANS, "--since", "2025-03-31", "--at", "2025-10-31", "--html", str(place))
    page = read(place.read_text("utf-8"))
    heading = next(e.text for e in page if e.name == "h1")
    times = [f"{LOANS} as of 2025-{day} 23:59:59 UTC" for day in ("03-31", "10-31")]
    assert heading == " to ".join(times)
    header = next(e.text for e in page if e.name == "header")
    assert all(time in header for time in times)
    assert "0.620.7" in said(page, "changes")


def test_a_difference_of_a_trace_to_itself_is_a_page_too(story: Story) -> None:
    from answerable.exporters.html import difference_to_html
    from answerable.lineage import diff

    with ans.open(story.ledger, home=story.home) as history:
        trace = history.trace(LOANS)
    page = read(difference_to_html(diff(trace, trace), trace, trace))
    assert "No decision differs." in said(page, "changes")
    assert [e for e in page if e.attributes.get("id") == "only"] == []
