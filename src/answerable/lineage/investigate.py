"""Back from an incident: what was in force when it happened, who answers for it, and who responds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from answerable.lineage.asked import Course, courses, known
from answerable.lineage.asked.whole import in_force
from answerable.lineage.assumed import Said, broken, is_due
from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import Action, Decision, Incident


@attrs.frozen(kw_only=True)
class Broken:
    """An assumption of the decision `record`: `lapsed` is past its date, or `violated`."""

    record: str
    statement: str
    state: str
    owner: str | None


@attrs.frozen(kw_only=True)
class Investigation:
    """What there is to know of one incident. All oldest first.

    `then` is the subject's trace as it was known when it happened, `now` as it is known today:
    what was learned later is kept apart. `in_force` are the decisions of `then`; `accountable`
    gives, for each who answers for some of them, their ids. `actions` are the present ones about
    the incident (not those that later ones replaced), `courses` say of each by what right it is
    done, how far it is, and who has verified it; `responding` gives, for each who does one,
    its ids. `assumptions` are those of decisions in force that had lapsed by then, or of which it is
    known today that they did not hold. `unheard` are the facts that were made known and not acknowledged.
    """

    incident: Incident
    subject: str
    then: AccountabilityTrace
    now: AccountabilityTrace
    in_force: tuple[Decision, ...]
    accountable: tuple[tuple[str, tuple[str, ...]], ...]
    actions: tuple[Action, ...]
    courses: tuple[Course, ...]
    responding: tuple[tuple[str, tuple[str, ...]], ...]
    assumptions: tuple[Broken, ...]
    unheard: tuple[Gap, ...]

    @property
    def open_actions(self) -> tuple[Action, ...]:
        """Those that nobody has said are done."""
        return tuple(action for action in self.actions if action.state == "open")

    @property
    def learned(self) -> tuple[Gap, ...]:
        """The gaps of today that were not known then."""
        return tuple(gap for gap in self.now.gaps if gap not in self.then.gaps)


def investigate(
    incident: Incident,
    then: AccountabilityTrace,
    now: AccountabilityTrace,
    actions: Iterable[Action],
) -> Investigation:
    """Put together what the two traces, and the actions about the incident, say."""
    held = in_force(then, Decision)
    answers: dict[str, list[str]] = {}
    for decision in held:
        if decision.accountable is not None:
            answers.setdefault(decision.accountable, []).append(decision.id)
    present = list(actions)
    responds: dict[str, list[str]] = {}
    for action in present:
        who = action.owner or (action.decided_by.id if action.decided_by else None)
        if who is not None:
            responds.setdefault(who, []).append(action.id)
    return Investigation(
        incident=incident,
        subject=then.subject,
        then=then,
        now=now,
        in_force=held,
        accountable=tuple((who, tuple(of)) for who, of in sorted(answers.items())),
        actions=tuple(present),
        courses=tuple(courses(present, known(now))),
        responding=tuple((who, tuple(of)) for who, of in sorted(responds.items())),
        assumptions=tuple(_broken(held, then, now)),
        unheard=tuple(g for g in now.gaps if g.code == "unacknowledged"),
    )


def _broken(
    held: Iterable[Decision], then: AccountabilityTrace, now: AccountabilityTrace
) -> Iterator[Broken]:
    """What is known now not to have held; and what was due then, and nobody had looked at."""
    said_by_now, said_by_then = Said(now), Said(then)
    for decision in held:
        owners = {a.statement: a.owner or decision.accountable for a in decision.assumptions}
        told = [
            (statement, against.state)
            for statement, events in said_by_now.of(decision).items()
            if (against := broken(events)) is not None
        ]
        heard = said_by_then.of(decision)
        told += [
            (a.statement, "lapsed")
            for a in decision.assumptions
            if is_due(a, heard.get(a.statement, ()), then.as_of) and a.statement not in dict(told)
        ]
        for statement, state in told:
            owner = owners.get(statement)
            yield Broken(record=decision.id, statement=statement, state=state, owner=owner)
