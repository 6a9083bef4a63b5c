"""A record in a few words: its title, who stands behind it, and whether its signature holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from answerable.model import Approval, Artifact, Decision, Record, Step
from answerable.model.records import Capture
from answerable.statement import record_type
from answerable.wording.events import headline
from answerable.wording.text import line, moment, value


@attrs.frozen
class Signature:
    """Whether the signed bytes hold, and that in words. `unknown`: there were none to check."""

    state: Literal["verified", "fault", "unknown"]
    words: str


def title(record: Record) -> str:
    """`threshold = 0.62`, a step's name, `approval by ...`; on one line, of any length."""
    if isinstance(record, Decision):
        if record.abandoned is not None:
            return line(f"{record.kind} abandoned")
        return line(f"{record.kind} = {value(record.chosen)}")
    if isinstance(record, Step):
        return line(record.name)
    what = record_type(record).replace("_", " ")
    if (known_by := headline(record)) is not None:
        return f"{what}: {known_by}"
    if isinstance(record, Approval) and record.meaning != "approval":
        what = f"{what} ({record.meaning})"
    return f"{what} by {decided_by(record)}"


def who(actor: str) -> str:
    """An actor as one would write it: a person by address, anything else with its kind."""
    return line(actor.removeprefix("person:"))


def decided_by(record: Record) -> str:
    """Who decided, or that nobody did."""
    if record.decided_by is not None:
        return who(record.decided_by.id)
    if isinstance(record, Decision) and record.capture == "default":
        return "nobody (a default)"
    return "nobody named"


def accountable(decision: Decision) -> str:
    """Who answers for it, or that nobody is named."""
    return who(decision.accountable) if decision.accountable else "nobody named"


def capture(record: Record) -> Capture | None:
    """How it came to be recorded; None of a record that does not say."""
    found: Capture | None = getattr(record, "capture", None)
    return found


def signature(record: Record) -> Signature:
    """What was found out about the record's bytes when it was read."""
    custody = record.custody
    if custody is None:
        return Signature("unknown", "not signed, or the signed bytes are not at hand")
    if custody.fault is not None:
        return Signature("fault", f"does not verify: {line(custody.fault)}")
    if custody.verified:
        return Signature("verified", "verified")
    return Signature("fault", "not verified")


def bound(approval: Approval, subject: str, digest: str) -> str:
    """What an approval binds, as seen from the `subject` whose state has that digest."""
    if approval.digest == digest:
        return "what is shown here"
    if len(approval.about) != 1:
        return "one of several things, nobody can tell which; not what is shown here"
    if approval.about == (subject,):
        return "another state of this, not what is shown here"
    return line(f"{approval.about[0]} alone, not what is shown here")


def artifacts(record: Record) -> Iterator[tuple[str, Artifact]]:
    """What the record used and produced, each with the word for which."""
    for role in ("used", "produced"):
        for artifact in getattr(record, role, ()):
            yield role, artifact


def place(record: Record) -> str | None:
    """Where in the code it was made: `train.py:42 in train, commit 1f2e... (uncommitted changes)`."""
    source = record.source
    if source is None:
        return None
    at = f"{source.file}:{source.line}" if source.file and source.line else source.file
    parts = [
        " in ".join(part for part in (at, source.function) if part),
        f"commit {source.commit}" if source.commit else "",
        "with uncommitted changes" if source.dirty else "",
    ]
    return line(", ".join(part for part in parts if part)) or None


def kind(record: Record) -> str:
    """A decision's kind, or the record's type."""
    return line(record.kind) if isinstance(record, Decision) else record_type(record)


def withheld(record: Record) -> Iterator[str]:
    """What became of each private field, and its digest: `rationale: erased on 2026-01-31 12:00`."""
    custody = record.custody
    erased = dict(custody.erased) if custody else {}
    for part in getattr(record, "withheld", ()):
        if part.field in erased:
            state = f"erased on {moment(erased[part.field])}"
        elif custody is not None and part.field in custody.disclosed:
            state = "disclosed here"
        else:
            state = "withheld"
        yield f"{part.field}: {state} ({part.digest})"
