"""What an open step and an open decision share: a place in the scope, a live span, and one
record that is kept when the block ends, however it ends."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from contextvars import Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from answerable import late
from answerable.errors import IncompleteDecisionError
from answerable.model import Artifact, Record
from answerable.privacy.disclosure import withhold
from answerable.recording import callsite, clock, handing, inputs, process, scope
from answerable.recording.chosen import MOST, Chosen
from answerable.recording.receipt import Receipt
from answerable.recording.runs import current_run

if TYPE_CHECKING:
    from answerable.otel.live import Live
    from answerable.recording.kept import Kept

_R = TypeVar("_R", bound=Record)
_F = TypeVar("_F")


class Opened(ABC, Generic[_R]):
    """Something that is under way."""

    def __init__(self, name: str, site: callsite.Site | None = None) -> None:
        self.id = clock.new_id()
        self._finished: _R | None = None
        self._in_custody: Kept[_R] | None = None
        self._name = name
        self._site = site or callsite.of_caller()
        self._used: list[Artifact] = []
        self._produced: list[Artifact] = []
        # What stood around it, and what was chosen directly in it.
        self.outer = scope.NOTHING
        self.chosen: deque[Chosen] = deque(maxlen=MOST)
        self._token: Token[scope.Scope] | None = None
        self._live: Live | None = None
        self._disclosures: tuple[bytes, ...] = ()
        self._is_open = False

    @property
    def record(self) -> _R:
        """What was signed and kept; raises `IncompleteDecisionError` before that."""
        if self._in_custody is not None:
            return self._in_custody.record
        return self._once_kept(self._finished)

    @property
    def receipt(self) -> Receipt:
        """Where it is kept; raises `IncompleteDecisionError` before that, and while
        `ANSWERABLE_DISABLED` keeps nothing."""
        return self._once_kept(self._in_custody).receipt

    def used(self, *artifacts: inputs.ArtifactLike) -> None:
        """What it rests on: artifacts, or references by name."""
        self._require_open()
        self._used += inputs.artifacts(artifacts)

    def produced(self, *artifacts: inputs.ArtifactLike) -> None:
        """What it brought about: artifacts, or references by name."""
        self._require_open()
        self._produced += inputs.artifacts(artifacts)

    def __enter__(self) -> Self:
        if self._token is not None:
            raise IncompleteDecisionError(
                f"{self._name} has been open before", hint="make a new one for each block"
            )
        self._pid = os.getpid()
        self._disabled = process.is_disabled()
        self.outer = scope.here()
        if not self._disabled:
            custodian = process.custodian()
            custodian.prepare()
            if self.outer == scope.NOTHING:
                self.outer = handing.begun_in(custodian.settings)
        if not self._disabled:
            # Not at the top: recording begins with the first block, and only then is this needed.
            with late.importing:
                from answerable.otel.live import start
            inside = self.outer.innermost
            within = inside._live if inside is not None else None
            self._live = start(self._name, within)
        self._token = scope.enter(self._scope())
        self._is_open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._token is not None
        self._is_open = False
        is_here = scope.leave(self._token)
        innermost: object = scope.here().innermost
        if not is_here and innermost is self:
            scope.enter(self.outer)  # a copy of the block's own context
        if self._live is not None:
            self._live.leave(is_here=is_here)
        if self._pid != os.getpid():
            return  # forked inside the block, which is for the parent to record
        if error is not None and self._is_void(error):
            if self._live is not None:
                self._live.end(error=type(error).__qualname__)
            return
        try:
            self._keep(None if error is None else type(error).__qualname__)
        except Exception as own:
            if error is None:
                raise
            # The pipeline's own exception is the one to see.
            error.add_note(f"answerable could not record what was abandoned: {own}")

    def _keep(self, abandoned: str | None) -> None:
        try:
            self._custodian = process.custodian()
            record = self._built(abandoned)
            if not self._disabled:
                self._secured()
                self._in_custody = self._custodian.keep(record)
                if self._live is not None and self._live.span.is_recording():
                    record = self._in_custody.record  # what the span says is signed first
            self._finished = record
        except BaseException as error:
            if self._live is not None:
                self._live.end(error=type(error).__qualname__)
            raise
        if self._live is not None:
            self._live.end_with(record, error=abandoned)
        if not self._disabled:
            self._kept(record)

    @abstractmethod
    def _scope(self) -> scope.Scope:
        """What is open inside the block."""

    def _is_void(self, error: BaseException) -> bool:  # noqa: ARG002  # a step is never void
        """True if what ended the block leaves nothing to record."""
        return False

    @abstractmethod
    def _built(self, abandoned: str | None) -> _R:
        """The record to sign; `abandoned` is the type of the exception that ended the block."""

    def _withheld(self, made: _R, private: Iterable[str]) -> _R:
        """The record without its private fields: those named, and those of the settings."""
        fields = dict.fromkeys((*private, *self._custodian.settings.private))
        if fields:
            made, self._disclosures = withhold(made, fields)
        return made

    def _secured(self) -> None:
        """Called before the record is signed: what it names, and does not hold, is kept."""
        if self._disclosures:
            with late.importing:
                from answerable.privacy.store import Disclosures  # here: it loads a database

            settings = self._custodian.settings
            Disclosures(settings.ledger, settings.home).keep(self._disclosures)

    def _kept(self, record: _R) -> None:
        """Called once, after the record has been kept and its span has ended."""

    def _once_kept(self, found: _F | None) -> _F:
        if found is None:
            raise IncompleteDecisionError(
                f"{self._name} has not been kept", hint="ask when its block has ended"
            )
        return found

    def _require_open(self) -> None:
        if not self._is_open:
            raise IncompleteDecisionError(
                f"{self._name} is not open", hint="call this inside its with block"
            )

    def _where(self) -> dict[str, Any]:
        """The fields that say when, where and in what a record was made."""
        custodian, now, outer = self._custodian, clock.now(), self.outer
        settings = custodian.settings
        return {
            "id": self.id,
            "decided_at": now,
            "recorded_at": now,
            "decided_by": custodian.principal,
            "team": settings.team,
            "step": outer.step.id if outer.step else None,
            "within": outer.decision.id if outer.decision else None,
            "run": current_run(settings.run),
            "trace_id": self._live.trace_id if self._live else None,
            "span_id": self._live.span_id if self._live else None,
            "source": self._site.source(settings.folder),
        }
