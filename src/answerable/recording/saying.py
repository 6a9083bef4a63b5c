"""A record of something that is said at once: opened and closed in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from answerable.model import Actor, Record, parse_actor
from answerable.privacy.disclosure import checked_fields
from answerable.recording import inputs, scope
from answerable.recording.details import Private, When
from answerable.recording.opened import Opened

_R = TypeVar("_R", bound=Record)


class _Saying(Opened[_R]):
    def __init__(
        self, made: type[_R], name: str, said: Mapping[str, Any], private: tuple[str, ...]
    ) -> None:
        super().__init__(name)
        self._made = made
        self._said = dict(said)
        self._private = private

    def _scope(self) -> scope.Scope:
        return scope.here()

    def _built(self, abandoned: str | None) -> _R:  # noqa: ARG002  # it is never under way
        return self._withheld(self._made(**(self._where() | self._said)), self._private)


def say(
    made: type[_R],
    name: str,
    *,
    by: str | None = None,
    when: When | None = None,
    private: Private = None,
    **said: Any,
) -> _R:
    """Sign and keep a record of type `made` with these fields, and return it. `by` is who says
    it, where that is not whoever acts here; `when` is for what is written down late; `private` names
    the fields that it withholds."""
    withheld = checked_fields(inputs.several(private, (str,), "private="), "private=", made)
    if by is not None:
        said["decided_by"] = Actor(id=parse_actor(by))
    if when is not None:
        said |= when.fields
    with _Saying(made, name, said, withheld) as saying:
        pass
    return saying.record
