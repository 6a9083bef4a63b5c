"""Settings of its own for a block: several pipelines in one process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from contextvars import Token
from typing import TYPE_CHECKING, Any

from answerable import configuration
from answerable.configuration import Settings
from answerable.errors import ConfigurationError
from answerable.recording import process, scope

if TYPE_CHECKING:
    from answerable.configuration import Durability, OnFailure


class configured:  # noqa: N801  # it is used as a block, beside `configure`
    """Other settings for a block, in this thread or task alone: `with configured(team="fraud"):`.

    What is left out stays as it is around the block. In another ledger nothing is open as the block
    begins: a step is found where its decisions are. Takes what `configure` takes, and raises as it
    does, at once.
    """

    def __init__(
        self,
        *,
        ledger: str | os.PathLike[str] | None = None,
        team: str | None = None,
        actor: str | None = None,
        accountable: str | None = None,
        run: str | None = None,
        home: str | os.PathLike[str] | None = None,
        on_failure: OnFailure | None = None,
        durability: Durability | None = None,
        strict: bool | None = None,
        spool_bytes: int | None = None,
        stitch_to: str | None = None,
        mlflow: str | None = None,
        private: str | Sequence[str] | None = None,
        timestamp_from: str | None = None,
        timestamp_every: int | None = None,
    ) -> None:
        self._told: dict[str, Any] = {
            "ledger": ledger,
            "team": team,
            "actor": actor,
            "accountable": accountable,
            "run": run,
            "home": home,
            "on_failure": on_failure,
            "durability": durability,
            "strict": strict,
            "spool_bytes": spool_bytes,
            "stitch_to": stitch_to,
            "mlflow": mlflow,
            "private": private,
            "timestamp_from": timestamp_from,
            "timestamp_every": timestamp_every,
        }
        configuration.changed(process.custodian().settings, self._told)
        self._before: list[tuple[Token[Settings | None], Token[scope.Scope] | None]] = []

    def __enter__(self) -> None:
        if self._before:
            raise ConfigurationError("these settings are in force", hint="make others for a block")
        around = process.custodian().settings
        inside = configuration.changed(around, self._told)
        apart = scope.enter(scope.NOTHING) if inside.ledger != around.ledger else None
        self._before.append((configuration.in_force.context.set(inside), apart))

    def __exit__(self, *error: object) -> None:
        settings, apart = self._before.pop()
        if apart is not None:
            scope.leave(apart)
        with suppress(ValueError):  # another context, which knows nothing of this block
            configuration.in_force.context.reset(settings)
