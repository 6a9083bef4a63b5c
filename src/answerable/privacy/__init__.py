"""Private fields: a record signs their salted digests, and what they say lies beside the ledger."""

from answerable.privacy.disclosure import FIELDS, checked_fields, digest, reveal, withhold
from answerable.privacy.wanted import ALL, NOTHING, Wanted

__all__ = ["ALL", "FIELDS", "NOTHING", "Wanted", "checked_fields", "digest", "reveal", "withhold"]
