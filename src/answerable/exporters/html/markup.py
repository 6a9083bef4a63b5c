"""HTML from parts: text is escaped unless it is already `Markup`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from answerable.wording import visible


class Markup(str):
    """Text that is HTML already. Only this module and static files make it."""

    __slots__ = ()


Child: TypeAlias = "Markup | str | int | Iterable[Child] | None"
Attribute: TypeAlias = str | int | float | bool | None

_VOID: Final = frozenset({"br", "hr", "input", "link", "meta"})
# No HTML document can hold these, and no JSON text either.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

EMPTY: Final = Markup()


def text(said: str | int) -> Markup:
    """Escaped, and visible: see `answerable.wording.visible`."""
    return Markup(html.escape(visible(str(said))))


def exact(said: str) -> Markup:
    """Escaped and otherwise as it is, for what is to be copied out again."""
    escaped = html.escape(_IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", said))
    return Markup(escaped.replace("\r", "&#13;"))  # bare, it would be read as a line feed


def join(*children: Child) -> Markup:
    """The children one after the other; None is nothing."""
    return Markup("".join(_flat(children)))


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """An element. `class_` is class, `aria_label` aria-label; None and False leave one out."""
    opened = f"<{name}{''.join(_attributes(attributes))}>"
    if name in _VOID:
        return Markup(opened)
    return Markup(f"{opened}{''.join(_flat(children))}</{name}>")


def _attributes(attributes: dict[str, Attribute]) -> Iterable[str]:
    for name, value in attributes.items():
        written = name.rstrip("_").replace("_", "-")
        if value is True:
            yield f" {written}"
        elif value is not None and value is not False:
            yield f' {written}="{text(_number(value))}"'


def _number(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _flat(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, Markup):
            yield child
        elif isinstance(child, str | int):
            yield text(child)
        elif child is not None:
            yield from _flat(child)
