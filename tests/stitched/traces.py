"""Traces to draw, of records that were really signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.lineage.trace import AccountabilityTrace, Gap, Link, Phase, Placed
from answerable.model import (
    Actor,
    Approval,
    Artifact,
    Assumption,
    Considered,
    Custody,
    Decision,
    Dissent,
    Evidence,
    Record,
    Source,
    Step,
)
from answerable.signing import Session

_R = TypeVar("_R", bound=Record)

START = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)


class Team:
    """Signs records as one process of a team does."""

    def __init__(self, name: str | None, actor: str) -> None:
        self.name = name
        self.actor = Actor(id=actor)
        self._session = Session(Ed25519PrivateKey.generate(), self.actor, name)

    def signed(self, record: _R, index: int | None = None) -> _R:
        """The record with its emission and custody."""
        emitted, envelope = self._session.sign(record, None)
        digest = "sha256:" + hashlib.sha256(envelope).hexdigest()
        custody = Custody(envelope=envelope, digest=digest, index=index, verified=True)
        return attrs.evolve(emitted, custody=custody)


class Story:
    """Records of several teams, one after the other, each where it stands in the trace."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self.now = START

    def after(self, **passed: float) -> Story:
        """Let time pass."""
        self.now += timedelta(**passed)
        return self

    def decision(
        self,
        team: Team,
        phase: Phase,
        kind: str,
        chosen: Any,
        *,
        inside: Step | None,
        **fields: Any,
    ) -> Decision:
        """A decision, in a step or directly under its phase. `links` are its causes."""
        captured: dict[str, Any] = {
            "question": f"Which {kind}?",
            "decided_by": team.actor,
            "step": inside.id if inside else None,
            "trace_id": hashlib.sha256(f"{team.name}".encode()).hexdigest()[:32],
            "span_id": hashlib.sha256(f"{len(self.placed)}".encode()).hexdigest()[:16],
            "source": Source(function="choose_it", file="pipeline/steps.py", line=12, dirty=False),
        }
        links = fields.pop("links", ())
        within = fields.get("within")
        made = captured | {"kind": kind, "chosen": chosen} | fields
        parent = within or (inside.id if inside else None)
        return self._keep(team, phase, Decision(**self._common(team), **made), parent, links)

    def step(
        self, team: Team, phase: Phase, name: str, started_at: datetime, **fields: Any
    ) -> Step:
        """A step that ends now; what stands in it is kept before it."""
        id = fields.pop("id")
        record = Step(
            **(self._common(team) | {"id": id}),
            name=name,
            started_at=started_at,
            decided_by=team.actor,
            **fields,
        )
        return self._keep(team, phase, record, None, ())

    def approval(self, team: Team, digest: str, about: str, **fields: Any) -> Approval:
        """An approval of what has this digest."""
        record = Approval(
            **self._common(team),
            decided_by=team.actor,
            about=(about,),
            digest=digest,
            meaning=fields.pop("meaning", "approval"),
            **fields,
        )
        return self._keep(team, "approval", record, None, ())

    def dissent(self, team: Team, about: Decision, because: str) -> Dissent:
        """A no beside a decision."""
        record = Dissent(
            **self._common(team),
            decided_by=team.actor,
            about=(f"record:{about.id}",),
            rationale=because,
        )
        links = (Link(to=about.id, role="about", by="about"),)
        return self._keep(team, "approval", record, None, links)

    def told(self, subject: str, gaps: Iterable[Gap] = (), **fields: Any) -> AccountabilityTrace:
        """The trace of all that was kept."""
        return trace_of(subject, self.placed, gaps, as_of=self.now, **fields)

    def _common(self, team: Team) -> dict[str, Any]:
        return {
            "id": record_id(self.now, len(self.placed)),
            "decided_at": self.now,
            "recorded_at": self.now + timedelta(milliseconds=3),
            "team": team.name,
        }

    def _keep(
        self, team: Team, phase: Phase, record: _R, parent: str | None, links: Iterable[Link]
    ) -> _R:
        signed = team.signed(record, index=len(self.placed))
        self.placed.append(Placed(record=signed, phase=phase, parent=parent, links=tuple(links)))
        return signed


