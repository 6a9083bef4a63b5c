"""A trace of thousands of records, with gaps among them, for what must stay quick."""

from __future__ import annotations

from itertools import count
from typing import Final

from answerable.lineage import AccountabilityTrace
from answerable.model import Considered, Record
from tests.parts.loans import APPLICATIONS, LIVE, decision, signed, step, thing, trace_of

_TEAMS: Final = ("policy", "data", "modelling", "model-risk", "procurement", "release")
_PHASES: Final = ("requirements", "data", "training", "evaluation")
_KINDS: Final = ("threshold", "feature", "hyperparameter", "dataset")
_INSIDE: Final = 9


def large(records: int) -> AccountabilityTrace:
    """So many records: a chain of steps, each with decisions in it, up to one deployment."""
    made: list[Record] = []
    used = APPLICATIONS
    for part in count(1):
        produced = thing(f"report:part-{part}@1", 1000 + part)
        team, day = _TEAMS[part % len(_TEAMS)], part // 2
        phase = _PHASES[part % len(_PHASES)]
        made.append(
            step(
                f"s-{part}",
                day,
                f"part {part}",
                phase,
                used=(used,),
                produced=(produced,),
                team=team,
            )
        )
        made += [_decision(part, n, day, team) for n in range(_INSIDE)]
        used = produced
        if len(made) >= records - 1:
            break
    del made[records - 1 :]
    last = step(
        "s-last", day + 1, "deploy", "deployment", used=(used,), produced=(LIVE,), team="release"
    )
    return trace_of(signed(record, n) for n, record in enumerate([*made, last]))


def _decision(part: int, n: int, day: int, team: str) -> Record:
    # A third of them leave something to ask for.
    bare = n % 3 == 0
    return decision(
        f"d-{part}-{n}",
        day,
        _KINDS[n % len(_KINDS)],
        question=f"Which value of parameter {n} in part {part}?",
        chosen=part + n / 8,
        considered=() if bare else (Considered(value=n, because=f"{n}% worse"),),
        rationale=f"Measured best of three in part {part}, question {n}",
        by="person:ml@bank.example.org",
        accountable=None if bare else "role:head-of-modelling",
        team=team,
        step=f"s-{part}",
    )
