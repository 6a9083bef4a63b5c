"""Where a ledger is: its address, taken apart, and as it may be shown.

An address may hold a password. Nothing but the connection itself is given that: messages, records,
receipts and the names of files have `shown`.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from answerable.errors import ConfigurationError

_HINT = "write sqlite:///decisions.db"


@attrs.frozen
class SQLiteFile:
    """A file, by its absolute path."""

    path: Path

    @property
    def shown(self) -> str:
        """As messages name it."""
        return str(self.path)

    @property
    def stable(self) -> str:
        """What stays the same however the address is spelt: a link has no name of its own."""
        return str(self.path.resolve())


def locate(uri: str) -> SQLiteFile:
    """What an address names; raises `ConfigurationError`, never with a password in it."""
    named = uri.removeprefix("sqlite:///")
    if not named.strip() or "\x00" in uri or (uri == named and uri.startswith("sqlite:")):
        raise ConfigurationError(f"not a ledger address: {uri!r}", hint=_HINT)
    if uri == named and "://" in uri:
        kind = uri.partition(":")[0]
        raise ConfigurationError(f"no ledger of this kind: {kind}://…", hint=_HINT)
    return SQLiteFile(Path(named).absolute())


def shown(uri: str) -> str:
    """The address without what is secret in it; that of a file as it is."""
    return uri


def stable(uri: str) -> str:
    """The name under which what belongs to the ledger at that address is kept."""
    return uri
