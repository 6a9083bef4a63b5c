"""What a generator's block has open, kept from the caller between two yields."""

from __future__ import annotations

from contextvars import Token
from typing import TYPE_CHECKING

from answerable import late
from answerable.recording import scope

if TYPE_CHECKING:
    from opentelemetry.context import Context


class Suspension:
    """Entered whenever control goes into the generator, left whenever it comes out.

    Only our own scope and OpenTelemetry's current span are put away: any other context variable
    that a generator sets, its caller sees, as with a generator that is not decorated.
    """

    def __init__(self) -> None:
        self._inside: tuple[scope.Scope, Context] | None = None
        self._outside: tuple[Token[scope.Scope], Token[Context]] | None = None

    def __enter__(self) -> None:
        with late.importing:
            from opentelemetry.context import attach, get_current

        here, context = self._inside or (scope.here(), get_current())
        self._outside = scope.enter(here), attach(context)

    def __exit__(self, *error: object) -> None:
        with late.importing:
            from opentelemetry.context import detach, get_current

        assert self._outside is not None
        self._inside = scope.here(), get_current()
        scope.leave(self._outside[0])
        detach(self._outside[1])