def record_id(moment: datetime, number: int) -> str:
    """A UUIDv7 of that millisecond (RFC 9562, section 5.7)."""
    digits = f"{int(moment.timestamp() * 1000):012x}7{number:03x}8{number:015x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def trace_of(
    subject: str, placed: Iterable[Placed], gaps: Iterable[Gap] = (), **fields: Any
) -> AccountabilityTrace:
    """A trace of these, with a revision and ids that follow from them."""
    ordered = sorted(placed, key=lambda p: (p.record.decided_at, p.record.id))
    gaps = tuple(gaps)
    content = repr(
        (subject, [(p, p.record.custody and p.record.custody.digest) for p in ordered], gaps)
    )
    revision = hashlib.sha256(content.encode()).hexdigest()
    return AccountabilityTrace(
        subject=subject,
        as_of=fields.pop("as_of", START + timedelta(days=400)),
        records=tuple(p for p in ordered if not isinstance(p.record, Step)),
        steps=tuple(p for p in ordered if isinstance(p.record, Step)),
        gaps=gaps,
        revision=revision,
        trace_id=hashlib.sha256(f"{subject}\n{revision}".encode()).hexdigest()[:32],
        digest="sha256:" + hashlib.sha256(f"shown {revision}".encode()).hexdigest(),
        **fields,
    )


