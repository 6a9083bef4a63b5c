"""Pages made, and written to a file."""

from __future__ import annotations

import os

from answerable import published
from answerable.exporters.html.of_difference import difference_document
from answerable.exporters.html.of_incident import incident_document
from answerable.exporters.html.of_review import review_document
from answerable.exporters.html.of_trace import trace_document
from answerable.lineage import AccountabilityTrace, Difference, Investigation, Review
from answerable.signing import Policy


def to_html(trace: AccountabilityTrace, *, policy: Policy | None = None) -> str:
    """The page of a trace. Pure, like the others here: the same trace gives the same text.

    `policy` says who filled the roles that decided or answer (`history.policy()`).
    """
    return trace_document(trace, policy).to_html()


def review_to_html(
    review: Review, trace: AccountabilityTrace, *, policy: Policy | None = None
) -> str:
    """The page of a review: what is to be signed, who has spoken, and all of `trace`, whose review
    it is."""
    return review_document(review, trace, policy).to_html()


def difference_to_html(
    difference: Difference,
    before: AccountabilityTrace,
    after: AccountabilityTrace,
    *,
    policy: Policy | None = None,
) -> str:
    """The page of what lies between the two traces: each choice before and after, and both in full."""
    return difference_document(difference, before, after, policy).to_html()


def investigation_to_html(investigation: Investigation, *, policy: Policy | None = None) -> str:
    """The page of an incident: what was in force then, who answers, who responds, what was learned."""
    return incident_document(investigation, policy).to_html()


def write(page: AccountabilityTrace | str, path: str | os.PathLike[str]) -> None:
    """Write a page, or that of a trace, to `path`, whole or not at all; raises `ExportError` if it
    cannot be."""
    published.write(path, page if isinstance(page, str) else to_html(page))
