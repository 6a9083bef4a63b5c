"""Private fields: a record signs their salted digests, and what they say lies beside the ledger."""

from answerable.privacy.disclosure import FIELDS, checked_fields, digest, reveal, withhold

__all__ = ["FIELDS", "checked_fields", "digest", "reveal", "withhold"]
