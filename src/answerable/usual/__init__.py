"""What our own writer wrote, read by compiled code; of all else, nothing is said here.

Nearly everything in a ledger is spelled as `answerable.jsontext` spells it: compact, keys in order, each
once. What compiled code reads, and writes again as the same bytes, has that one spelling, so that it can
hold neither a key twice nor a number or a letter in another guise. What does not come out the same is not
wrong for that: it is read the slow and exact way, which alone says what is a fault. The two never differ,
which tests/usual shows.
"""

from answerable.usual.envelopes import Opened, opened
from answerable.usual.records import record
from answerable.usual.statements import Told, told

__all__ = ["Opened", "Told", "opened", "record", "told"]
