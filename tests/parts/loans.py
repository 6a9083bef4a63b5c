"""A loan-approval system as five teams recorded it: real signatures, stitched by `stitch`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import statement
from answerable.lineage import AccountabilityTrace, MemoryLookup, stitch
from answerable.model import (
    Actor,
    Approval,
    Artifact,
    Assumption,
    Ballot,
    Considered,
    Custody,
    Decision,
    Dissent,
    Emission,
    Evidence,
    Record,
    Scope,
    Source,
    Step,
)
from answerable.signing import Envelope, envelope_digest

SUBJECT: Final = "deployment:prod/loan-approval"
START: Final = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
AS_OF: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
COMMIT: Final = "9f2c1e07b1d5c3a86c0d4e12a7f3b9856d20c411"

_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def digest(n: int) -> str:
    """A digest that is some number's."""
    return f"sha256:{n:064x}"


def thing(ref: str, n: int | None = None) -> Artifact:
    """An artifact, with a digest or without."""
    return Artifact(ref=ref, digest=digest(n) if n is not None else None)


def signed(record: Record, index: int, *, fault: str | None = None) -> Record:
    """The record with the custody that reading it from a ledger gives."""
    payload = statement.to_bytes(record)
    data = Envelope.sign(payload, [("session-1", _KEY)]).to_bytes()
    custody = Custody(
        envelope=data,
        digest=envelope_digest(data),
        index=index,
        verified=fault is None,
        fault=fault,
    )
    return attrs.evolve(record, custody=custody)


def trace_of(records: Iterable[Record], subject: str = SUBJECT) -> AccountabilityTrace:
    """The trace of what was recorded, as of `AS_OF`."""
    return stitch(subject, MemoryLookup(records), AS_OF)


def loans() -> AccountabilityTrace:
    """The whole system: five teams, a default, a vendor's word, a dissent, history and gaps."""
    return trace_of(signed(record, n) for n, record in enumerate(records()))


def records() -> list[Record]:
    """What each team recorded, oldest first."""
    return [*_policy(), *_data(), *_training(), *_evaluation(), *_vendor(), *_release()]


APPLICATIONS: Final = thing("dataset:applications@1990", 1)
SELECTED: Final = thing("dataset:applications-selected@1", 2)
GUIDELINE: Final = thing("guideline:underwriting@3", 3)
MODEL: Final = thing("model:loan-approval@7", 4)
REPORT: Final = thing("report:fairness-by-group@7", 5)
SCORE: Final = thing("vendor:acme-score")
LIVE: Final = thing(SUBJECT)


def _policy() -> list[Record]:
    at: dict[str, Any] = {"team": "policy", "by": "person:legal@bank.example.org"}
    return [
        step(
            "s-policy", 0, "set requirements", "requirements", produced=(GUIDELINE,), team="policy"
        ),
        decision(
            *("d-requirement", 0, "requirement"),
            question="What must the system do?",
            chosen="decline no applicant for belonging to a protected group",
            considered=(
                Considered(value="no requirement", because="the supervisor asks for one"),
                Considered(value="equal approval rates", because="not what the law asks"),
            ),
            rationale="Equal credit opportunity is the law, and the bank's own policy",
            authority="policy:fair-lending@2025",
            accountable="role:head-of-policy",
            step="s-policy",
            **at,
        ),
        decision(
            *("d-guideline", 1, "guideline"),
            question="By which guideline do we work?",
            chosen={"name": "underwriting", "version": 3},
            rationale="The version that the supervisor has seen",
            accountable="role:head-of-policy",
            step="s-policy",
            **at,
        ),
    ]


def _data() -> list[Record]:
    at: dict[str, Any] = {"team": "data", "by": "person:data@bank.example.org", "step": "s-data"}
    return [
        step(
            *("s-data", 20, "select applications", "data"),
            used=(APPLICATIONS, GUIDELINE),
            produced=(SELECTED,),
            team="data",
        ),
        decision(
            *("d-dataset", 20, "dataset"),
            question="Which applications do we train on?",
            chosen="1,989 applications of 1990, Boston area",
            considered=(
                Considered(value="all states", because="outcomes are recorded differently"),
                Considered(value="since 1985", because="the guideline changed in 1989"),
                Considered(value="approved only", because="hides the applicants declined"),
                Considered(value="none", because="nothing to learn from"),
            ),
            rationale="The only year with outcomes and attributes for the same applicants",
            accountable="role:head-of-data",
            assumptions=(
                Assumption(
                    statement="the applicant mix stays as in 1990",
                    review_by="2026-03-31",
                    holds_while="population drift below 0.2",
                    owner="role:model-risk",
                ),
            ),
            **at,
        ),
        decision(
            *("d-feature", 21, "feature"),
            question="Which columns does the model see?",
            chosen=["loan_to_value", "debt_ratio", "credit_history", "self_employed"],
            considered=(Considered(value="race", because="forbidden ground"),),
            rationale="Nothing that stands for a protected group by itself",
            known_by="environment",
            **at,
        ),
    ]


