"""Who answers for what, from a file in the project: `answerable.owners`, in CODEOWNERS' syntax.

    *                   role:head-of-credit-risk    # everything
    /pipelines/data/    role:head-of-data           # decided in code below that folder
    kind:vendor         role:head-of-procurement    # decisions of a kind, wherever they are made
    kind:monitor                                    # nobody: it is then unassigned

The last line that matches decides. One actor a line: several people cannot be accountable for one
thing. Paths are relative to the project's root, patterns as in gitignore(5) without `!` and `[]`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import attrs

from answerable.errors import AnswerableError, ConfigurationError
from answerable.model import parse_actor

FILE = "answerable.owners"
_KIND = "kind:"


@attrs.frozen
class Line:
    """A pattern, and who answers for what it matches; nobody, where that is None."""

    kind: str | None
    path: re.Pattern[str] | None
    owner: str | None

    def matches(self, kind: str, path: str | None) -> bool:
        """True for a decision of that kind, made in the file at that path."""
        if self.kind is not None:
            return self.kind == kind
        return path is not None and self.path is not None and bool(self.path.fullmatch(path))


@attrs.frozen
class Owners:
    """The lines of one file, in order."""

    lines: tuple[Line, ...] = ()

    def of(self, kind: str, path: str | None, otherwise: str | None) -> str | None:
        """Who answers for a decision of that kind made in that file; `otherwise`, where no line
        matches."""
        for line in reversed(self.lines):
            if line.matches(kind, path):
                return line.owner
        return otherwise


def parse(text: str) -> Owners:
    """Read the file's text; raises `ConfigurationError`, which names the line."""
    lines = []
    for number, raw in enumerate(text.splitlines(), 1):
        words = re.split(r"(?:^|\s)#", raw, maxsplit=1)[0].split()
        if not words:
            continue
        if len(words) > 2:
            raise ConfigurationError(
                f"{FILE}, line {number}: {len(words) - 1} owners", hint="one person answers for it"
            )
        try:
            owner = parse_actor(words[1]) if len(words) == 2 else None
        except AnswerableError as error:
            raise ConfigurationError(f"{FILE}, line {number}: {error.message}") from None
        pattern = words[0]
        if pattern.startswith(_KIND):
            lines.append(Line(pattern.removeprefix(_KIND), None, owner))
        else:
            lines.append(Line(None, _compiled(pattern, number), owner))
    return Owners(tuple(lines))


@lru_cache(maxsize=16)
def in_folder(folder: Path) -> Owners:
    """The owners that the project in `folder` names, as of the first time it was asked; none,
    where there is no such file. Raises `ConfigurationError`."""
    try:
        return parse((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Owners()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {folder / FILE}: {error}") from None


def _compiled(pattern: str, number: int) -> re.Pattern[str]:
    if pattern.startswith("!") or "[" in pattern:
        raise ConfigurationError(f"{FILE}, line {number}: a pattern with ! or [ is not understood")
    body = pattern.strip("/")
    # A slash anywhere but at the end ties the pattern to the root.
    anchored = "/" in pattern.rstrip("/")
    parts = [_part(part) for part in re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?)", body)]
    inside = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    # `*` alone stands for the files of a folder, not for those in folders below it.
    if body.endswith("/*"):
        inside = ""
    return re.compile(("" if anchored else "(?:.*/)?") + "".join(parts) + inside)


def _part(part: str) -> str:
    return {
        "/**/": "/(?:.*/)?",
        "**/": "(?:.*/)?",
        "/**": "/.*",
        "**": ".*",
        "*": "[^/]*",
        "?": "[^/]",
    }.get(part, re.escape(part))
