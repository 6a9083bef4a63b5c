"""Disclosures beside a ledger, each under its digest: in a database of their own, so that one can be
erased while the log stays what it is.

They are written before the record that withholds them is signed. A crash in between leaves a
disclosure that no record needs, and never a record whose disclosure is lost.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from answerable import durable
from answerable.errors import CustodyError, LedgerError
from answerable.location import SQLiteFile, locate, name_for, stable
from answerable.privacy.disclosure import digest
from answerable.stores.beside import Place, Store, opened, opened_if_there

_TABLE: Final = "disclosures"
_TABLES: Final = (f"{_TABLE} (digest TEXT PRIMARY KEY, disclosure BLOB NOT NULL)",)
_WHAT: Final = "what is private"
_PUT: Final = "INSERT INTO disclosures VALUES (?, ?) ON CONFLICT DO NOTHING"
# As bytes, whatever was stored: text that is not UTF-8 could not be fetched, and not reported.
_ALL: Final = "SELECT digest, CAST(disclosure AS BLOB) FROM disclosures"
_SOME: Final = 500


class Disclosures:
    """Those of the ledger at an address: `<ledger>.private` beside a file, a schema beside that of one in
    PostgreSQL; and a file under the home directory, while that place cannot be written.

    With `held`, what was opened to read stays open until `close`. Safe to share between threads.
    """

    def __init__(self, ledger: str, home: Path, *, held: bool = False) -> None:
        self._ledger = ledger
        self._home = home
        self._held = held
        self._open: dict[Place, Store] = {}
        self._lock = threading.Lock()

    def keep(self, disclosures: Iterable[bytes]) -> None:
        """Write them durably; raises `CustodyError` where that can be done nowhere. What waited under
        the home directory goes to the ledger's own place with them."""
        rows = [(digest(each), each) for each in disclosures]
        failed: Exception | None = None
        for place in self._places():
            try:
                if place == self._at_home:
                    durable.make_folder(self._at_home.parent)
                with self._writing(place, "rwc") as store, store.changing():
                    store.many(_PUT, rows)
                if place != self._at_home:
                    self._move(place)
                if not self._seen.exists():
                    durable.make_folder(self._seen.parent)
                    durable.create(self._seen, b"")
                return
            except (LedgerError, OSError) as error:
                failed = error
        raise CustodyError(
            f"what is private could be kept nowhere: {failed}",
            hint="nothing was recorded: free space, or set ANSWERABLE_HOME elsewhere",
        )

    def get(self, name: str) -> bytes | None:
        """The disclosure with that digest, as it is stored; raises `LedgerError`."""
        return self.all_of([name]).get(name)

    def all_of(self, names: Collection[str]) -> dict[str, bytes]:
        """Those of the disclosures with these digests that are there; raises `LedgerError`."""
        with self._lock:
            again = bool(self._open)  # connections that nobody uses are cut by servers
            try:
                return self._found(names)
            except LedgerError:
                self._let_go()
                if not again:
                    raise
                return self._found(names)

    def _found(self, names: Collection[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for place in self._places():
            missing = [name for name in names if name not in found]
            if missing:
                with self._reading(place) as store:
                    found |= {} if store is None else _read(store, missing)
        return found

    def forget(self, name: str) -> bool:
        """Delete the disclosure with that digest, and what the database would leave of it; True if
        there was one. Raises `LedgerError`."""
        found = False
        for place in self._places():
            store = opened_if_there(place, _WHAT, _TABLE, mode="rw", wal=False)
            if store is not None:
                with contextlib.closing(store):
                    with store.changing() as run:
                        found = run("DELETE FROM disclosures WHERE digest = ?", name) > 0 or found
                    store.sweep(_TABLE)
        return found

    def are_expected(self) -> bool:
        """True where this user has kept some, or there are some: what is missing then was removed.
        Raises `LedgerError`."""
        if self._seen.exists():
            return True
        for place in self._places():
            with self._lock, self._reading(place) as store:
                if store is not None:
                    return True
        return False

    def close(self) -> None:
        """Let go of what was held."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _move(self, place: Place) -> None:
        """What waits at home goes there."""
        if not self._at_home.exists():
            return
        with self._writing(self._at_home, "rw") as waiting:
            rows = waiting.rows(_ALL)
            if rows:
                with self._writing(place, "rwc") as store, store.changing():
                    store.many(_PUT, rows)
                with waiting.changing():
                    waiting.many("DELETE FROM disclosures WHERE digest = ?", [r[:1] for r in rows])

    @contextlib.contextmanager
    def _writing(self, place: Place, mode: str) -> Iterator[Store]:
        store = opened(place, _WHAT, _TABLES, mode=mode, wal=False)
        with contextlib.closing(store):
            yield store

    @contextlib.contextmanager
    def _reading(self, place: Place) -> Iterator[Store | None]:
        store = self._open.get(place)
        if store is None and (not isinstance(place, Path) or place.exists()):
            store = opened(place, _WHAT, (), mode="ro", wal=False)
            if self._held:
                self._open[place] = store
        try:
            yield store if store is not None and store.has(_TABLE) else None
        finally:
            if store is not None and not self._held:
                store.close()

    @property
    def _at_home(self) -> Path:
        name = name_for(stable(self._ledger))
        return self._home / "private" / f"{name}.db"

    @property
    def _seen(self) -> Path:
        return self._at_home.with_suffix(".kept")

    def _places(self) -> list[Place]:
        location = locate(self._ledger)
        if not isinstance(location, SQLiteFile):
            return [location, self._at_home]
        path = location.path
        return [path.with_name(f"{path.name}.private"), self._at_home]


def _read(store: Store, names: Collection[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    asked = list(names)
    for start in range(0, len(asked), _SOME):
        some = asked[start : start + _SOME]
        sql = f"{_ALL} WHERE digest IN ({', '.join('?' * len(some))})"
        found |= {str(name): bytes(told) for name, told in store.rows(sql, *some)}
    return found
