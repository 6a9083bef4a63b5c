"""A yes or a no to what was decided: approvals and dissents, each a record of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_args

from answerable.errors import InvalidValueError
from answerable.model import Actor, Approval, Artifact, Dissent, parse_actor, parse_digest
from answerable.model.records import Meaning
from answerable.recording import inputs, scope
from answerable.recording.opened import Opened
from answerable.values import optional, required

_O = TypeVar("_O", Approval, Dissent)


class _Opinion(Opened[_O], Generic[_O]):
    """An opinion takes no time: it is opened and closed at once."""

    def __init__(
        self,
        made: type[_O],
        name: str,
        about: tuple[str, ...],
        by: str | None,
        said: dict[str, Any],
    ) -> None:
        super().__init__(name)
        self._made: Callable[..., _O] = made
        self._said = said | {"about": about}
        if by is not None:
            self._said["decided_by"] = Actor(id=parse_actor(by))

    def _scope(self) -> scope.Scope:
        return scope.here()

    def _built(self, abandoned: str | None) -> _O:  # noqa: ARG002  # it is never under way
        return self._made(**(self._where() | self._said))


def approve(
    subject: str | Artifact,
    *,
    digest: str,
    meaning: Meaning = "approval",
    because: str | None = None,
    decided_by: str | None = None,
) -> Approval:
    """Say yes to what was presented of `subject`; `digest` (`sha256:<hex>`) binds exactly that.

    `meaning` is review, approval, responsibility or authorship. Raises `InvalidReferenceError`,
    `InvalidValueError`.
    """
    if meaning not in get_args(Meaning):
        raise InvalidValueError(
            f"no meaning of an approval: {meaning!r:.40}", hint=", ".join(get_args(Meaning))
        )
    said = {
        "meaning": meaning,
        "digest": parse_digest(digest),
        "rationale": optional(because, "the reason"),
    }
    return _keep(_Opinion(Approval, "approval", inputs.subjects(subject), decided_by, said))


def dissent(about: str | Artifact, because: str, *, decided_by: str | None = None) -> Dissent:
    """Say no, or voice a doubt, about an artifact or a record (`record:<id>`).

    Raises `InvalidReferenceError`, `InvalidValueError`, `IncompleteDecisionError`.
    """
    said = {"rationale": required(because, "the dissent")}
    return _keep(_Opinion(Dissent, "dissent", inputs.subjects(about), decided_by, said))


def _keep(opinion: _Opinion[_O]) -> _O:
    with opinion:
        pass
    return opinion.record
