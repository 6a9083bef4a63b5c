"""The environment's variables as recording asks for them: at every call, and mostly in vain.

What the environment keeps says that a name is not there at a tenth of the price of asking it, which
raises and catches to say so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

_ENVIRON = os.environ
_KEPT: Mapping[Any, Any] | None = vars(os.environ).get("_data")
_key = cache(os.environ.encodekey)


def told(name: str) -> str | None:
    """What the environment says by that name, as of now; None where it does not."""
    if _KEPT is not None and os.environ is _ENVIRON and _key(name) not in _KEPT:
        return None
    return os.environ.get(name)
