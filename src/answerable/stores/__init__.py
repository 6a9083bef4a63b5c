"""Databases as they are opened: a ledger's own, and what lies beside it and can be erased."""
