"""Pages whose every field of text holds one text, which may be hostile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import attrs

from answerable.exporters import html
from answerable.lineage import (
    AccountabilityTrace,
    Bypass,
    Change,
    Difference,
    Gap,
    Held,
    Investigation,
    Link,
    Opposed,
    Placed,
    Required,
    Review,
    Risk,
    Voiced,
    Within,
)
from answerable.lineage.asked import Course
from answerable.lineage.inputs import Changed
from answerable.lineage.investigate import Broken
from answerable.model import (
    Action,
    Actor,
    Approval,
    Artifact,
    Assumption,
    Ballot,
    Considered,
    Custody,
    Decision,
    Delegation,
    Dissent,
    Emission,
    Evidence,
    Incident,
    Record,
    ResidualRisk,
    Scope,
    Source,
    Step,
    Withheld,
)
from tests.parts.loans import AS_OF, START


def everywhere(said: str, id: str = "an-id") -> AccountabilityTrace:
    """A trace whose every field of text holds that text, also where the model would refuse it:
    the page does not lean on that."""
    with attrs.validators.disabled():
        return _everywhere(said, id)


def _everywhere(said: str, id: str) -> AccountabilityTrace:
    own: dict[str, Any] = {
        "decided_at": START,
        "recorded_at": START + timedelta(seconds=1),
        "decided_by": Actor(id=f"person:{said}"),
        "team": said,
        "about": (f"x:{said}",),
        "run": said,
        "trace_id": said,
        "span_id": said,
        "source": Source(function=said, file=said, line=1, commit=said, dirty=True),
        "emission": Emission(key_id=said, seq=0),
        "custody": Custody(
            envelope=said.encode("utf-8", "replace"), digest=said, index=0, fault=said
        ),
    }
    artifact = Artifact(ref=f"x:{said}", digest=said, uri=said)
    decision = Decision(
        id=id,
        kind=said,
        question=said,
        chosen=said,
        considered=(Considered(value={said: [said]}, because=said),),
        rationale=said,
        accountable=f"role:{said}",
        authority=said,
        evidence=(Evidence(artifact=artifact, kind="own_test", valid_until=said),),
        assumptions=(
            Assumption(statement=said, review_by=said, holds_while=said, owner=f"role:{said}"),
        ),
        used=(artifact,),
        produced=(artifact,),
        supersedes=(said,),
        scope=Scope(deployment=said, intended_purpose=said, population=said),
        residual_risk=(ResidualRisk(statement=said, owner=f"role:{said}", until=said),),
        consulted=(f"person:{said}",),
        informed=(said,),
        legal_refs=(said,),
        valid_from=said,
        valid_to=said,
        pre_determined_change=said,
        drafted_by=f"agent:{said}",
        withheld=(Withheld(field=said, digest=said),),
        votes=(Ballot(actor=f"person:{said}", vote="for", because=said),),
        step="step-id",
        **own,
    )
    placed = (
        Placed(record=decision, phase="data", parent="step-id", superseded_by=f"other {said}"),
        Placed(record=attrs.evolve(decision, id="b", abandoned=said), phase="data"),
        Placed(
            record=Approval(id="c", meaning="review", digest=said, rationale=said, **own),
            phase="approval",
            links=(
                Link(to=id, role=said, by="name"),
                Link(to=f"no {said}", role=said, by="digest"),
            ),
        ),
        Placed(record=Dissent(id="d", rationale=said, **own), phase="approval"),
        Placed(
            record=Delegation(
                id="e",
                session_key=said,
                identity_key=said,
                principal=f"person:{said}",
                not_before=START,
                not_after=START,
                **own,
            ),
            phase="approval",
        ),
    )
    step = Step(
        id="step-id",
        name=said,
        started_at=START,
        used=(artifact,),
        produced=(artifact,),
        abandoned=said,
        **own,
    )
    return AccountabilityTrace(
        subject=f"x:{said}",
        as_of=AS_OF,
        records=placed,
        steps=(Placed(record=step, phase="data"),),
        gaps=(
            Gap(code="default", message=said, record=id, ref=f"y:{said}", owner=f"role:{said}"),
            Gap(code="unapproved", message=said, owner=f"role:{said}"),
        ),
        revision=said,
        trace_id=said,
        digest=f"sha256:{said}",
    )


def trace_page(said: str, id: str = "an-id") -> str:
    """The trace's page."""
    return html.to_html(everywhere(said, id))


