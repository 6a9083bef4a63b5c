"""What is done about an incident: by whom, by what right, how far it is, and who has checked it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from answerable.lineage.asked.whole import verifies
from answerable.lineage.expiry import passed
from answerable.lineage.known import Known
from answerable.lineage.mandates import objections
from answerable.model import Action
from answerable.model.events import ActionState


@attrs.frozen(kw_only=True)
class Course:
    """One corrective action, over all the records that say how far it is; `record` is the newest.

    `begun_by` is the id of the first of them. `overdue`: open, and its date has passed. `right` is
    the authority that it names, or that the latest before it named; `objection` says what speaks
    against that, as the rest of a sentence. `verified_by` has verified that it is done, in a record
    that itself verifies; `by_another`
    says whether that is somebody else than its owner, None until it is verified.
    """

    record: str
    begun_by: str
    statement: str
    owner: str | None
    due: str | None
    state: ActionState
    overdue: bool
    right: str | None
    objection: str | None
    verified_by: str | None
    by_another: bool | None


def courses(actions: Iterable[Action], known: Known) -> Iterator[Course]:
    """One for each of the actions, which are those that nothing has replaced."""
    for action in actions:
        told = [action, *_before(action, known)]
        owner = _first(each.owner for each in told)
        due = _first(each.due for each in told)
        verified = action.state == "verified" and verifies(action)
        checker = action.decided_by.id if verified and action.decided_by else None
        yield Course(
            record=action.id,
            begun_by=told[-1].id,
            statement=action.statement,
            owner=owner,
            due=due,
            state=action.state,
            overdue=action.state == "open" and passed(due, known.at),
            right=_first(each.authority for each in told),
            objection=_first(text for each in told for text, _ in objections(each, known)),
            verified_by=checker,
            by_another=None if checker is None else checker != owner,
        )


def _before(action: Action, known: Known) -> list[Action]:
    """The records that it took the place of, newest first."""
    found: list[Action] = []
    waiting, seen = [action], {action.id}
    while waiting:
        for id in waiting.pop(0).supersedes:
            earlier = known.get(id)
            if isinstance(earlier, Action) and id not in seen:
                seen.add(id)
                found.append(earlier)
                waiting.append(earlier)
    return found


def _first(said: Iterable[str | None]) -> str | None:
    return next((each for each in said if each is not None), None)
