"""The outbox: what the ledger has, sent on to a receiver in the background, from a cursor."""

from answerable.outbox.cursor import Cursor
from answerable.outbox.outbox import BATCH, ExportWarning, Outbox, tell
from answerable.outbox.resting import busy
from answerable.outbox.sending import Send, pass_on

__all__ = ["BATCH", "Cursor", "ExportWarning", "Outbox", "Send", "busy", "pass_on", "tell"]
