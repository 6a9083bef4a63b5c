"""For tests of pipelines that record: times and ids that are settled, a ledger that is thrown away.

Needs no pytest.

    with temporary_ledger() as uri, FixedClock("2026-01-31T12:00:00Z"), SequentialIds():
        my_pipeline()
        with answerable.open(uri) as history:
            assert history.decisions(kind="threshold")[0].chosen == 0.62
"""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import attrs

from answerable import configuration
from answerable.errors import InvalidValueError, NotFoundError
from answerable.ledger.engine import database_path
from answerable.model import Decision, Delegation, Record
from answerable.recording import clock, process
from answerable.recording.custodian import Custodian
from answerable.statement import parse_time

__all__ = ["Captured", "FixedClock", "SequentialIds", "capture_decisions", "temporary_ledger"]


class _Settled:
    """Something in force for a block."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __exit__(self, *error: object) -> None:
        self._stack.close()


class FixedClock(_Settled):
    """While in force, it is `start`, and later only after `advance`.

    Records made with `decided_at=` are then not marked as backfilled. Raises
    `InvalidValueError` for a start that is no time, or one without a zone.
    """

    def __init__(self, start: str | datetime) -> None:
        super().__init__()
        try:
            self.now = start.astimezone(UTC) if isinstance(start, datetime) else parse_time(start)
        except (ValueError, TypeError, OverflowError):
            raise InvalidValueError(
                f"not a time: {start!r:.40}", hint="2026-01-31T12:00:00Z"
            ) from None
        if isinstance(start, datetime) and start.tzinfo is None:
            raise InvalidValueError(f"a time without a zone: {start}", hint="use datetime(…, UTC)")

    def advance(self, **by: float) -> datetime:
        """Move on, by what `datetime.timedelta` takes: `advance(days=30)`."""
        self.now += timedelta(**by)
        return self.now

    def __enter__(self) -> Self:
        self._stack.enter_context(clock.using(clock=lambda: self.now))
        return self


class SequentialIds(_Settled):
    """While in force, records are called `00000000-0000-7000-8000-000000000001`, and so on.

    The delegations by which sessions are introduced keep ids of their own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._stack.enter_context(clock.using(ids=self._next))
        return self

    def _next(self) -> str:
        with self._lock:
            return f"00000000-0000-7000-8000-{next(self._numbers):012d}"


@contextmanager
def temporary_ledger(
    *, team: str | None = None, actor: str | None = None, accountable: str | None = None
) -> Iterator[str]:
    """Record into a ledger of its own, with keys of its own, for a block; gives its address.

    The `ANSWERABLE_*` settings say the same meanwhile, so that `answerable.open()` and processes
    that are started in the block use it too. What was in force before is so again afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="answerable-") as folder:
        told = {
            "ledger": f"sqlite:///{Path(folder) / 'ledger.db'}",
            "home": str(Path(folder) / "home"),
            "team": team,
            "actor": actor,
            "accountable": accountable,
        }
        custodian = Custodian(configuration.here(told))
        with _environment({f"ANSWERABLE_{k.upper()}": v for k, v in told.items() if v}):
            before = process.exchange(custodian)
            try:
                yield custodian.settings.ledger
            finally:
                process.exchange(before)
                custodian.close()


@attrs.frozen
class Captured:
    """What was recorded in a block so far; after it, all of that. Read from the ledger's own
    bytes: signed and verified, as it would be anywhere."""

    ledger: str
    _after: list[Record] = attrs.field(factory=list, repr=False)

    @property
    def records(self) -> list[Record]:
        """Every record but delegations, in the order in which they were kept."""
        if self._after or not Path(database_path(self.ledger)).exists():
            return list(self._after)
        from answerable import reading  # here: code that only records never waits for it

        process.custodian().flush()
        with reading.open(self.ledger, home=process.custodian().settings.home) as history:
            return [r for r in history.records() if not isinstance(r, Delegation)]

    @property
    def decisions(self) -> list[Decision]:
        """Every decision, in the order in which they were kept; defaults too."""
        return [r for r in self.records if isinstance(r, Decision)]

    def decision(self, kind: str) -> Decision:
        """The only decision of that kind; raises `NotFoundError` if there is none, or are more."""
        found = [d for d in self.decisions if d.kind == kind]
        if len(found) != 1:
            told = ", ".join(d.kind for d in self.decisions) or "nothing"
            raise NotFoundError(f"{len(found)} decisions of kind {kind}; recorded were: {told}")
        return found[0]


@contextmanager
def capture_decisions(
    *, team: str | None = None, actor: str | None = None, accountable: str | None = None
) -> Iterator[Captured]:
    """Record into a ledger that is thrown away, and look at what was recorded:

    with capture_decisions() as captured:
        train()
    assert captured.decision("threshold").chosen == 0.62
    """
    with temporary_ledger(team=team, actor=actor, accountable=accountable) as uri:
        captured = Captured(uri)
        try:
            yield captured
        finally:
            captured._after.extend(captured.records)


@contextmanager
def _environment(told: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
