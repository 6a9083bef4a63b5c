"""The page made, and written to a file."""

from __future__ import annotations

import os

from answerable import published
from answerable.exporters.html.context import Context
from answerable.exporters.html.page import page
from answerable.lineage.trace import AccountabilityTrace


def to_html(trace: AccountabilityTrace) -> str:
    """The page. Pure: the same trace gives the same text."""
    return page(Context.of(trace))


def write(trace: AccountabilityTrace, path: str | os.PathLike[str]) -> None:
    """Write the page to `path`, whole or not at all; raises `ExportError` if it cannot be."""
    published.write(path, to_html(trace))
