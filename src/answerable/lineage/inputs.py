"""What differs between two traces though nobody decided it: what came in from outside, and the
code that ran."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import attrs

from answerable import jsontext
from answerable.lineage.joins import produced, used
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Artifact, Decision, Record, Step


@attrs.frozen(kw_only=True)
class Changed:
    """`what` was `before` on the one side, and is `after` on the other; None: was not there."""

    what: str
    before: str | None
    after: str | None


def changed_inputs(
    before: AccountabilityTrace, after: AccountabilityTrace, decided: Iterable[Decision]
) -> Iterator[Changed]:
    """Artifacts that came in with another version or content, or on one side only, and that none
    of the decisions in which the two differ names.

    What either side produced itself changed because of what went into it, and is left out.
    """
    ours, theirs = _inputs(before), _inputs(after)
    made = {*_made(before), *_made(after)}
    made |= {trace.subject.partition("@")[0] for trace in (before, after)}
    told = _Named(decided)
    for name in (ours.keys() | theirs.keys()) - made:
        if ours.get(name) != theirs.get(name) and not told.names(name):
            yield Changed(what=name, before=_list(ours.get(name)), after=_list(theirs.get(name)))


def changed_steps(before: AccountabilityTrace, after: AccountabilityTrace) -> Iterator[Changed]:
    """Steps of one name that ran other code: from another commit, or with changes to it."""
    steps: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    ours, theirs = _code(before), _code(after)
    for name in sorted(ours.keys() & theirs.keys()):
        if ours[name] != theirs[name]:
            steps[_list(ours[name]), _list(theirs[name])].append(name)
    for (one, other), names in steps.items():
        yield Changed(what=f"the code of {', '.join(names)}", before=one, after=other)


def _in_force(trace: AccountabilityTrace) -> Iterator[Record]:
    for placed in trace.placed():
        if not placed.is_history:
            yield placed.record


def _inputs(trace: AccountabilityTrace) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for record in _in_force(trace):
        for artifact in used(record):
            found[_name(artifact)].add(_content(artifact))
    return {name: frozenset(contents) for name, contents in found.items()}


def _made(trace: AccountabilityTrace) -> set[str]:
    return {_name(artifact) for record in _in_force(trace) for artifact in produced(record)}


def _code(trace: AccountabilityTrace) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for record in _in_force(trace):
        if isinstance(record, Step) and record.source and record.source.commit:
            changed = " with changes" if record.source.dirty else ""
            found[record.name].add(record.source.commit + changed)
    return {name: frozenset(commits) for name, commits in found.items()}


class _Named:
    """What decisions name: in their fields, or in what was chosen."""

    def __init__(self, decided: Iterable[Decision]) -> None:
        self._refs: set[str] = set()
        self._said = ""
        for decision in decided:
            for artifact in (*used(decision), *produced(decision)):
                self._refs.add(_name(artifact))
            self._refs.update(ref.partition("@")[0] for ref in decision.about)
            self._said += jsontext.dumps(decision.chosen).decode() + "\n"

    def names(self, name: str) -> bool:
        return name in self._refs or name.partition(":")[2] in self._said


def _name(artifact: Artifact) -> str:
    return artifact.ref.partition("@")[0]


def _content(artifact: Artifact) -> str:
    return f"{artifact.ref} {artifact.digest}" if artifact.digest else artifact.ref


def _list(found: frozenset[str] | None) -> str | None:
    return ", ".join(sorted(found)) if found else None
