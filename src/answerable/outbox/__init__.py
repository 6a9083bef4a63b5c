"""The outbox: what the ledger has, sent on to a receiver in the background, from a cursor."""

from answerable.outbox.cursor import Cursor
from answerable.outbox.outbox import BATCH, ExportWarning, Outbox, end_in, tell
from answerable.outbox.resting import busy
from answerable.outbox.sending import Send, pass_on
from answerable.outbox.together import close_all, flush_all

__all__ = [
    "BATCH",
    "Cursor",
    "ExportWarning",
    "Outbox",
    "Send",
    "busy",
    "close_all",
    "end_in",
    "flush_all",
    "pass_on",
    "tell",
]
