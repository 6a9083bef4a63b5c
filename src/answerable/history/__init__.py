"""The read side: an index made from the ledger, records found through it, verification."""

from answerable.history.adopted import adopted, policies
from answerable.history.authentication import Authenticator, UnauthenticError, read
from answerable.history.catalogue import Catalogue
from answerable.history.continuing import Earlier
from answerable.history.finding import condition, moment
from answerable.history.governing import Governor
from answerable.history.index import Index, UnusableIndexError
from answerable.history.receipts import seen_in
from answerable.history.records import Records
from answerable.history.sealed import Beside, Seals
from answerable.history.stamping import Stamps
from answerable.history.verifying import Stamped, Verdict, verify, verify_since, verify_tiles
from answerable.history.withheld import Commitments, as_signed, revealed
from answerable.history.witness_times import WitnessTimes

__all__ = [
    "Authenticator",
    "Beside",
    "Catalogue",
    "Commitments",
    "Earlier",
    "Governor",
    "Index",
    "Records",
    "Seals",
    "Stamped",
    "Stamps",
    "UnauthenticError",
    "UnusableIndexError",
    "Verdict",
    "WitnessTimes",
    "adopted",
    "as_signed",
    "condition",
    "moment",
    "policies",
    "read",
    "revealed",
    "seen_in",
    "verify",
    "verify_since",
    "verify_tiles",
]
