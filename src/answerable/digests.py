"""SHA-256 digests of what pipelines handle, the same in every process and on every machine.

- bytes and files: of the bytes themselves (what `sha256sum` prints)
- text: of its UTF-8
- directories: of the lines that `sha256sum` prints for the files in them, named relative to the
  directory, sorted by name; links count as what they lead to; empty directories do not count, nor
  do links to nowhere, pipes and devices
- a model that MLflow saved, logged or registered: of its directory, without the file
  `registered_model_meta` that MLflow adds to what it downloads of a registered version
- arrays: of a header (dtype, shape) and the little-endian, C-ordered bytes
- data frames: of a header (rows, column names and dtypes, and the names of the index and of the
  columns' own axis, where they have any) and of each column, index first
- anything else that is plain JSON: of its canonical form (RFC 8785)
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from answerable import models
from answerable.canonical import value_digest
from answerable.errors import InvalidReferenceError, InvalidValueError
from answerable.values import plain

SCHEMA_COLUMNS = 64
_CHUNK = 1 << 20
# What marks a directory as a model of MLflow's, and what is no part of it.
_MODEL = b"MLmodel"
_ADDED_TO_MODEL = b"registered_model_meta"


def of_path(path: str | os.PathLike[str]) -> str:
    """The digest of a file (streamed) or a directory; raises `InvalidReferenceError`, also where
    a part of a directory cannot be read: a digest leaves nothing out."""
    try:
        if not os.fspath(path):  # it would be the working directory, which nobody meant
            raise ValueError("it is empty")
        place = Path(path)
        if not place.is_dir():
            return "sha256:" + _file(place).hex()
        files = {os.fsencode(p.relative_to(place).as_posix()): p for p in _files(place)}
        if _MODEL in files:
            files.pop(_ADDED_TO_MODEL, None)
        lines = (_line(name, _file(file)) for name, file in sorted(files.items()))
        return _digest(lines)
    except OSError as error:
        raise InvalidReferenceError(
            f"cannot read {error.filename or path} for its digest: {error.strerror or error}"
        ) from None
    except (ValueError, TypeError) as error:  # a NUL in the name; no name at all
        raise InvalidReferenceError(f"not a path: {path!r:.80}: {error}") from None


def of_data(data: Any) -> str:
    """The digest of a value in memory, or of the files of a model that MLflow has, which are
    downloaded for it; raises `InvalidValueError` if it has no stable form, and
    `InvalidReferenceError` where MLflow does not give the files."""
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError:
            raise InvalidValueError("the text holds a character that is not text") from None
    if isinstance(data, memoryview) and not data.c_contiguous:
        data = data.tobytes()
    if isinstance(data, bytes | bytearray | memoryview):
        return _digest([data])
    if is_frame(data):
        return _digest(_frame(data))
    if is_array(data):
        return _digest(_array(data))
    if (uri := models.uri_of(data)) is not None:
        with models.files_at(uri) as folder:
            return of_path(folder)
    try:
        return value_digest(_json(data))
    except RecursionError:
        raise InvalidValueError("a value nested too deep, or inside itself") from None


def is_frame(data: Any) -> bool:
    """True for a pandas DataFrame or Series."""
    return _of(data, "pandas") and hasattr(data, "iloc") and hasattr(data, "index")


def is_array(data: Any) -> bool:
    """True for a numpy array of at least one dimension."""
    return _of(data, "numpy") and getattr(data, "ndim", 0) > 0


def schema(data: Any) -> list[list[Any]]:
    """What is in a data frame or an array: the name and dtype of each column, of an array its
    dtype under no name. Of a frame with more than 64 columns, the first 64."""
    if not is_frame(data):
        return [[None, str(data.dtype)]]
    columns = _columns(data, SCHEMA_COLUMNS)
    names = [_label(column.name) for column in columns]
    short = [n[:80] if isinstance(n, str) else n for n in names]
    return [[name, str(c.dtype)] for name, c in zip(short, columns, strict=True)]


def _of(data: Any, library: str) -> bool:
    return type(data).__module__.partition(".")[0] == library


def _json(data: Any) -> Any:
    """As `plain`, but without its limits of length: only the digest is kept."""
    if isinstance(data, str):
        return str.__str__(data)
    if isinstance(data, Mapping) and all(isinstance(key, str) for key in data):
        return {_json(key): _json(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_json(value) for value in data]
    return plain(data)


def _digest(parts: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return "sha256:" + digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Every file below, through links too. Raises `OSError` where it may not look, and where
    links lead round in a circle: `rglob` passes over both in silence."""
    ahead: list[tuple[Path, frozenset[tuple[int, int]]]] = [(folder, frozenset())]
    while ahead:
        here, around = ahead.pop()
        found = here.stat()
        if (found.st_dev, found.st_ino) in around:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(here))
        around |= {(found.st_dev, found.st_ino)}
        for place in here.iterdir():
            try:
                mode = place.stat().st_mode
            except FileNotFoundError:  # a link to nowhere
                continue
            if stat.S_ISDIR(mode):
                ahead.append((place, around))
            elif stat.S_ISREG(mode):
                yield place


def _file(path: Path) -> bytes:
    digest = hashlib.sha256()
    # Before it is opened: a pipe would wait for its writer.
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("neither a file nor a directory")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


def _line(name: bytes, digest: bytes) -> bytes:
    # As `sha256sum` does it: else a name with a line end could pass for two files.
    escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    mark = b"" if escaped == name else b"\\"
    return mark + digest.hex().encode() + b"  " + escaped + b"\n"


def _frame(frame: Any) -> Iterator[Any]:
    columns = _columns(frame)
    header = [[_label(c.name), str(c.dtype)] for c in columns]
    index = frame.index
    # Only where there are any: a frame without has the digest that it always had.
    named = {"index": _names(index), "axis": _names(frame.columns) if frame.ndim > 1 else None}
    yield _header({"rows": len(frame), "columns": header} | {k: v for k, v in named.items() if v})
    for level in range(index.nlevels):
        yield from _array(index.get_level_values(level).to_numpy())
    for column in columns:
        yield from _array(column.to_numpy())


def _array(array: Any) -> Iterator[Any]:
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "O":
        yield _header({"dtype": "object", "shape": list(array.shape)})
        yield from map(_cell, array.ravel())
        return
    # What is longer than a double differs between machines, and has undefined bytes in it.
    long = {"f": 8, "c": 16}.get(kind, size) < size
    if kind not in "biufcSUmM" or long or hasattr(array, "mask"):
        raise InvalidValueError(f"a {type(array).__name__} of {array.dtype} has no stable digest")
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    yield _header({"dtype": little.dtype.str, "shape": list(array.shape)})
    # A view, so that a large array is not copied.
    yield little.reshape(-1).view("u1") if little.nbytes else b""


def _cell(value: Any) -> bytes:
    """One object of a column: its JSON after its length; nothing if it is missing."""
    missing = (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float) and math.isnan(value))
    )
    text = b"" if missing else json.dumps(_json(value), sort_keys=True).encode()
    return len(text).to_bytes(8, "big") + text


def _header(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return len(text).to_bytes(8, "big") + text


def _columns(frame: Any, most: int | None = None) -> list[Any]:
    if frame.ndim == 1:
        return [frame]
    return [frame.iloc[:, i] for i in range(frame.shape[1])[:most]]


def _names(axis: Any) -> list[Any] | None:
    return None if all(name is None for name in axis.names) else [_label(n) for n in axis.names]


def _label(name: Any) -> Any:
    try:
        return plain(name)
    except InvalidValueError:
        return str(name)
