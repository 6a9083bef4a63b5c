"""Imports that wait until they are needed, so that a fork never falls into the middle of one.

A module that is being imported has a lock. A child that is forked meanwhile by another thread has
that lock too, held by a thread which it does not have, and would wait for ever at its own import.
So every import inside a function stands under `importing`, and a fork waits for that.

    with late.importing:
        import uuid_utils

What is imported by a module's own first lines needs nothing: it is part of such an import.
docs/adr/0024-imports-that-wait.md says more.
"""

from __future__ import annotations

# First of all: a fork takes `logging`'s lock too, and takes last what was registered first. Were
# ours registered before, it would hold that while it waits for a thread whose import asks for a
# logger.
import logging  # noqa: F401
import os
import threading

importing = threading.RLock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=importing.acquire,
        after_in_parent=importing.release,
        after_in_child=importing.release,
    )
