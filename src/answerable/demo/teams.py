"""Who does which part of the work: for each, a process of its own."""

from __future__ import annotations

import attrs


@attrs.frozen
class Part:
    """A module of this package, run as a process by one team.

    `actor` is who acts in it, `accountable` who answers for what is decided there.
    """

    module: str
    doing: str
    team: str
    actor: str
    accountable: str


PARTS = (
    Part(
        "requirements",
        "requirements and labelling guideline",
        "credit-policy",
        "credit-policy-lead@bank.example",
        "role:head-of-retail-credit",
    ),
    Part(
        "selection",
        "data selection",
        "data-platform",
        "data-steward@bank.example",
        "role:head-of-data",
    ),
    Part(
        "training",
        "training",
        "modelling",
        "lead-modeller@bank.example",
        "role:head-of-modelling",
    ),
    Part(
        "evaluation",
        "evaluation and threshold",
        "model-risk",
        "model-validator@bank.example",
        "role:head-of-model-risk",
    ),
    Part(
        "fair_lending",
        "fair-lending review",
        "fair-lending",
        "fair-lending-officer@bank.example",
        "role:head-of-fair-lending",
    ),
    Part(
        "procurement",
        "vendor selection",
        "procurement",
        "vendor-manager@bank.example",
        "role:head-of-procurement",
    ),
    Part(
        "approval",
        "approval",
        "risk-committee",
        "risk-committee-chair@bank.example",
        "role:chief-risk-officer",
    ),
    Part(
        "deployment",
        "deployment",
        "release",
        "release-manager@bank.example",
        "role:head-of-lending-operations",
    ),
    Part(
        "serving",
        "outcomes of applicants",
        "lending-operations",
        "service:loan-advice",
        "org:bank.example",
    ),
)
