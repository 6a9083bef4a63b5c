"""By what right a decision was taken: the mandate or the record that it names, then and now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from answerable.errors import InvalidReferenceError
from answerable.lineage.known import Known, order
from answerable.lineage.mandates import now_lacking, then_lacking
from answerable.model import Artifact, Decision, Mandate, Record, parse_ref
from answerable.model.artifacts import RECORD


@attrs.frozen(kw_only=True)
class Authority:
    """The right on which the decision `decision` (an id) was taken, as `named` in it.

    `record` is the id of the record that this leads to, None where nothing recorded is meant;
    then `then` and `now` are None too, for nobody can tell. Otherwise they say whether it was
    given when the decision was taken, and whether it still is; `because` says why not, as the
    rest of a sentence about the decision. A mandate has a `holder`, perhaps a `limit` and an end.
    """

    decision: str
    named: str | None
    record: str | None = None
    holder: str | None = None
    limit: str | None = None
    valid_until: str | None = None
    then: bool | None = None
    now: bool | None = None
    because: str | None = None


def authorities(decisions: Iterable[Decision], known: Known) -> Iterator[Authority]:
    """The right of each, in their order; of one that names none, that it names none."""
    for decision in decisions:
        named = decision.authority
        meant = _meant(decision, known)
        if isinstance(meant, Mandate):
            yield _mandated(decision, meant, known)
        elif meant is not None:
            yield _recorded(decision, meant, known)
        else:
            yield Authority(decision=decision.id, named=named)


def _meant(decision: Decision, known: Known) -> Record | None:
    """The record of that id, else what produced the artifact of that name before."""
    named = decision.authority or ""
    if (record := known.get(named.removeprefix(RECORD))) is not None:
        return record
    try:
        made = known.producing(Artifact(ref=str(parse_ref(named))))
    except InvalidReferenceError:
        return None  # it is said in words
    return next((r for r in reversed(made) if order(r) < order(decision)), None)


def _mandated(decision: Decision, mandate: Mandate, known: Known) -> Authority:
    then, now = then_lacking(decision, mandate, known), now_lacking(mandate, known)
    return Authority(
        decision=decision.id,
        named=decision.authority,
        record=mandate.id,
        holder=mandate.holder,
        limit=mandate.limit,
        valid_until=mandate.valid_until,
        then=then is None,
        now=now is None,
        because=then or now,
    )


def _recorded(decision: Decision, meant: Record, known: Known) -> Authority:
    replaced = [r for r in known.superseding(meant.id) if order(r) < order(decision)]
    then = order(meant) < order(decision) and not replaced
    return Authority(
        decision=decision.id,
        named=decision.authority,
        record=meant.id,
        then=then,
        now=known.in_force(meant),
        because=None if then else "was taken on what was not in force",
    )
