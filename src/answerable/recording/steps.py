"""A step: a pipeline activity, the decisions made inside it, what it used and produced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, get_args

from answerable.errors import IncompleteDecisionError, InvalidValueError
from answerable.model import Artifact, Step
from answerable.model.phases import Phase
from answerable.model.records import Capture
from answerable.recording import callsite, clock, inputs, scope
from answerable.recording.details import When
from answerable.recording.opened import Opened
from answerable.recording.parameters import Parameters
from answerable.recording.wrapping import wrap
from answerable.values import required

_P = ParamSpec("_P")
_T = TypeVar("_T")
_OF_DECISIONS = (
    *("about", "assume", "choose", "consider", "consult", "dissent", "evidence", "inform"),
    *("is_made", "risk", "vote"),
)


class OpenStep(Opened[Step]):
    """A step that is running."""

    def __init__(self, made_by: step, site: callsite.Site | None = None) -> None:
        super().__init__(made_by.name, site)
        self.made_by = made_by
        self._used += made_by.used
        self._produced += made_by.produced
        self._started_at = clock.now()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # `current()` is meant for decisions, and here it has met a step.
            if name not in _OF_DECISIONS:
                raise AttributeError(f"a step has no {name}")
            raise IncompleteDecisionError(
                f"no decision is open here to call {name} on, only the step {self._name!r}",
                hint="open one with decide(…), or record one with choose(…)",
            )

    def _scope(self) -> scope.Scope:
        return scope.Scope(self, None, self)

    def _built(self, abandoned: str | None) -> Step:
        return Step(
            name=self._name,
            phase=self.made_by.phase,
            started_at=self.made_by.when.fields.get("decided_at", self._started_at),
            used=tuple(self._used),
            produced=tuple(self._produced),
            abandoned=abandoned,
            **(self._where() | self.made_by.when.fields),
        )


class step:  # noqa: N801  # it is used as a decorator and as a block, like contextlib's own
    """A pipeline activity: `@step("train")` on a function, or `with step("train") as s:`.

    Every decision made inside belongs to it. `used` and `produced` are artifacts, or
    references by name; more can be added inside with `current().used(…)`. `phase` is one of
    the phases of a system's life; without it the step's name and decisions tell. Parameters
    annotated with `Choice` are recorded at each call, as passed or as defaults nobody chose.
    `decided_at` is when it ended, for a step that is written down late.

    Functions, methods, coroutines, generators and async generators keep their signatures.
    Raises `InvalidReferenceError`, `InvalidValueError` for what cannot be recorded.
    """

    def __init__(
        self,
        name: str,
        *,
        used: inputs.ArtifactLike | Iterable[inputs.ArtifactLike] | None = None,
        produced: inputs.ArtifactLike | Iterable[inputs.ArtifactLike] | None = None,
        phase: Phase | None = None,
        decided_at: datetime | str | None = None,
        capture: Capture | None = None,
    ) -> None:
        if phase is not None and phase not in get_args(Phase):
            raise InvalidValueError(f"no phase: {phase!r:.40}", hint=", ".join(get_args(Phase)))
        self.name = required(name, "the step's name")
        self.phase = phase
        self.used: tuple[Artifact, ...] = inputs.artifacts(used)
        self.produced: tuple[Artifact, ...] = inputs.artifacts(produced)
        self.when = When.of(decided_at, capture)
        self._blocks: list[OpenStep] = []

    def __call__(self, function: Callable[_P, _T]) -> Callable[_P, _T]:
        return wrap(function, lambda site: OpenStep(self, site), Parameters.of)

    def __enter__(self) -> OpenStep:
        block = OpenStep(self).__enter__()
        self._blocks.append(block)
        return block

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        block = self._innermost()
        self._blocks.remove(block)
        block.__exit__(kind, error, traceback)

    def _innermost(self) -> OpenStep:
        """The block that ends here. Other threads and tasks may have theirs open too."""
        if not self._blocks:
            raise IncompleteDecisionError(
                f"the step {self.name!r:.80} is not open", hint="write `with` before it"
            )
        inner = scope.here().step
        while isinstance(inner, OpenStep) and inner not in self._blocks:
            inner = inner.outer.step
        return inner if isinstance(inner, OpenStep) else self._blocks[-1]
