"""Where times and ids come from: one place, so that tests can settle both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from answerable import late

_uuid7: Callable[[], object] | None = None
Clock = Callable[[], datetime]
Ids = Callable[[], str]


def unique_id() -> str:
    """A UUID of version 7, whatever a test has settled (RFC 9562 section 5.7: ordered by time
    of making)."""
    global _uuid7  # noqa: PLW0603  # once in a process
    if _uuid7 is None:
        with late.importing:  # importing the package should not wait for it
            from uuid_utils import uuid7
        _uuid7 = uuid7
    return str(_uuid7())


def _system() -> datetime:
    return datetime.now(UTC)


_clock: Clock = _system
_ids: Ids = unique_id


def now() -> datetime:
    """The present, in UTC."""
    return _clock()


def new_id() -> str:
    """An id for a record."""
    return _ids()


def is_fixed() -> bool:
    """True while a test has settled the time."""
    return _clock is not _system


@contextmanager
def using(*, clock: Clock | None = None, ids: Ids | None = None) -> Iterator[None]:
    """Take times or ids from elsewhere for a block, in every thread."""
    global _clock, _ids
    before = _clock, _ids
    _clock, _ids = clock or _clock, ids or _ids
    try:
        yield
    finally:
        _clock, _ids = before
