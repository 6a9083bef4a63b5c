"""What one signed record looks like in MLflow: a trace of a single span. Pure; no MLflow here.

Everything is derived from the envelope's own bytes, so that a reader can derive it again and
compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from answerable import jsontext, statement
from answerable.errors import MalformedError
from answerable.exporters.mlflow import tags
from answerable.model import Approval, Decision, Delegation, Dissent, PolicyVersion, Record
from answerable.model.headlines import headline
from answerable.privacy import digest, reveal
from answerable.signing import Envelope, envelope_digest

ENVELOPE: Final = "answerable.envelope"
DIGEST: Final = "answerable.digest"
INDEX: Final = "answerable.index"
DISCLOSURES: Final = "answerable.disclosures"
DECIDED_AT: Final = "answerable.decided_at"
SPAN_TYPE: Final = "mlflow.spanType"
INPUTS: Final = "mlflow.spanInputs"
OUTPUTS: Final = "mlflow.spanOutputs"
TRACE_TAG: Final = "mlflow.traceTag."
TRACE_NAME: Final = "mlflow.traceName"

MAX_NAME: Final = 120
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_NS = 2**63 - 1  # MLflow's columns are signed 64-bit


@attrs.frozen(kw_only=True)
class Shown:
    """One record as MLflow is told to show it; `record` tells what is in the `disclosures`.

    Ids are hexadecimal; `moment` is nanoseconds since 1970; `inputs` and `outputs` are JSON
    texts; `live` is the (trace id, span id) of the span that ran when it was decided.
    """

    record: Record
    envelope: bytes = attrs.field(repr=False)
    disclosures: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    trace_id: str
    span_id: str
    name: str
    moment: int
    inputs: str
    outputs: str
    tags: dict[str, str]
    attributes: dict[str, str]
    live: tuple[str, str] | None

    @property
    def request_id(self) -> str:
        """The trace's id as MLflow writes it."""
        return f"tr-{self.trace_id}"

    def all_attributes(self) -> dict[str, str]:
        """The span's attributes, with those that MLflow reads its own fields from."""
        told = {SPAN_TYPE: self.tags[tags.TYPE].upper(), INPUTS: self.inputs, OUTPUTS: self.outputs}
        tagged = {TRACE_NAME: self.name} | self.tags
        return told | self.attributes | {TRACE_TAG + name: text for name, text in tagged.items()}


def show(envelope: bytes, index: int | None, disclosures: Iterable[bytes] = ()) -> Shown:
    """Derive all of it from an envelope, and those of the disclosures that are of its private fields;
    raises `MalformedError`."""
    record = statement.from_bytes(Envelope.from_bytes(envelope).payload)
    record, told = _telling(record, disclosures)
    own = envelope_digest(envelope)
    # From the digest alone: sending a record again meets the same trace.
    unique = hashlib.sha256(f"answerable mlflow {own}".encode()).hexdigest()
    derived = tags.derive(record)
    inputs, outputs = _columns(record)
    # Marked, because MLflow would otherwise parse it and lose the bytes that were signed.
    attributes = {ENVELOPE: tags.MARK + envelope.decode(), DIGEST: own}
    attributes[DECIDED_AT] = statement.timestamp(record.decided_at)
    if told:
        attributes[DISCLOSURES] = tags.MARK + b" ".join(told).decode()
    if index is not None:
        attributes[INDEX] = str(index)
    if tags.KEY_ID in derived:
        attributes[tags.KEY_ID] = derived[tags.KEY_ID]
    return Shown(
        record=record,
        envelope=envelope,
        disclosures=told,
        trace_id=unique[:32],
        span_id=unique[32:48],
        name=_name(record),
        moment=nanoseconds(record.decided_at),
        inputs=_json(inputs),
        outputs=_json(outputs),
        tags=derived,
        attributes=attributes,
        live=_live(record),
    )


def envelope_of(attribute: object) -> bytes | None:
    """The envelope's bytes from its attribute; None if that is not one."""
    if isinstance(attribute, str) and attribute.startswith(tags.MARK):
        return attribute.removeprefix(tags.MARK).encode()
    return None


def disclosures_of(attribute: object) -> list[bytes]:
    """The disclosures in their attribute; none if that is not one."""
    if isinstance(attribute, str) and attribute.startswith(tags.MARK):
        return attribute.removeprefix(tags.MARK).encode().split(b" ")
    return []


def _telling(record: Record, disclosures: Iterable[bytes]) -> tuple[Record, tuple[bytes, ...]]:
    by_digest = {digest(each): each for each in disclosures}
    told = []
    for part in getattr(record, "withheld", ()):
        if (each := by_digest.get(part.digest)) is not None:
            try:
                record = reveal(record, {part.field: each})
            except MalformedError:
                continue  # signed so, and shown as it was signed
            told.append(each)
    return record, tuple(told)


def _columns(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands in the trace table's request and response columns."""
    about = list(record.about)
    match record:
        case Decision():
            considered = [attrs.asdict(c) for c in record.considered]
            asked = {"question": record.question, "considered": considered}
            said = {"chosen": record.chosen, "rationale": record.rationale}
            more = {name: getattr(record, name) for name in ("previous", "abandoned")}
            return asked, said | {name: value for name, value in more.items() if value is not None}
        case Approval():
            said = {"meaning": record.meaning, "rationale": record.rationale}
            return {"about": about, "presented": record.digest}, said
        case Dissent():
            return {"about": about}, {"rationale": record.rationale}
        case Delegation():
            window = (statement.timestamp(t) for t in (record.not_before, record.not_after))
            said = dict(zip(("not_before", "not_after"), window, strict=True))
            asked = {"principal": record.principal, "identity_key": record.identity_key}
            return asked, {"session_key": record.session_key} | said
        case _:
            plain = statement.to_plain(record)
            shared = {f.name for f in attrs.fields(Record)} | {"type"}
            return {"about": about}, {k: v for k, v in plain.items() if k not in shared}


def _name(record: Record) -> str:
    about = ", ".join(record.about) or record.id
    match record:
        case Decision():
            value = record.chosen
            said = value if isinstance(value, str) else jsontext.dumps(value).decode()
            name = f"{record.kind} = {said}"
        case Approval():
            name = f"{record.meaning}: {about}"
        case Dissent():
            name = f"dissent: {about}"
        case Delegation():
            name = f"delegation: {record.principal}"
        case PolicyVersion():
            name = f"policy: version {record.version}"
        case _:
            told = headline(record) or about
            name = f"{statement.record_type(record).replace('_', ' ')}: {told}"
    name = " ".join(name.replace("\x00", "\ufffd").split())
    # The quotation mark of a name that is one JSON string would be taken off.
    return tags.plain(name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…")


def _json(said: dict[str, Any]) -> str:
    """In the order given: the table shows the beginning, and the question is that."""
    pairs = (f"{_text(name)}:{_text(value)}" for name, value in said.items())
    return "{" + ",".join(pairs) + "}"


def _text(value: Any) -> str:
    return jsontext.dumps(value).decode()


def nanoseconds(moment: datetime) -> int:
    """Since 1970, kept within what MLflow stores; the exact time is an attribute and is signed."""
    since = moment - _EPOCH
    whole = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000
    return min(max(whole, 0), _LAST_NS)


def _live(record: Record) -> tuple[str, str] | None:
    trace, span = record.trace_id or "", record.span_id or ""
    if (
        len(trace) != 32
        or len(span) != 16
        or not all(c in "0123456789abcdef" for c in trace + span)
    ):
        return None
    return trace, span