def loan_approval() -> AccountabilityTrace:
    """A loan model from its requirements to production, over five teams and three months."""
    credit = Team("credit-policy", "role:credit-policy-owner")
    data = Team("data", "person:data@bank.example.org")
    science = Team("data-science", "person:ds@bank.example.org")
    risk = Team("model-risk", "role:model-risk")
    release = Team("platform", "role:release-manager")
    story = Story()
    subject = "deployment:prod/loan-approval"
    applications = Artifact(ref="dataset:hmda-boston@1990", digest="sha256:" + "1" * 64)
    training_set = Artifact(ref="dataset:loan-training@1", digest="sha256:" + "2" * 64)
    model = Artifact(ref="model:loan-approval@7", digest="sha256:" + "3" * 64)
    report = Artifact(ref="report:evaluation@7", digest="sha256:" + "4" * 64)
    bureau = Artifact(ref="vendor:credit-bureau-score")

    rule = story.decision(
        credit,
        "requirements",
        "requirement",
        "decline only on ability to repay",
        inside=None,
        rationale="fair lending policy 4.2",
        accountable="role:head-of-credit-risk",
        considered=(Considered(value="also on neighbourhood", because="acts as a proxy for race"),),
    )
    guideline = story.after(days=3, hours=4).decision(
        credit,
        "labelling",
        "guideline",
        "a loan counts as approved when it was offered at the amount applied for",
        inside=None,
        rationale="as the regulator's form does",
        links=(Link(to=rule.id, role="guideline:labelling@1", by="name"),),
    )

    select = record_id(story.after(days=12).now, 901)
    selecting = attrs.evolve(_open_step(data, story, "select", select))
    dataset = story.after(minutes=2).decision(
        data,
        "data",
        "dataset",
        {"rows": 1969, "source": "hmda-boston"},
        inside=selecting,
        rationale="complete applications only",
        accountable="team:data",
        used=(applications,),
        links=(Link(to=guideline.id, role="about", by="about"),),
    )
    columns = story.after(minutes=9).decision(
        data,
        "data",
        "feature",
        ["loanamt", "appinc", "obrat", "pubrec", "mortlat1", "cosign", "dep", "school"],
        inside=selecting,
        rationale="known before the decision, and not about race or place",
        considered=(Considered(value=["black", "hispan"], because="protected"),),
    )
    window = story.decision(
        data, "data", "data_window", "all", inside=selecting, capture="default", decided_by=None
    )
    story.after(minutes=1).step(
        data,
        "data",
        "select",
        selecting.started_at,
        id=select,
        used=(applications,),
        produced=(training_set,),
    )

    fit = record_id(story.after(days=20).now, 902)
    training = _open_step(science, story, "train", fit)
    search = story.after(minutes=40).decision(
        science,
        "training",
        "hyperparameter",
        {"C": 0.3, "penalty": "l2"},
        inside=training,
        rationale="best mean AUC over five folds",
        considered=(Considered(value={"C": 1.0, "penalty": "l2"}, because="AUC 0.802, not 0.809"),),
        used=(training_set,),
        links=(
            Link(to=select, role=training_set.ref, by="digest"),
            Link(to=rule.id, role="about", by="about"),
        ),
    )
    seed = story.decision(
        science,
        "training",
        "hyperparameter",
        0,
        inside=training,
        capture="default",
        decided_by=None,
    )
    story.after(minutes=3).step(
        science,
        "training",
        "train",
        training.started_at,
        id=fit,
        used=(training_set,),
        produced=(model,),
    )

    old = story.after(days=2).decision(
        science,
        "evaluation",
        "threshold",
        0.5,
        inside=None,
        rationale="library default",
        links=(Link(to=fit, role=model.ref, by="digest"),),
    )
    threshold = story.after(days=6, hours=2).decision(
        science,
        "evaluation",
        "threshold",
        0.62,
        inside=None,
        rationale="false positive rate below 2% on validation",
        accountable="role:head-of-credit-risk",
        considered=(Considered(value=0.5, because="declines 9% more applicants"),),
        evidence=(Evidence(artifact=report, kind="own_test"),),
        assumptions=(
            Assumption(
                statement="the mix of applicants stays as in 1990",
                review_by="2027-01-31",
                owner="role:model-risk",
            ),
        ),
        supersedes=(old.id,),
        links=(
            Link(to=fit, role=model.ref, by="digest"),
            Link(to=old.id, role="supersedes", by="supersedes"),
        ),
    )
    at = next(n for n, p in enumerate(story.placed) if p.record.id == old.id)
    story.placed[at] = attrs.evolve(story.placed[at], superseded_by=threshold.id)

    vendor = story.after(days=4).decision(
        credit,
        "evaluation",
        "vendor",
        "credit-bureau-score",
        inside=None,
        rationale="the only provider with a five-year history",
        accountable="role:head-of-credit-risk",
        used=(bureau,),
        evidence=(Evidence(artifact=Artifact(ref="report:bureau-gini"), kind="vendor_assertion"),),
    )
    story.after(hours=20).dissent(risk, threshold, "the approval gap grows by 3 points at 0.62")
    story.after(days=1).approval(
        Team("credit-risk", "role:head-of-credit-risk"), "sha256:" + "5" * 64, subject
    )
    story.after(days=9).decision(
        release,
        "deployment",
        "deploy",
        model.ref,
        inside=None,
        rationale="release 2026.4",
        used=(model, bureau),
        produced=(Artifact(ref=subject),),
        links=(
            Link(to=fit, role=model.ref, by="digest"),
            Link(to=vendor.id, role=bureau.ref, by="name"),
        ),
    )
    return story.told(
        subject,
        (
            Gap(code="default", record=window.id, message="nobody chose data_window: all"),
            Gap(code="default", record=seed.id, message="nobody chose hyperparameter: 0"),
            Gap(code="unassigned", record=search.id, message="nobody answers for hyperparameter"),
            Gap(code="no-alternatives", record=dataset.id, message="no other dataset was weighed"),
            Gap(
                code="unrecorded",
                ref=applications.ref,
                message="nothing recorded produced dataset:hmda-boston@1990",
            ),
            Gap(
                code="vendor-assertion-only",
                record=vendor.id,
                message="vendor rests on the vendor's word alone",
                owner="role:head-of-credit-risk",
            ),
            Gap(
                code="asserted-link",
                record=vendor.id,
                ref=bureau.ref,
                message="joined by name only",
            ),
            Gap(code="unassigned", record=columns.id, message="nobody answers for feature"),
            Gap(code="stale-approval", ref=subject, message="2 decisions came after the approval"),
        ),
    )


def _open_step(team: Team, story: Story, name: str, id: str) -> Step:
    """The step as it stands while it runs: enough to put decisions into it."""
    return Step(
        id=id,
        decided_at=story.now,
        recorded_at=story.now,
        started_at=story.now,
        name=name,
        team=team.name,
    )