def review_page(said: str, id: str = "an-id") -> str:
    """The review's page."""
    with attrs.validators.disabled():
        trace = _everywhere(said, id)
        decision, approval, dissent = (_of(trace, t) for t in (Decision, Approval, Dissent))
        review = Review(
            subject=trace.subject,
            as_of=AS_OF,
            digest=trace.digest,
            verdict="invalid",
            decisions=(decision,),
            defaults=(decision,),
            assumptions=tuple(Held(record=id, assumption=a) for a in decision.assumptions),
            walls=(f"x:{said}",),
            gaps=trace.gaps,
            approvals=(
                Voiced(approval=approval, is_present=False, unseen=(id, said)),
                Voiced(approval=approval, is_present=True),
            ),
            dissents=(dissent,),
            required=Required(threshold=2, principals=(said, f"person:{said}")),
            risks=(
                Risk(
                    record=id, statement=said, owner=said, until=said, state="lapsed", monitors=()
                ),
                Risk(
                    record=id,
                    statement=said,
                    owner=None,
                    until=said,
                    state="accepted",
                    monitors=(id, said),
                ),
            ),
            opposition=(
                Opposed(
                    record=id,
                    actor=said,
                    how="against",
                    because=said,
                    about=(said,),
                    answered_by=(),
                ),
                Opposed(
                    record=id,
                    actor=None,
                    how="dissent",
                    because=said,
                    about=(said,),
                    answered_by=(id, said),
                ),
            ),
            overrides=(
                Bypass(
                    record=id,
                    control=said,
                    because=said,
                    actor=said,
                    accountable=said,
                    about=(said,),
                    until=said,
                    state="open",
                ),
            ),
            scopes=tuple(
                Within(record=id, kind=said, scope=decision.scope, first=id, differs=differs)
                for differs in ((), ("population",))
            ),
            certainty={"observed": (id, said)},
        )
        return html.review_to_html(review, trace)


def difference_page(said: str, id: str = "an-id") -> str:
    """The difference's page."""
    with attrs.validators.disabled():
        before, after = _everywhere(said, "before"), _everywhere(said, id)
        one, other = _of(before, Decision), _of(after, Decision)
        pairs = (Change(before=one, after=other),)
        difference = Difference(
            before=f"x:{said}",
            after=f"y:{said}",
            added=(other,),
            removed=(one,),
            changed=pairs,
            remade=pairs,
            defaults=pairs,
            without_decision=(
                Changed(what=said, before=None, after=said),
                Changed(what=said, before=said, after=None),
            ),
            closed=before.gaps[:1],
            opened=after.gaps[:1],
        )
        return html.difference_to_html(difference, before, after)


def incident_page(said: str, id: str = "an-id") -> str:
    """The incident's page."""
    with attrs.validators.disabled():
        then = _everywhere(said, id)
        own: dict[str, Any] = {"decided_at": START, "recorded_at": START, "team": said}
        incident = Incident(
            id="wrong",
            statement=said,
            severity=said,
            occurred_at=START,
            about=(f"x:{said}",),
            **own,
        )
        action = Action(
            id="mend", statement=said, owner=f"role:{said}", due=said, authority=said,
            rationale=said, about=("record:wrong",), **own,
        )  # fmt: skip
        later = tuple(Placed(record=record, phase="incident") for record in (incident, action))
        known_now = (*then.gaps, Gap(code="open-action", message=said, record="mend", owner=said))
        investigation = Investigation(
            incident=incident,
            subject=f"x:{said}",
            then=then,
            now=attrs.evolve(then, records=(*then.records, *later), gaps=known_now),
            in_force=(_of(then, Decision),),
            accountable=((f"role:{said}", (id, f"no {said}")),),
            actions=(action,),
            courses=(_course(said, True), _course(said, None)),
            responding=((said, ("mend",)),),
            assumptions=(Broken(record=id, statement=said, state=said, owner=said),),
            unheard=(known_now[-1],),
        )
        return html.investigation_to_html(investigation)


PAGES: Final[Mapping[str, Callable[..., str]]] = {
    "trace": trace_page,
    "review": review_page,
    "diff": difference_page,
    "incident": incident_page,
}


def _course(said: str, by_another: bool | None) -> Course:
    return Course(
        record="mend",
        begun_by="mend",
        statement=said,
        owner=said,
        due=said,
        state="open",
        overdue=True,
        right=said,
        objection=said,
        verified_by=said,
        by_another=by_another,
    )


def _of(trace: AccountabilityTrace, type_: type[Record]) -> Any:
    """The trace's first record of that type."""
    return next(p.record for p in trace.placed() if type(p.record) is type_)
