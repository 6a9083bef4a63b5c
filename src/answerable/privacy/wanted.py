"""Which private fields are to be told: said in words, the same wherever something leaves the house."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import attrs

from answerable.errors import InvalidValueError, NotFoundError
from answerable.model import Record, Withheld
from answerable.privacy.disclosure import FIELDS

_ID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@attrs.frozen(kw_only=True)
class Wanted:
    """Fields of every record, by name; all fields of some records, by id; or single ones."""

    fields: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    parts: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, words: str | Collection[str]) -> Wanted:
        """Each word is a field (`rationale`: of every record), a record's id (all its fields), or
        `ID:FIELD`; raises `InvalidValueError` for what is neither."""
        fields, records, parts = set(), set(), set()
        for word in (words,) if isinstance(words, str) else words:
            id, _, field = word.rpartition(":")
            if word in FIELDS:
                fields.add(word)
            elif _ID.fullmatch(word):
                records.add(word)
            elif field in FIELDS and _ID.fullmatch(id):
                parts.add((id, field))
            else:
                raise InvalidValueError(
                    f"disclose: {word!r:.80} is no private field, and no record's id",
                    hint="ID, ID:FIELD, or " + ", ".join(FIELDS),
                )
        return cls(fields=frozenset(fields), records=frozenset(records), parts=frozenset(parts))

    def __bool__(self) -> bool:
        return bool(self.fields or self.records or self.parts)

    @property
    def ids(self) -> frozenset[str]:
        """The records that are named."""
        return self.records | {id for id, _ in self.parts}

    def parts_of(self, record: Record) -> Iterator[Withheld]:
        """Those of the record's private fields that are wanted."""
        for part in getattr(record, "withheld", ()):
            one = (record.id, part.field)
            if part.field in self.fields or record.id in self.records or one in self.parts:
                yield part

    def check(self, records: Iterable[Record]) -> None:
        """Raise `NotFoundError` where a record that was named is not among these, or withholds no
        such field: it would be believed to be disclosed."""
        named = set(self.parts) | {(id, "") for id in self.records}
        for record in records:
            for part in getattr(record, "withheld", ()):
                named -= {(record.id, ""), (record.id, part.field)}
        for id, field in sorted(named):
            what = f"its {field}" if field else "anything"
            raise NotFoundError(
                f"here is no record {id} that withholds {what}",
                hint="`answerable show ID` says what a record withholds",
            )


NOTHING: Final = Wanted()
ALL: Final = Wanted(fields=frozenset(FIELDS))
