"""The demo's own directory: claimed, cleared of what an earlier demo wrote, and of nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import attrs

from answerable.errors import UsageError

_MARK = ".answerable-demo.json"
_TOP = (
    *("decisions.db", "decisions.db.outcomes", "mlflow.db"),
    *("trace.json", "trace.html", "review.html"),
)
# What SQLite lays beside a database while it is open; it must never outlive its database.
_BESIDE = ("", "-wal", "-shm", "-journal")
_HINT = "name a new or an empty directory"


@attrs.frozen
class Place:
    """Where the demo writes. `kept` are the files that were there and are not the demo's."""

    folder: Path
    kept: frozenset[str] = frozenset()

    @classmethod
    def claim(cls, out: Path) -> Place:
        """Make the directory, or begin anew in that of an earlier demo.

        Raises `UsageError` if it is something else or cannot be written.
        """
        folder = out.absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / _MARK).exists():
                if any(folder.iterdir()):
                    raise UsageError(f"{out} is not empty, and no demo made it", hint=_HINT)
            else:
                _clear(folder, _written(folder))
            place = cls(folder, frozenset(_files(folder)))
            place._mark(None)
            for made in (place.files, place.home, place.models):
                made.mkdir(exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise UsageError(f"{out} is not a directory", hint=_HINT) from None
        except OSError as error:
            raise UsageError(f"cannot write in {out}: {error.strerror}", hint=_HINT) from None
        return place

    @property
    def files(self) -> Path:
        """What the steps hand to each other: data, model, reports."""
        return self.folder / "files"

    @property
    def home(self) -> Path:
        """The keys, apart from those of whoever runs the demo."""
        return self.folder / "home"

    @property
    def models(self) -> Path:
        """What MLflow keeps of its runs, where no server keeps it."""
        return self.folder / "mlflow-files"

    @property
    def ledger(self) -> str:
        """The address of the ledger."""
        return f"sqlite:///{self.folder / 'decisions.db'}"

    @property
    def mlflow(self) -> str:
        """The address of the MLflow that the demo makes."""
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    def note(self) -> None:
        """Write down which files are the demo's, so that the next one can begin anew."""
        self._mark(sorted(set(_files(self.folder)) - self.kept))

    def _mark(self, written: list[str] | None) -> None:
        mark = {"made_by": "answerable demo", "kept": sorted(self.kept), "written": written}
        (self.folder / _MARK).write_text(json.dumps(mark, indent=1) + "\n", encoding="utf-8")


def _written(folder: Path) -> set[str]:
    """What the earlier demo wrote; if it was cut short, everything it did not find there."""
    try:
        mark = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        written = mark["written"]
        if written is None:
            written = set(_files(folder)) - set(mark["kept"])
        return {str(name) for name in written}
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{folder / _MARK} is not what a demo writes", hint=_HINT) from None


def _clear(folder: Path, written: set[str]) -> None:
    inside = folder.resolve()
    names = written | {top + beside for top in _TOP for beside in _BESIDE}
    for path in (folder / name for name in names):
        if path.parent.resolve().is_relative_to(inside):
            path.unlink(missing_ok=True)
    for made in ("files", "home", "mlflow-files"):
        for emptied, _, _ in os.walk(folder / made, topdown=False):
            if not any(Path(emptied).iterdir()):
                Path(emptied).rmdir()


def _files(folder: Path) -> Iterator[str]:
    for path, _, names in os.walk(folder):
        for name in names:
            if name != _MARK:
                yield (Path(path) / name).relative_to(folder).as_posix()
