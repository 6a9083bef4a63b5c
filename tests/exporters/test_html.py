from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import attrs
import pytest

from answerable import wording
from answerable.errors import ExportError
from answerable.exporters.html import to_html, write
from answerable.lineage import AccountabilityTrace, Gap
from tests.exporters.html_reading import Element, by_id, read
from tests.parts.loans import AS_OF, COMMIT, SUBJECT, digest, loans, records, signed, trace_of

TRACE = loans()
PAGE = to_html(TRACE)
ELEMENTS = read(PAGE)
BY_ID = {placed.record.id: placed for placed in TRACE.placed()}


def said(element: Element) -> str:
    return " ".join(element.text.split())


def of(name: str) -> list[Element]:
    return [element for element in ELEMENTS if element.name == name]


def test_the_header_says_which_subject_as_of_when_and_whether_it_verifies() -> None:
    header = said(of("header")[0])
    for part in (SUBJECT, "2026-06-01 12:00:00 UTC", TRACE.revision, TRACE.digest, TRACE.trace_id):
        assert part in header
    assert "valid, unwitnessed" in header


def test_every_record_has_its_own_part_in_full() -> None:
    assert len(of("article")) == len(BY_ID)
    article = said(by_id(ELEMENTS, "r-d-threshold"))
    for part in (
        "threshold = 0.62",
        "At which score do we decline?",
        "False approvals below 2% on validation",
        "risk@bank.example.org (authenticated: the person's own key",
        "role:head-of-credit-risk",
        "library default; declines 9% more applicants",
        "report:fairness-by-group@7",
        "own test",
        "2026-12-31",
        digest(5),
        "first reading of applications",
        "pipeline/evaluate.py:57 in evaluate",
        COMMIT,
        "Entry in the ledger11",
        "session-1",
    ):
        assert part in article


def test_the_signed_envelope_can_be_copied_out_as_it_was_stored() -> None:
    stored = [each.text.removeprefix("\n") for each in of("pre")]
    custodies = [placed.record.custody for placed in TRACE.placed()]
    assert sorted(stored) == sorted(c.envelope.decode() for c in custodies if c is not None)


def test_records_stand_under_their_phases_in_order() -> None:
    heads = [element.text for element in of("h3") if "missed" not in element.classes]
    assert heads == ["requirements", "data", "training", "evaluation", "approval", "deployment"]


def test_every_gap_is_listed_with_its_code_and_a_link_to_its_record() -> None:
    section = by_id(ELEMENTS, "gaps")
    for number, gap in enumerate(TRACE.gaps, 1):
        item = by_id(ELEMENTS, f"g-{number}")
        assert wording.line(gap.message) in item.text
        assert gap.code in section.text
        assert gap.record is not None
        assert wording.title(BY_ID[gap.record].record)[:60] in item.text


def test_a_gap_is_shown_at_its_record_too() -> None:
    assert "default: Nobody took the hyperparameter" in said(by_id(ELEMENTS, "r-d-default"))


def test_gaps_of_the_whole_are_in_the_summary_and_in_the_picture() -> None:
    whole = Gap(code="unapproved", message="Nobody has approved it.")
    found = read(to_html(attrs.evolve(TRACE, gaps=(whole,))))
    assert "Nobody has approved it." in by_id(found, "summary").text
    assert "the whole" in by_id(found, "g-picture").text


def test_the_design_choices_are_those_in_force_with_reasons_and_assumptions() -> None:
    section = said(by_id(ELEMENTS, "design"))
    assert "threshold = 0.62" in section
    assert "threshold = 0.5" not in section
    assert "the applicant mix stays as in 1990 (review by 2026-03-31)" in section
    assert "none: a default that nobody chose" in section
    assert "Supports" in section


def test_nothing_is_called_compliant() -> None:
    assert "complian" not in PAGE.lower()


def test_history_and_opinions_are_marked_as_what_they_are() -> None:
    old = by_id(ELEMENTS, "r-d-threshold-old")
    assert "history" in old.classes
    assert "history, replaced by threshold = 0.62" in said(old)
    assert "another state of this, not what is shown here" in said(by_id(ELEMENTS, "r-x-approval"))
    assert "never tested on our own applicants" in said(by_id(ELEMENTS, "r-x-dissent"))


