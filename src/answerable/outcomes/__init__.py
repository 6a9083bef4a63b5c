"""Outcomes of single persons: they lie beside the ledger, and it seals them in batches."""
