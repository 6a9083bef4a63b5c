"""Whether the use is inside what was decided: the scope of each decision, beside the first."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from answerable.lineage.asked.whole import in_force
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Decision, Scope

_PARTS = ("deployment", "intended_purpose", "population")


@attrs.frozen(kw_only=True)
class Within:
    """The scope that the decision `record` (an id) states.

    `differs` names the parts (`deployment`, `intended_purpose`, `population`) in which it says
    another thing than the earliest decision in force that says one, which is the id `first`; a
    deployment differs too where it is not the deployment asked about. Words are compared, not what they mean:
    what differs is for a person to judge, and what is used otherwise and says nothing of it is
    not seen.
    """

    record: str
    kind: str
    scope: Scope
    first: str
    differs: tuple[str, ...]


def scopes(trace: AccountabilityTrace) -> Iterator[Within]:
    """The scope of each decision in force that states one, oldest first."""
    stated: dict[str, str] = {}
    if trace.subject.startswith("deployment:"):
        stated["deployment"] = trace.subject
    first: str | None = None
    for decision in in_force(trace, Decision):
        if decision.scope is None:
            continue
        first = first or decision.id
        differs = []
        for part in _PARTS:
            said = getattr(decision.scope, part)
            if said is not None and _plain(stated.setdefault(part, said)) != _plain(said):
                differs.append(part)
        yield Within(
            record=decision.id,
            kind=decision.kind,
            scope=decision.scope,
            first=first,
            differs=tuple(differs),
        )


def _plain(said: str) -> str:
    return " ".join(said.casefold().split())
