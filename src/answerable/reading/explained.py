"""What `explain --json` wrote, checked by whoever was given it, without the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from answerable import jsontext, shapes, statement
from answerable.errors import MalformedError
from answerable.history import Authenticator, Governor, Verdict
from answerable.ledger import Fault, InclusionProof, LogVerifier, leaf_hash
from answerable.model import Outcomes
from answerable.model.outcomes import Sealing
from answerable.outcomes.tree import opened
from answerable.signing import Policy

MAX_EXPLANATION = 64 * 1024 * 1024


@attrs.frozen
class _Proof:
    verifier: LogVerifier
    log: InclusionProof
    envelope: bytes
    delegation: bytes | None
    seal: Sealing | None


def verify_explained(data: bytes, vkey: str | None = None, policy: Policy | None = None) -> Verdict:
    """Whether the outcome that is shown was sealed in its log: every proof and signature, and that
    it is what was signed. Of the decisions that are shown with it this says nothing: a bundle does.

    `vkey` is the log's key, where it is known from elsewhere; else the file's own is believed.
    Raises `MalformedError` for what is no explanation.
    """
    shown = jsontext.loads(data, limit=MAX_EXPLANATION)
    proof = _read(shown, vkey)
    batches: list[Outcomes] = []
    governor = Governor(policy)
    faults = [*_faults(shown, proof, governor, batches)]
    faults.extend(governor.at_the_end(proof.verifier.vkey()))
    first = batches[0].recorded_at if batches else None
    return Verdict(
        verdict="invalid" if faults else "valid-unwitnessed",
        size=1,
        root=batches[0].root if batches else None,
        origin=proof.verifier.origin,
        policy=policy.version if policy is not None else None,
        unwitnessed_since=statement.timestamp(first) if first else None,
        faults=tuple(faults),
    )


def _read(shown: Any, vkey: str | None) -> _Proof:
    try:
        proof = shown["proof"]
        batch, lent = proof["batch"], proof["delegation"]
        seal = None
        if batch is not None:
            told = batch["disclosure"]
            seal = Sealing(
                number=int(batch["number"]),
                leaf=bytes.fromhex(batch["leaf"]) if told is None else leaf_hash(told.encode()),
                path=tuple(bytes.fromhex(step) for step in batch["path"]),
                disclosure=None if told is None else told.encode(),
            )
        return _Proof(
            LogVerifier.from_vkey(proof["vkey"] if vkey is None else vkey),
            InclusionProof.from_bytes(proof["log"].encode()),
            proof["envelope"].encode(),
            None if lent is None else lent.encode(),
            seal,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedError(f"not what `explain --json` writes: {error}") from None


def _faults(
    shown: Any, proof: _Proof, governor: Governor, batches: list[Outcomes]
) -> Iterator[Fault]:
    index = proof.log.index
    try:
        proof.log.check(proof.envelope, proof.verifier)
    except MalformedError as error:
        yield Fault("proof", error.message, index)
    lent = [] if proof.delegation is None else [(None, proof.delegation)]
    try:
        record = Authenticator(lambda _: [*lent]).authenticate(proof.envelope)
    except MalformedError as error:
        yield Fault("malformed", error.message, index)
        return
    assert record.custody is not None
    if record.custody.fault is not None:
        yield Fault("signature", record.custody.fault, index, record.id)
    yield from governor.faults(record, index)
    if not isinstance(record, Outcomes):
        yield Fault("outcome-altered", "the record seals no outcomes", index, record.id)
        return
    batches.append(record)
    yield from _sealed(shown, proof, record)


def _sealed(shown: Any, proof: _Proof, batch: Outcomes) -> Iterator[Fault]:
    index = proof.log.index
    if proof.seal is None:
        yield Fault("outcome-missing", "there is no proof of it", index, batch.id)
        return
    id = f"{batch.id}.{proof.seal.number}"
    try:
        outcome = opened(batch, proof.seal)
    except MalformedError as error:
        yield Fault("outcome-altered", error.message, index, id)
        return
    sealed = {
        "id": id,
        "outcome": None if outcome is None else shapes.outcome(outcome),
        "deployment": batch.deployment,
        "accountable": batch.accountable,
    }
    answers = shown.get("accountable")
    given = shown | {"accountable": answers.get("id") if isinstance(answers, dict) else answers}
    for name, told in sealed.items():
        # As JSON: to Python, true and 1 are the same.
        if jsontext.spelled(given.get(name)) != jsontext.spelled(told):
            yield Fault("outcome-altered", f"the {name} that is shown is another", index, id)
