"""Settings: arguments, else `ANSWERABLE_*`, else `[tool.answerable]` in pyproject.toml, else
the defaults. Read once, into one frozen record."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, get_args

import attrs

from answerable import late
from answerable.errors import ConfigurationError, UsageError
from answerable.location import shown
from answerable.model import parse_actor
from answerable.privacy.disclosure import checked_fields
from answerable.values import text

OnFailure = Literal["spool", "raise"]
Durability = Literal["commit", "group"]
_NAMES = (
    *("ledger", "team", "actor", "accountable", "run"),
    *("on_failure", "durability", "spool_bytes", "strict", "stitch_to", "mlflow", "private"),
    *("timestamp_from", "timestamp_every"),
)
_ADDRESSES = {
    "stitch_to": "the base URL of OTLP over HTTP, e.g. http://localhost:4318",
    "timestamp_from": "the URL of an authority of RFC 3161, e.g. https://tsa.example.org/tsr",
}
_WORDS = {
    "on_failure": get_args(OnFailure),
    "durability": get_args(Durability),
    "strict": ("true", "false"),
}
_TRUTH: dict[Any, str] = {True: "true", False: "false", "1": "true", "0": "false"}
_READ: dict[str, Callable[[str], Any]] = {
    "strict": lambda told: told == "true",
    "spool_bytes": int,
    "timestamp_every": int,
    "private": lambda told: tuple(told.split(",")),
}
# What waits must not fill the disk on which everything else runs.
SPOOL_BYTES = 1024**3
TIMESTAMP_EVERY = 1000
_NUMBERS = {"spool_bytes": "bytes", "timestamp_every": "records"}


@attrs.frozen(kw_only=True)
class Settings:
    """What `configure` settles. `ledger` is an address that means the same in every directory;
    `folder` is the project's root; `home` holds keys, kept checkpoints, the spool, the index."""

    ledger: str = attrs.field(repr=shown)  # without the password that it may hold
    folder: Path
    home: Path
    team: str | None = None
    actor: str | None = None
    accountable: str | None = None
    run: str | None = None
    on_failure: OnFailure = "spool"
    durability: Durability = "commit"
    strict: bool = False
    spool_bytes: int = SPOOL_BYTES
    stitch_to: str | None = attrs.field(default=None, repr=False)
    mlflow: str | None = attrs.field(default=None, repr=False)
    private: tuple[str, ...] = ()
    timestamp_from: str | None = attrs.field(default=None, repr=False)
    timestamp_every: int = TIMESTAMP_EVERY


class _InForce:
    """What recording was configured with, for those who read and know nothing of recording:
    `process` everywhere, unless a context has its own."""

    process: Settings | None = None

    def __init__(self) -> None:
        self.context: ContextVar[Settings | None] = ContextVar("answerable_settings", default=None)

    def __call__(self) -> Settings | None:
        return self.context.get() or self.process


in_force = _InForce()


def settle(arguments: Mapping[str, Any], environ: Mapping[str, str], start: Path) -> Settings:
    """The settings in force for code that runs in `start`; raises `ConfigurationError`,
    `InvalidReferenceError` or `InvalidValueError`.

    Relative paths are relative to `start`, those in pyproject.toml to the folder it lies in.
    """
    folder = project_root(start)
    table = _table(folder / "pyproject.toml")
    if unknown := sorted(set(table) - set(_NAMES)):
        raise ConfigurationError(
            f"[tool.answerable] has settings that do not exist: {', '.join(unknown)}",
            hint="there are " + ", ".join(_NAMES),
        )
    surrounding = {name: environ.get(f"ANSWERABLE_{name.upper()}") for name in _NAMES}
    found: dict[str, str] = {}
    for name in _NAMES:
        for source, base in ((arguments, start), (surrounding, start), (table, folder)):
            if _is_told(source, name):
                found[name] = _said(name, source[name], base)
                break
    found.setdefault("ledger", f"sqlite:///{folder / '.answerable' / 'ledger.db'}")
    at_home = home(arguments.get("home"), environ, start)
    return Settings(folder=folder, home=at_home, **_typed(found))


def changed(base: Settings, told: Mapping[str, Any]) -> Settings:
    """`base`, but for what is told; raises as `settle`."""
    start = _working_directory()
    said = {name: _said(name, told[name], start) for name in _NAMES if _is_told(told, name)}
    at_home = _path(told["home"], start) if _is_told(told, "home") else base.home
    return attrs.evolve(base, home=at_home, **_typed(said))


def as_environment(settings: Settings) -> dict[str, str]:
    """The `ANSWERABLE_*` variables that say the same to another process."""
    found = {"HOME": str(settings.home), "STRICT": "true" if settings.strict else "false"}
    for name in _NAMES:
        if name != "strict" and (value := getattr(settings, name)) not in (None, ()):
            found[name.upper()] = ",".join(value) if isinstance(value, tuple) else str(value)
    return {f"ANSWERABLE_{name}": value for name, value in found.items()}


