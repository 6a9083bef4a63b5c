"""The trace as one page: self-contained, asking nothing of a network, the same bytes each time."""

from answerable.exporters.html.writing import to_html, write

__all__ = ["to_html", "write"]
