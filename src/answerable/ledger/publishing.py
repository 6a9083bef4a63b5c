"""A ledger's log written as a directory of tiles, each file whole or not at all, the checkpoint last:
whoever reads meanwhile finds a log that holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from answerable import durable
from answerable.errors import ExportError, LedgerError, LedgerRolledBackError, MalformedError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint
from answerable.ledger.store import Ledger
from answerable.ledger.tiles import CHECKPOINT, HEIGHT, VKEY, WIDTH, Tile, bundle, grown


@attrs.frozen(kw_only=True)
class Published:
    """What a directory now holds, and how many files were written for it."""

    origin: str
    size: int
    root: str
    vkey: str
    written: int


def publish(
    ledger: Ledger, folder: Path, progress: Callable[[int, int], None] = lambda *_: None
) -> Published:
    """Write what is new since the directory was last published to. `progress` is told of files
    done, of how many.

    Raises `LedgerError` if the ledger does not hold, `LedgerRolledBackError` if the directory
    holds more of the log, or another history of it, `ExportError` for a directory of another log
    or one that cannot be written.
    """
    with ledger.snapshot() as still:
        tip = still.present()
        note = still.checkpoint()
        before = _published(folder, still)
        if before is not None:
            _continues(still, before, tip)
        old = 0 if before is None else before.size
        new = [*grown(old, tip.size)]
        for done, tile in enumerate(new):
            progress(done, len(new))
            _write(folder / tile.path, _content(still, tile))
        # For convenience: whoever verifies with it believes the directory about its own key.
        _write(folder / VKEY, f"{still.verifier.vkey()}\n".encode())
        _write(folder / CHECKPOINT, note)
        for tile in grown(old, tip.size):
            if tile.is_full:
                _drop_partial(folder / tile.path)
    return Published(
        origin=ledger.origin,
        size=tip.size,
        root=tip.root.hex(),
        vkey=ledger.verifier.vkey(),
        written=len(new) + 2,
    )


def _published(folder: Path, ledger: Ledger) -> Checkpoint | None:
    try:
        return ledger.verifier.open((folder / CHECKPOINT).read_bytes())
    except FileNotFoundError:
        if folder.is_dir() and any(folder.iterdir()):
            raise ExportError(
                f"{folder} is not empty, and holds no log", hint="name a directory of its own"
            ) from None
        return None
    except OSError as error:
        raise ExportError(f"cannot read {folder}: {error.strerror}") from None
    except MalformedError as error:
        raise ExportError(f"{folder} holds something else than this log: {error}") from None


def _continues(ledger: Ledger, before: Checkpoint, now: Checkpoint) -> None:
    if before.size > now.size:
        raise LedgerRolledBackError(
            f"{before.size} entries are published, and the ledger has {now.size}"
        )
    if before.size and not merkle.consistent(
        before.size,
        before.root,
        now.size,
        now.root,
        ledger.consistency(before.size, now.size),
    ):
        raise LedgerRolledBackError(
            f"the first {before.size} entries that are published are not the ledger's"
        )


def _content(ledger: Ledger, tile: Tile) -> bytes:
    start, end = tile.index * WIDTH, tile.index * WIDTH + tile.width
    if tile.level:
        return b"".join(ledger.subtree(tile.level * HEIGHT, at) for at in range(start, end))
    entries = [entry.envelope for entry in ledger.range(start, end)]
    if len(entries) != tile.width:
        raise LedgerError(f"the ledger lacks entries between {start} and {end}")
    if tile.level is None:
        return bundle(entries)
    return b"".join(merkle.leaf_hash(entry) for entry in entries)


def _write(path: Path, data: bytes) -> None:
    try:
        # As the user's own directories are: whoever serves them is often another user.
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.replace(path, data, mode=0o644)
    except OSError as error:
        raise ExportError(f"cannot write {path}: {error.strerror}") from None


def _drop_partial(full: Path) -> None:
    """Narrower copies of a tile that is full by now, which nobody needs any more."""
    folder = full.with_name(full.name + ".p")
    try:
        for path in folder.glob("*"):
            path.unlink(missing_ok=True)
        if folder.is_dir():
            folder.rmdir()
    except OSError:
        pass  # they do no harm
