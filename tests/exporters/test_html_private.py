"""A page is handed on: it never says what a private field says, and says that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import answerable as ans
from answerable.exporters import html
from answerable.lineage import diff

SUBJECT = "deployment:prod/private"
REASON = "an illness of the applicant"
PRIVATE = ("considered", "rationale")


def pages(history: ans.History, incident: str) -> dict[str, str]:
    trace = history.trace(SUBJECT)
    return {
        "trace": html.to_html(trace),
        "review": html.review_to_html(history.review(SUBJECT, trace.as_of), trace),
        "diff": html.difference_to_html(diff(trace, trace), trace, trace),
        "incident": html.investigation_to_html(history.investigate(incident)),
    }


@pytest.mark.parametrize("disclose", [False, True])
def test_no_page_says_what_is_private_whoever_makes_it(tmp_path: Path, disclose: bool) -> None:
    place = tmp_path / "decisions.db"
    ans.configure(ledger=f"sqlite:///{place}", accountable="role:head", team="risk")
    with ans.step("deploy", produced=[SUBJECT]), ans.decide("threshold", private=PRIVATE) as d:
        d.consider(0.5, because=REASON)
        d.choose(0.62, because=REASON)
    wrong = ans.incident(SUBJECT, "it declined too many")
    ans.shutdown()

    with ans.open(f"sqlite:///{place}", disclose=disclose) as history:
        made = pages(history, wrong.id)
        assert (REASON in str(history.get(d.id))) is disclose
    for name, page in made.items():
        assert REASON not in page, name
        assert "illness" not in page, name
        for field in PRIVATE:
            assert f"{field}: withheld (sha256:" in page, name

    ans.erase(d.record, "rationale", "asked for")
    ans.shutdown()
    with ans.open(f"sqlite:///{place}", disclose=disclose) as history:
        assert "rationale: erased on 20" in pages(history, wrong.id)["trace"]
