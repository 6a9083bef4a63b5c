"""Production: the system advises on one application in ten, and each outcome is recorded."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import answerable as ans
from answerable.demo.telemetry import observed

DEPLOYMENT = "deployment:prod/loan-approval"
MODEL = "model:loan-approval@1"


def serve() -> dict[str, list[str]]:
    """The ids of the outcomes, by what was advised."""
    threshold = json.loads(Path("threshold.json").read_text(encoding="utf-8"))["approve_from"]
    with Path("held-out.csv").open(encoding="utf-8", newline="") as file:
        told = {row["application"]: row for row in csv.DictReader(file)}
    with Path("held-out-scores.csv").open(encoding="utf-8", newline="") as file:
        scores = {row["application"]: float(row["score"]) for row in csv.DictReader(file)}
    advised: dict[str, list[str]] = {"approve": [], "decline": []}
    for application in list(scores)[::10]:
        score = scores[application]
        advice = "approve" if score >= threshold else "decline"
        receipt = ans.outcome(
            DEPLOYMENT,
            f"application-{application}",
            f"{advice} advised",
            part="recommended",
            elements={
                "score": round(score, 3),
                "advised from": threshold,
                "other obligations, % of income": float(told[application]["obrat"]),
                "loan, % of price": round(float(told[application]["loanprc"]) * 100, 1),
            },
            model=MODEL,
        )
        advised[advice].append(receipt.id)
    return advised


if __name__ == "__main__":
    with observed():
        ids = serve()
        ans.flush()
        Path("outcomes.json").write_text(json.dumps(ids, indent=2), encoding="utf-8")
