"""Which logs stood at an address, kept outside them.

A log that is whole is not yet the log that was there before: whoever exchanges it for one of his
own, of another name, contradicts no checkpoint. That it is another one can be told.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import attrs

from answerable import durable
from answerable.location import name_for


@attrs.frozen
class KnownAddresses:
    """The logs that this user saw at each address, under the home directory; one file a log, so
    that concurrent writers need no lock."""

    home: Path

    def saw(self, address: str, origin: str) -> None:
        """Remember it. A home that cannot be written is no error: what is not remembered is
        only not told later."""
        with contextlib.suppress(OSError):
            path = self._folder(address) / _name(origin)
            if not path.exists():
                durable.create(path, f"{origin}\n".encode())

    def others(self, address: str, origin: str) -> tuple[str, ...]:
        """The origins of the other logs that were seen there, in alphabetical order."""
        found = set()
        with contextlib.suppress(OSError):
            for path in self._folder(address).glob("*.origin"):
                told = path.read_bytes().decode(errors="replace").removesuffix("\n")
                # What somebody wrote over it since is no log that was seen.
                if path.name == _name(told):
                    found.add(told)
        return tuple(sorted(found - {origin}))

    def _folder(self, address: str) -> Path:
        return self.home / "addresses" / name_for(address)


def _name(origin: str) -> str:
    return f"{name_for(origin)}.origin"
