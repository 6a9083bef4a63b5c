"""Answers as pages: each one file, asking nothing of a network, the same bytes each time."""

from answerable.exporters.html.writing import (
    difference_to_html,
    investigation_to_html,
    review_to_html,
    to_html,
    write,
)

__all__ = [
    "difference_to_html",
    "investigation_to_html",
    "review_to_html",
    "to_html",
    "write",
]
