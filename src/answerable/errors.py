"""Everything `answerable` raises on purpose.

    AnswerableError
    ├── UsageError               what the caller passed is wrong
    │   ├── InvalidValueError        a value that cannot be recorded (not JSON, NaN, a secret, too large)
    │   ├── InvalidReferenceError    an artifact reference, digest or actor that is not one
    │   ├── IncompleteDecisionError  an empty question, nothing chosen, no decision open
    │   └── ConfigurationError       settings that contradict each other or cannot be read
    ├── StaleDigestError         what is to be approved is not what there is to see now
    ├── NotFoundError            no such record, subject, key or ledger
    ├── LedgerError              the ledger answered, and the answer is no
    │   ├── NotALedgerError          the file or database is something else
    │   ├── LedgerKeyError           this machine does not hold the log's key
    │   └── LedgerRolledBackError    the ledger is shorter than, or contradicts, what was seen before
    ├── CustodyError             the record could be kept neither in the ledger nor in the spool
    ├── MalformedError           bytes that are not what they claim to be (envelope, statement, note)
    ├── ExportError              a view (Jaeger, MLflow) did not take what was sent
    └── MissingExtraError        an optional dependency is not installed

Each message says what was wrong, where, and (in `hint`) what to do.
"""

from __future__ import annotations

from typing import Any


class AnswerableError(Exception):
    """The root of the tree. `code` names the class of fault for scripts, `hint` says what to do."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint is not None:
            self.add_note(f"hint: {hint}")  # a traceback tells it too

    def __reduce__(self) -> tuple[Any, ...]:
        # Not through __init__, whose parameters are each class's own: an error may come from a pool's worker.
        return _made, (type(self), self.args), self.__dict__


def _made(cls: type[AnswerableError], args: tuple[Any, ...]) -> AnswerableError:
    return cls.__new__(cls, *args)


class UsageError(AnswerableError):
    """What the caller passed is wrong."""

    code = "usage"


class InvalidValueError(UsageError):
    """A value that cannot be recorded: not JSON, not finite, a secret, or too large."""

    code = "invalid-value"


class InvalidReferenceError(UsageError):
    """An artifact reference, a digest or an actor that is not one."""

    code = "invalid-reference"


class IncompleteDecisionError(UsageError):
    """A decision without a question or a choice, or a call that needs an open decision."""

    code = "incomplete-decision"


class ConfigurationError(UsageError):
    """Settings that contradict each other, or cannot be read."""

    code = "configuration"


class StaleDigestError(AnswerableError):
    """What is to be approved is not what there is to see now."""

    code = "stale-digest"


class NotFoundError(AnswerableError):
    """No such record, subject, key or ledger."""

    code = "not-found"


class LedgerError(AnswerableError):
    """The ledger cannot be read or written."""

    code = "ledger"


class NotALedgerError(LedgerError):
    """The file or database is something else."""

    code = "not-a-ledger"


class LedgerKeyError(LedgerError):
    """This machine does not hold the key that signs the log's checkpoints."""

    code = "ledger-key"


class LedgerRolledBackError(LedgerError):
    """The ledger is shorter than, or contradicts, what this machine saw before."""

    code = "rolled-back"


class CustodyError(AnswerableError):
    """A record could be kept neither in the ledger nor in the spool."""

    code = "custody"


class MalformedError(AnswerableError):
    """Bytes that are not what they claim to be."""

    code = "malformed"


class ExportError(AnswerableError):
    """A view did not take what was sent to it."""

    code = "export"


class MissingExtraError(AnswerableError):
    """An optional dependency is not installed.

    `extra` is the name in `pip install 'answerable[extra]'`.
    """

    code = "missing-extra"

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs packages that are not installed",
            hint=f"pip install 'answerable[{extra}]'",
        )
        self.extra = extra
