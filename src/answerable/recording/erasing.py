"""To erase what a private field says, or one person's outcome: for good, and on the record."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Unpack

from answerable import late
from answerable.errors import InvalidReferenceError, NotFoundError
from answerable.model import Erasure, Record, Withheld
from answerable.model.artifacts import RECORD
from answerable.outcomes.disclosure import split
from answerable.recording import process
from answerable.recording.details import When
from answerable.recording.events import Said
from answerable.recording.saying import say
from answerable.values import required


def erase(record: Record, field: str, because: str, **said: Unpack[Said]) -> Erasure:
    """Delete what a private field of a record said, and record that, by whom and why. What is
    signed stays as it is, and goes on verifying. Copies that were handed out are not reached.

    `record` is it as `answerable.open(…).get(id)` gives it. Raises `NotFoundError` if it
    withholds no such field, `LedgerError` where the disclosure cannot be deleted: then it is
    recorded as erased, `verify` says that it is still there, and erasing it again deletes it.
    """
    with late.importing:
        from answerable.privacy.store import Disclosures  # here: it loads a database

    if not isinstance(record, Record):
        raise InvalidReferenceError("not a record", hint="answerable.open().get(id)")
    withheld: tuple[Withheld, ...] = getattr(record, "withheld", ())
    part = next((each for each in withheld if each.field == field), None)
    if part is None:
        named = ", ".join(each.field for each in withheld) or "nothing"
        raise NotFoundError(f"{record.id} withholds {named}, and not {field!r:.40}")
    erasure = say(
        Erasure,
        "erasure",
        by=said.get("decided_by"),
        when=When.of(said.get("decided_at"), said.get("capture")),
        private=said.get("private"),
        about=(RECORD + record.id,),
        field=field,
        rationale=required(because, "the reason"),
    )
    settings = process.custodian().settings
    # On the record first: what is gone and not said to be erased would look like tampering.
    Disclosures(settings.ledger, settings.home).forget(part.digest)
    return erasure


def erase_outcome(id: str, because: str, **said: Unpack[Said]) -> Erasure:
    """Delete one person's outcome, and record that, by whom and why. Its batch stays sealed as it was,
    and goes on verifying. Copies that were handed out are not reached.

    Raises `NotFoundError` if it is not there, or is erased already, `InvalidReferenceError` if `id`
    is no outcome's, `LedgerError` as `erase` does.
    """
    with late.importing:
        from answerable.outcomes.leaves import Leaves, places

    batch, number = split(id)
    reason = required(because, "the reason")
    process.flush()  # so that it is on disk, if it was only just recorded
    settings = process.custodian().settings
    with ExitStack() as stack:
        there = []
        for place in places(settings.ledger, settings.home):
            leaves = Leaves.open_to_erase(place)
            if leaves is not None:
                stack.callback(leaves.close)
                if any(leaf.number == number and leaf.disclosure for leaf in leaves.of(batch)):
                    there.append(leaves)
        if not there:
            raise NotFoundError(f"no outcome {id} is there", hint="perhaps it is erased already")
        erasure = say(
            Erasure,
            "erasure",
            by=said.get("decided_by"),
            when=When.of(said.get("decided_at"), said.get("capture")),
            private=said.get("private"),
            about=(RECORD + batch,),
            field=str(number),
            rationale=reason,
        )
        for leaves in there:
            leaves.erase(batch, number)
    return erasure
