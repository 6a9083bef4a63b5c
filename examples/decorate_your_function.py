"""Decorate a function of your own, call it as ever, and ask who chose what."""

from typing import Annotated

import answerable as ans


@ans.step("screening", produced="report:screened@1")
def screen(
    scores: list[float], cutoff: Annotated[float, ans.Choice("threshold")] = 0.5
) -> list[bool]:
    """Nothing in here knows of the record."""
    return [score >= cutoff for score in scores]


ans.configure(accountable="role:head-of-screening")
screen([0.2, 0.6, 0.9])
screen([0.2, 0.6, 0.9], cutoff=0.8)
ans.choose("threshold", 0.7, over={0.8: "turns away one good case in five"}, because="measured")
for decision in ans.open().decisions(kind="threshold"):
    print(decision.capture, decision.chosen, "by", decision.decided_by and decision.decided_by.id)
