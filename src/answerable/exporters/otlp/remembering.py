"""Which traces a receiver has, by their ids: so that each revision is sent once.

A file of lines beside the cursor. Were it lost, they would be sent again, as the same spans.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import attrs

from answerable import durable


@attrs.define
class Sent:
    """The ids in the file at `path`. Whoever uses it holds the cursor's lock."""

    path: Path
    _ids: set[str] = attrs.field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        with suppress(OSError):
            self._ids.update(self.path.read_text("ascii", "replace").split())

    def __contains__(self, trace_id: str) -> bool:
        return trace_id in self._ids

    def add(self, trace_id: str) -> None:
        """Remember it. Where that cannot be kept, it is remembered here alone."""
        self._ids.add(trace_id)
        with suppress(OSError):
            durable.make_folder(self.path.parent)
            # A line that a crash cut short is the id of nothing.
            with self.path.open("a", encoding="ascii") as file:
                file.write(f"\n{trace_id}\n")
