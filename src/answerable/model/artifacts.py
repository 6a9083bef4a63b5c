"""What decisions are about: `kind:name[@version]`, and a digest where there is one."""

from __future__ import annotations

import re

import attrs

from answerable import jsontext
from answerable.errors import InvalidReferenceError

# Before the id of a record, where one stands in the place of an artifact.
RECORD = "record:"

# What no name may hold, as the inside of a character class: blanks, controls, halves of characters,
# and the marks that turn the reading direction, by which one name could be shown as another.
UNSEEN = r"\s\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"

_REF = re.compile(rf"([a-z][a-z0-9_-]*):([^@{UNSEEN}]+)(?:@([^@{UNSEEN}]+))?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@attrs.frozen(kw_only=True)
class Ref:
    """A parsed reference. With a version it names a thing, without one a slot (an alias)."""

    kind: str
    name: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" + (f"@{self.version}" if self.version else "")


def _is_ref(_: object, __: attrs.Attribute[str], value: str) -> None:
    parse_ref(value)


def _is_digest(_: object, __: attrs.Attribute[str | None], value: str | None) -> None:
    if value is not None:
        parse_digest(value)


def _is_uri(_: object, __: attrs.Attribute[str | None], value: str | None) -> None:
    if value is not None and (not isinstance(value, str) or not jsontext.is_text(value)):
        raise InvalidReferenceError(f"not a place: {value!r:.80}", hint="write a path or a URI")


@attrs.frozen(kw_only=True)
class Artifact:
    """A reference, the `sha256:<hex>` of its content where known, and where it lies.

    One of another form cannot be made (`InvalidReferenceError`): once signed, a record that
    nobody can read would be a fault of its ledger for good.
    """

    ref: str = attrs.field(validator=_is_ref)
    digest: str | None = attrs.field(default=None, validator=_is_digest)
    uri: str | None = attrs.field(default=None, validator=_is_uri)

    @property
    def kind(self) -> str:
        """The part of the reference before the colon."""
        return self.ref.partition(":")[0]

    @property
    def is_slot(self) -> bool:
        """True if what this names can change: neither a version nor a digest pins it."""
        return self.digest is None and "@" not in self.ref


def parse_ref(text: str) -> Ref:
    """Parse `kind:name[@version]`; raises `InvalidReferenceError`."""
    match = _REF.fullmatch(text) if isinstance(text, str) and len(text) <= 512 else None
    if match is None:
        raise InvalidReferenceError(
            f"not an artifact reference: {text!r:.80}",
            hint="write kind:name or kind:name@version, e.g. dataset:applications@2026-01",
        )
    return Ref(kind=match[1], name=match[2], version=match[3])


def parse_digest(text: str) -> str:
    """Check that `text` is `sha256:` and 64 lower-case hex digits; raises `InvalidReferenceError`."""
    if not isinstance(text, str) or not _DIGEST.fullmatch(text):
        raise InvalidReferenceError(
            f"not a digest: {text!r:.80}", hint="write sha256: and 64 lower-case hexadecimal digits"
        )
    return text
