"""Signed decision spans for AI pipelines, stitched into one accountability trace.

To record: `choose`, `decide`, `decision`, `step` and `Choice`; `artifact` names what was used. What is said
around decisions: `approve`, `dissent`, `override`, `mandate`, `incident` and their like. `outcome` is what
the system did to one person. `configure` says where it is kept, as whom, and who is accountable.
To read: `open` gives a `History`. Whatever is raised on purpose is an `AnswerableError` with a `hint`.
"""

# As type checkers take it, without the time that importing `typing` takes.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from answerable.errors import (
        AnswerableError,
        ConfigurationError,
        CustodyError,
        ExportError,
        IncompleteDecisionError,
        InvalidReferenceError,
        InvalidValueError,
        LedgerError,
        LedgerKeyError,
        LedgerRolledBackError,
        MalformedError,
        MissingExtraError,
        NotALedgerError,
        NotFoundError,
        StaleDigestError,
        UsageError,
    )
    from answerable.model import (
        Artifact,
        Assumption,
        Considered,
        Decision,
        Evidence,
        ResidualRisk,
        Scope,
        Step,
    )
    from answerable.outbox import ExportWarning
    from answerable.reading import (
        History,
        open,  # noqa: A004  # as in gzip.open
    )
    from answerable.recording import (
        Choice,
        CustodyWarning,
        OutcomeReceipt,
        QualityWarning,
        Receipt,
        acknowledge,
        action,
        approve,
        artifact,
        assumption_event,
        carried,
        choose,
        configure,
        configured,
        confirm,
        current,
        decide,
        decision,
        defaults_of,
        dissent,
        environment,
        erase,
        erase_outcome,
        flush,
        incident,
        mandate,
        notify,
        outcome,
        override,
        revoke,
        shutdown,
        step,
        supersede,
    )

__version__ = "0.1.0"

__all__ = [
    "AnswerableError",
    "Artifact",
    "Assumption",
    "Choice",
    "ConfigurationError",
    "Considered",
    "CustodyError",
    "CustodyWarning",
    "Decision",
    "Evidence",
    "ExportError",
    "ExportWarning",
    "History",
    "IncompleteDecisionError",
    "InvalidReferenceError",
    "InvalidValueError",
    "LedgerError",
    "LedgerKeyError",
    "LedgerRolledBackError",
    "MalformedError",
    "MissingExtraError",
    "NotALedgerError",
    "NotFoundError",
    "OutcomeReceipt",
    "QualityWarning",
    "Receipt",
    "ResidualRisk",
    "Scope",
    "StaleDigestError",
    "Step",
    "UsageError",
    "acknowledge",
    "action",
    "approve",
    "artifact",
    "assumption_event",
    "carried",
    "choose",
    "configure",
    "configured",
    "confirm",
    "current",
    "decide",
    "decision",
    "defaults_of",
    "dissent",
    "environment",
    "erase",
    "erase_outcome",
    "flush",
    "incident",
    "mandate",
    "notify",
    "open",
    "outcome",
    "override",
    "revoke",
    "shutdown",
    "step",
    "supersede",
]

# Nothing is imported before it is asked for: `import answerable` costs next to nothing, and code
# that only records never waits for the read side.
if not TYPE_CHECKING:
    from answerable import late

    def __getattr__(name):
        if name in __all__:
            with late.importing:
                from importlib import import_module
            for room in ("errors", "model", "recording", "outbox", "reading"):
                with late.importing:
                    module = import_module(f"answerable.{room}")
                if name in vars(module):
                    globals()[name] = found = getattr(module, name)
                    return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})
