"""What an engineer calls in pipeline code."""

from answerable.recording.configuring import configured
from answerable.recording.deciding import current, decision
from answerable.recording.decisions import OpenDecision, choose, decide
from answerable.recording.defaults import defaults_of
from answerable.recording.erasing import erase, erase_outcome
from answerable.recording.events import (
    acknowledge,
    action,
    assumption_event,
    incident,
    mandate,
    notify,
    override,
    revoke,
    supersede,
)
from answerable.recording.handing import carried, environment
from answerable.recording.inputs import artifact
from answerable.recording.opinions import approve, confirm, dissent
from answerable.recording.outcomes import outcome
from answerable.recording.parameters import Choice
from answerable.recording.process import configure, flush, shutdown
from answerable.recording.quality import QualityWarning
from answerable.recording.receipt import CustodyWarning, OutcomeReceipt, Receipt
from answerable.recording.steps import OpenStep, step

__all__ = [
    "Choice",
    "CustodyWarning",
    "OpenDecision",
    "OpenStep",
    "OutcomeReceipt",
    "QualityWarning",
    "Receipt",
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
    "outcome",
    "override",
    "revoke",
    "shutdown",
    "step",
    "supersede",
]