def test_a_record_that_does_not_verify_says_so_in_the_summary_and_at_its_place() -> None:
    broken = signed(records()[1], 0, fault="another key signed it")
    found = read(to_html(trace_of([broken], f"record:{broken.id}")))
    assert "Not verified (1)" in by_id(found, "summary").text
    assert "does not verify: another key signed it" in by_id(found, f"r-{broken.id}").text


def test_the_footer_says_what_logging_cannot_do() -> None:
    footer = of("footer")[0].text
    assert "who, when and unaltered; not that" in footer
    assert all(limit in footer for limit in wording.LIMITS)


def test_every_link_leads_to_something_on_the_page() -> None:
    ids = [element.attributes["id"] for element in ELEMENTS if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for link in of("a"):
        target = link.attributes["href"]
        assert target is not None
        assert target[0] == "#"
        assert target[1:] in ids
    for element in ELEMENTS:
        for name in ("aria-labelledby", "aria-describedby"):
            if name in element.attributes:
                assert element.attributes[name] in ids


def test_landmarks_and_headings_can_be_walked_without_seeing_the_page() -> None:
    assert [len(of(name)) for name in ("header", "nav", "main", "footer", "h1")] == [1, 1, 1, 1, 1]
    assert of("html")[0].attributes["lang"] == "en"
    levels = [int(e.name[1]) for e in ELEMENTS if e.name in ("h1", "h2", "h3", "h4")]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert all("aria-label" in e.attributes or "aria-labelledby" in e.attributes for e in of("nav"))
    first = next(element for element in of("a"))
    assert "skip" in first.classes
    for table in of("table"):
        inside = ELEMENTS[ELEMENTS.index(table) + 1]
        assert inside.name == "caption"
        assert inside.text


def test_the_picture_has_a_link_for_each_record_and_a_name_for_each_link() -> None:
    nodes = [e for e in of("a") if "data-node" in e.attributes]
    assert len(nodes) == len(BY_ID)
    assert all(node.attributes["aria-label"] for node in nodes)
    picture = by_id(ELEMENTS, "g-picture")
    assert picture.attributes["aria-labelledby"] == "g-picture-title"


def test_arrows_that_cross_teams_stand_out() -> None:
    edges = [e for e in of("path") if "edge" in e.classes]
    number = {
        (e.attributes["href"] or "")[3:]: e.attributes["data-node"]
        for e in of("a")
        if "data-node" in e.attributes
    }
    crossing = {e.attributes["data-ends"] for e in edges if "cross" in e.classes}
    assert f"{number['s-data']} {number['s-train']}" in crossing
    same = f"{number['d-threshold-old']} {number['d-threshold']}"
    assert same not in crossing
    assert same in {e.attributes["data-ends"] for e in edges}


def test_a_trace_of_hundreds_is_drawn_folded_and_told_in_full() -> None:
    default = BY_ID["d-default"]
    many = tuple(
        attrs.evolve(default, parent=None, record=attrs.evolve(default.record, id=f"many-{n}"))
        for n in range(400)
    )
    found = read(to_html(attrs.evolve(TRACE, records=many, steps=(), gaps=())))
    assert sum("data-node" in element.attributes for element in found) == 1
    assert sum(element.name == "article" for element in found) == 400


def test_an_empty_trace_is_a_page_too() -> None:
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
    text = " ".join(element.text for element in read(to_html(empty)) if element.name == "main")
    assert "No decision is in force." in text
    assert "Nothing is missing that this program looks for." in text


def test_the_same_trace_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "from tests.parts.loans import loans; from answerable.exporters.html import to_html;"
        "import hashlib; print(hashlib.sha256(to_html(loans()).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_a_file_is_written_whole_over_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "trace.html"
    path.write_text("older")
    write(TRACE, path)
    assert path.read_text("utf-8") == PAGE
    assert [each.name for each in tmp_path.iterdir()] == ["trace.html"]


def test_a_place_that_cannot_be_written_is_one_typed_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot write"):
        write(TRACE, tmp_path / "none" / "trace.html")
    with pytest.raises(ExportError, match="cannot write"):
        write(TRACE, tmp_path)
    assert list(tmp_path.iterdir()) == []
