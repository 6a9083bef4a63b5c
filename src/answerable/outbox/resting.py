"""A fork finds what works in the background at rest.

A child has only the thread that forked. What another thread held at that moment (a module that it
was importing, a lock inside SQLite) the child would wait for, for ever. So a fork waits until
nothing is busy; waiting for a receiver is not being busy.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Reentrant: what is busy may fork itself.
_working = threading.RLock()


@contextmanager
def busy() -> Iterator[None]:
    """No fork happens during this block. Around imports, databases and computing; not around a
    network, for which nobody should wait."""
    with _working:
        yield


if hasattr(os, "register_at_fork"):

    def _rest() -> None:
        _working.acquire()

    def _go_on() -> None:
        _working.release()

    def _begin_anew() -> None:
        global _working  # noqa: PLW0603  # the one there is
        _working = threading.RLock()

    os.register_at_fork(before=_rest, after_in_parent=_go_on, after_in_child=_begin_anew)
