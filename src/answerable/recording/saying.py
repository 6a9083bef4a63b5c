"""A record of something that is said at once: opened and closed in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from answerable.model import Actor, Record, parse_actor
from answerable.recording import scope
from answerable.recording.details import When
from answerable.recording.opened import Opened

_R = TypeVar("_R", bound=Record)


class _Saying(Opened[_R]):
    def __init__(self, made: Callable[..., _R], name: str, said: Mapping[str, Any]) -> None:
        super().__init__(name)
        self._made = made
        self._said = dict(said)

    def _scope(self) -> scope.Scope:
        return scope.here()

    def _built(self, abandoned: str | None) -> _R:  # noqa: ARG002  # it is never under way
        return self._made(**(self._where() | self._said))


def say(
    made: Callable[..., _R],
    name: str,
    *,
    by: str | None = None,
    when: When | None = None,
    **said: Any,
) -> _R:
    """Sign and keep a record of type `made` with these fields, and return it. `by` is who says
    it, where that is not whoever acts here; `when` is for what is written down late."""
    if by is not None:
        said["decided_by"] = Actor(id=parse_actor(by))
    if when is not None:
        said |= when.fields
    with _Saying(made, name, said) as saying:
        pass
    return saying.record
