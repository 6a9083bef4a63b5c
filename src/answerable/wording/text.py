"""Text that shows what it is: nothing in it moves a cursor, reorders a line or hides."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from answerable.otel.attributes import to_json

# C0 and C1 controls (terminals obey some of them), line separators, bidirectional controls
# (UAX #9; they can make a line read other than it is) and lone surrogates (no UTF-8 has them).
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    """`text` with what would act instead of being read written out, e.g. `\\u202e`.

    Line feeds and tabs stay.
    """
    return _UNSEEN.sub(lambda found: _escape(found[0]), text.replace("\r\n", "\n"))


def line(text: str) -> str:
    """`visible`, on one line."""
    return " ".join(visible(text).split())


def cut(text: str, length: int, more: str = "...") -> str:
    """At most `length` characters, with `more` where something was left out."""
    return text if len(text) <= length else text[: length - len(more)].rstrip() + more


def value(value: Any) -> str:
    """What was chosen or considered: text as it is, anything else as JSON."""
    return visible(value if isinstance(value, str) else to_json(value))


def moment(time: datetime) -> str:
    """A time to the second, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