def here(arguments: Mapping[str, Any] | None = None) -> Settings:
    """The settings from arguments and this process's surroundings; raises as `settle`."""
    return settle(arguments or {}, os.environ, _working_directory())


def home(argument: str | os.PathLike[str] | None, environ: Mapping[str, str], start: Path) -> Path:
    """The directory of keys, kept checkpoints, spool and index."""
    if told := argument or environ.get("ANSWERABLE_HOME"):
        return _path(told, start)
    with late.importing:
        import platformdirs  # here: only needed when nothing was said

    return Path(platformdirs.user_state_dir("answerable", appauthor=False))


def project_root(start: Path) -> Path:
    """The nearest folder upwards with a pyproject.toml or a .git, else `start` itself."""
    for folder in (start, *start.parents):
        # A folder into which this process may not look is not its project.
        with contextlib.suppress(PermissionError):
            if (folder / "pyproject.toml").is_file() or (folder / ".git").exists():
                return folder
    return start


def _is_told(source: Mapping[str, Any], name: str) -> bool:
    return source.get(name) not in (None, "")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _typed(found: Mapping[str, str]) -> dict[str, Any]:
    """Settings as what they are, from the text that every source can say."""
    return {name: _READ[name](value) if name in _READ else value for name, value in found.items()}


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise ConfigurationError(
            "the working directory has been removed", hint="start in one that exists"
        ) from None


def _said(name: str, value: Any, base: Path) -> str:
    if name == "ledger" and isinstance(value, os.PathLike):
        value = os.fspath(value)
    if name == "strict" and isinstance(value, bool | str):
        value = _TRUTH.get(value, value)
    if name in _NUMBERS and type(value) is int:
        value = str(value)
    if name == "private" and isinstance(value, list | tuple) and all(map(_is_text, value)):
        value = ",".join(value)
    if not isinstance(value, str):
        raise ConfigurationError(f"the setting {name} is not text: {value!r:.40}")
    text(value, f"the setting {name}")
    if name == "private":
        return ",".join(checked_fields((n.strip() for n in value.split(",")), "private"))
    if name in ("ledger", "mlflow"):
        return _address(value, base, bare=name == "ledger")
    if name in ("actor", "accountable"):
        return parse_actor(value)
    if name in _NUMBERS and not (value.isascii() and value.isdigit() and len(value) < 19):
        hint = f"it is a number of {_NUMBERS[name]}"
        raise ConfigurationError(f"{name} is {value!r:.40}", hint=hint)
    if name == "timestamp_every" and int(value) < 1:
        raise ConfigurationError(f"{name} is {value}", hint="1 or more records")
    if name in _ADDRESSES:
        return _receiver(name, value)
    if name in _WORDS and value not in _WORDS[name]:
        words = " or ".join(f'"{word}"' for word in _WORDS[name])
        raise ConfigurationError(f"{name} is {value!r}", hint=f"it is {words}")
    return value


def _address(told: str, base: Path, *, bare: bool) -> str:
    """The address with its path made absolute: a change of directory changes nothing. A `bare` path
    is one too."""
    path = told.removeprefix("sqlite:///")
    if path == told and not bare:
        return told
    if not path.strip() or (path == told and ("://" in told or told.startswith("sqlite:"))):
        return told  # of another kind, or no address at all: opening it says what is wrong
    return f"sqlite:///{_path(path, base)}"


def _receiver(name: str, told: str) -> str:
    with late.importing:
        from answerable import urls

    try:
        return urls.base(told, _ADDRESSES[name])
    except UsageError as error:
        raise ConfigurationError(f"{name} is {error.message}", hint=error.hint) from None


def _path(told: str | os.PathLike[str], base: Path) -> Path:
    try:
        text(os.fspath(told), "a path")
        return base / Path(told).expanduser()
    except TypeError:
        raise ConfigurationError(f"not a path: {told!r:.40}") from None
    except RuntimeError as error:
        raise ConfigurationError(f"no such place: {os.fspath(told)}: {error}") from None


def _table(pyproject: Path) -> Mapping[str, Any]:
    with late.importing:
        import tomllib

    try:
        pyproject.stat()
    except PermissionError:
        return {}  # its folder is closed to this process, see `project_root`
    except (OSError, ValueError):
        pass  # said below
    try:
        with pyproject.open("rb") as file:
            tools = tomllib.load(file).get("tool", {})
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot read {pyproject}: {error}") from None
    table = tools.get("answerable", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{pyproject}: [tool.answerable] is not a table")
    return table
