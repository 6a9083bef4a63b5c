"""OpenSSH's own FIDO token for its tests: one in software, which answers as hardware does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tests.parts.require import unavailable

PART: Final = "token"
INSTALLED: Final = Path("/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so")


def provider() -> str:
    """The library that ssh-keygen takes for a token (`SSH_SK_PROVIDER`)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for found in (INSTALLED, cache / "answerable" / "sk-dummy.so"):
        if found.exists():
            break
    else:
        unavailable(PART, "there is no sk-dummy.so; run scripts/install-token")
    return str(found)
