"""Identities that Sigstore certifies: their names, what they sign a delegation with, and how that is verified."""

from answerable.signing.sigstore.identity import SigstoreIdentity, begin
from answerable.signing.sigstore.lending import check
from answerable.signing.sigstore.names import PREFIX, checked, is_name

__all__ = ["PREFIX", "SigstoreIdentity", "begin", "check", "checked", "is_name"]
