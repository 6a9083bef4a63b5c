"""A fork waits until nobody is signing or writing: the child then finds every chain and every
database at rest, and no lock that a thread holds which it does not have."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class AtRest(Protocol):
    """Something that rests while a fork happens, and begins anew in the child."""

    lock: threading.RLock

    def finish(self) -> None:
        """Called with the lock, before the fork: what only the parent can do is done."""

    def begin_anew(self) -> None:
        """Called in the child, which has one thread and holds no lock."""


def watch(custodian: AtRest) -> None:
    """From now on each fork waits for it, for as long as it lives."""
    _alive.add(custodian)


_alive: weakref.WeakSet[AtRest] = weakref.WeakSet()

if hasattr(os, "register_at_fork"):
    _forking = threading.Lock()
    _resting: list[AtRest] = []

    def _rest() -> None:
        _forking.acquire()
        _resting.extend(_alive)
        for custodian in _resting:
            custodian.lock.acquire()
            custodian.finish()

    def _go_on() -> None:
        while _resting:
            _resting.pop().lock.release()
        _forking.release()

    def _begin_anew() -> None:
        global _forking  # noqa: PLW0603  # the one there is
        _resting.clear()
        # All of them: one may have been made while the fork waited for others to rest.
        for custodian in [*_alive]:
            custodian.begin_anew()
        _forking = threading.Lock()

    os.register_at_fork(before=_rest, after_in_parent=_go_on, after_in_child=_begin_anew)