def _training() -> list[Record]:
    at: dict[str, Any] = {"team": "modelling", "step": "s-train"}
    return [
        step(
            "s-train",
            40,
            "train",
            "training",
            used=(SELECTED,),
            produced=(MODEL,),
            team="modelling",
        ),
        decision(
            *("d-architecture", 40, "architecture"),
            question="Which kind of model do we train?",
            chosen="logistic regression",
            considered=(
                Considered(
                    value="gradient boosting", because="0.4 points better, and no reasons to give"
                ),
            ),
            rationale="Each decline must come with its reasons",
            by="person:ml@bank.example.org",
            accountable="role:head-of-modelling",
            **at,
        ),
        decision(
            *("d-default", 41, "hyperparameter"),
            question="Which value for max_iter?",
            chosen=100,
            capture="default",
            source=Source(function="train", file="pipeline/train.py", line=18, commit=COMMIT),
            **at,
        ),
    ]


def _evaluation() -> list[Record]:
    at: dict[str, Any] = {
        "team": "model-risk",
        "by": "person:risk@bank.example.org",
        "step": "s-evaluate",
        "accountable": "role:head-of-credit-risk",
    }
    return [
        step(
            *("s-evaluate", 60, "evaluate", "evaluation"),
            used=(MODEL, SELECTED),
            produced=(REPORT,),
            team="model-risk",
        ),
        decision(
            *("d-threshold-old", 60, "threshold"),
            question="At which score do we decline?",
            chosen=0.5,
            rationale="A start",
            **at,
        ),
        decision(
            *("d-threshold", 61, "threshold"),
            question="At which score do we decline?",
            chosen=0.62,
            considered=(
                Considered(value=0.5, because="library default; declines 9% more applicants"),
                Considered(value=0.7, because="false approvals above 4%"),
            ),
            rationale="False approvals below 2% on validation, and the smallest gap between groups",
            evidence=(Evidence(artifact=REPORT, kind="own_test", valid_until="2026-12-31"),),
            supersedes=("d-threshold-old",),
            known_by="authenticated",
            scope=Scope(
                deployment=SUBJECT,
                intended_purpose="first reading of applications",
                population="private applicants, Boston area",
            ),
            source=Source(
                function="evaluate", file="pipeline/evaluate.py", line=57, commit=COMMIT, dirty=True
            ),
            **at,
        ),
    ]


def _vendor() -> list[Record]:
    return [
        decision(
            *("d-vendor", 80, "vendor"),
            question="Which bureau score do we rely on?",
            chosen="acme-score",
            considered=(Considered(value="no bureau score", because="thin files stay unscored"),),
            rationale="Cheapest of those with coverage",
            by="committee:vendor-board",
            team="procurement",
            evidence=(
                Evidence(artifact=thing("report:acme-whitepaper@2"), kind="vendor_assertion"),
            ),
            used=(SCORE,),
            votes=(
                Ballot(actor="person:chair@bank.example.org", vote="for"),
                Ballot(actor="person:risk@bank.example.org", vote="against", because="no own test"),
            ),
            about=(SUBJECT,),
        )
    ]


def _release() -> list[Record]:
    common: dict[str, Any] = {"team": "release"}
    return [
        decision(
            *("d-deploy", 100, "deploy"),
            question="What goes into production?",
            chosen="model:loan-approval@7",
            rationale="Passed the evaluation",
            by="person:release@bank.example.org",
            accountable="role:head-of-credit-risk",
            used=(MODEL, REPORT, SCORE),
            produced=(LIVE,),
            **common,
        ),
        Dissent(
            id="x-dissent",
            decided_at=START + timedelta(days=101),
            recorded_at=START + timedelta(days=101, seconds=1),
            decided_by=Actor(id="person:risk@bank.example.org"),
            about=(SUBJECT,),
            rationale="The bureau score was never tested on our own applicants",
            team="model-risk",
        ),
        Approval(
            id="x-approval",
            decided_at=START + timedelta(days=102),
            recorded_at=START + timedelta(days=102, seconds=1),
            decided_by=Actor(id="role:head-of-credit-risk", known_by="authenticated"),
            about=(SUBJECT,),
            meaning="approval",
            digest=digest(99),
            rationale="Within the bank's appetite for risk",
            **common,
        ),
    ]


def decision(
    id: str,
    days: int,
    kind: str,
    *,
    question: str,
    chosen: Any,
    by: str | None = None,
    known_by: Any = "asserted",
    **fields: Any,
) -> Decision:
    """A decision made so many days after the start."""
    at = START + timedelta(days=days, minutes=len(id))
    return Decision(
        id=id,
        decided_at=at,
        recorded_at=at + timedelta(seconds=1),
        decided_by=Actor(id=by, known_by=known_by) if by else None,
        kind=kind,
        question=question,
        chosen=chosen,
        emission=Emission(key_id="session-1", seq=days),
        **fields,
    )


def step(id: str, days: int, name: str, phase: str, **fields: Any) -> Step:
    """A step that began so many days after the start and took two days."""
    at = START + timedelta(days=days)
    return Step(
        id=id,
        started_at=at,
        decided_at=at + timedelta(days=2),
        recorded_at=at + timedelta(days=2, seconds=1),
        name=name,
        phase=phase,
        **fields,
    )
