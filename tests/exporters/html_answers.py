"""The story's year as pages: the trace, the review, the difference, the incident."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import answerable as ans
from answerable.exporters import html
from answerable.lineage import diff
from tests.scenario.story import Story, tell
from tests.scenario.telling import LOANS

BEFORE, AFTER = "model:loans@1", "model:loans@2"
PAGES: Final = ("trace", "review", "diff", "incident")


def write_all(folder: Path) -> Story:
    """Tell the story, and write each of its pages as `<name>.html`."""
    story = tell(folder)
    with ans.open(story.ledger, home=story.home) as history:
        review = history.review(LOANS)
        trace = history.trace(LOANS, review.as_of)
        one, other = history.trace(BEFORE, review.as_of), history.trace(AFTER, review.as_of)
        made = {
            "trace": html.to_html(trace),
            "review": html.review_to_html(review, trace),
            "diff": html.difference_to_html(diff(one, other), one, other),
            "incident": html.investigation_to_html(history.investigate(story.ids["incident"])),
        }
    for name, page in made.items():
        html.write(page, folder / f"{name}.html")
    return story
