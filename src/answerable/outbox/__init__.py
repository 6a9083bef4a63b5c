"""The outbox: what the ledger has, sent on to a receiver in the background, from a cursor."""

from answerable.outbox.cursor import Cursor
from answerable.outbox.outbox import ExportWarning, Outbox, tell
from answerable.outbox.resting import busy
from answerable.outbox.sending import Send

__all__ = ["Cursor", "ExportWarning", "Outbox", "Send", "busy", "tell"]
