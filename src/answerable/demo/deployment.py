"""Release: what is watched in production, and what goes there, how far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import answerable as ans
from answerable.demo.telemetry import observed


@ans.step("monitoring", phase="monitoring")
def watch(
    alert_below: Annotated[
        float, ans.Choice("alert_threshold", "Below which approval ratio does monitoring alert?")
    ] = 0.75,
) -> None:
    """What is measured once the system runs."""
    measures = ans.choose(
        "monitor",
        ["approval ratio by group, each month", "share of advice overruled", "codes not delivered"],
        question="What do we watch in production?",
        over={"errors": "who would have paid is known after years"},
        because="they are known at once, and the committee's conditions turn on them",
    )
    watched = {"measures": measures, "alert_below": alert_below}
    Path("monitoring.json").write_text(json.dumps(watched, indent=2), encoding="utf-8")
    ans.current().produced(ans.artifact("config:monitoring@1", path="monitoring.json"))


@ans.step("deployment", phase="deployment")
def deploy() -> None:
    """Model, threshold, supplier and monitoring together, in production."""
    parts = [
        ans.artifact("model:loan-approval@1", path="model.joblib"),
        ans.artifact("config:decision-threshold@1", path="threshold.json"),
        ans.artifact("config:monitoring@1", path="monitoring.json"),
        ans.artifact("contract:bureau-score@1", path="vendor-terms.txt"),
        ans.artifact("report:committee-minutes@1", path="minutes.txt"),
    ]
    ans.current().used(*parts, "vendor:bureau-score")
    share = ans.choose(
        "deploy",
        "one application in ten",
        question="For which share of the applications is advice given at first?",
        over={
            "all": "an error would reach everybody before it is seen",
            "none": "unseen advice would not show how underwriters act on it",
        },
        because="a tenth can be compared with what underwriters decide without advice",
    )
    ans.choose(
        "contest",
        "ask at any branch within 60 days: an underwriter who was not involved decides anew",
        over={"by letter only": "who cannot write well would not contest"},
        because="a notice of adverse action names a person to ask, and by when (Regulation B)",
        accountable="role:head-of-lending-operations",
        legal_refs="12 CFR 1002.9",
    )
    manifest = {"parts": {part.ref: part.digest for part in parts}, "share": share}
    Path("deployment.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    ans.current().produced(ans.artifact("deployment:prod/loan-approval", path="deployment.json"))


if __name__ == "__main__":
    with observed():
        watch()
        deploy()
