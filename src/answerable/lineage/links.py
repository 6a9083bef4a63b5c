"""How the records of a closure hang together: what each stands in, and its causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from answerable.lineage.closure import Closure
from answerable.lineage.known import order
from answerable.lineage.trace import Link
from answerable.model import Approval, Decision, Dissent, Record, Step
from answerable.model.artifacts import RECORD


@attrs.frozen(kw_only=True)
class Cut:
    """A tie that would close a circle, left out: `record` was tied to the later `to`.

    `role` is the link's, `inside` for one record that stands in the other.
    """

    record: str
    to: str
    role: str


def parents(records: Mapping[str, Record]) -> tuple[dict[str, str | None], tuple[Cut, ...]]:
    """The enclosing decision or step of each record, None where none is among `records`."""
    found = {id: _enclosing(record, records) for id, record in records.items()}
    cuts = []
    done: set[str] = set()
    for start in sorted(found):
        path: list[str] = []
        here: str | None = start
        while here is not None and here not in done:
            done.add(here)
            path.append(here)
            here = found[here]
        if here in path:
            circle = path[path.index(here) :]
            latest = max((records[id] for id in circle), key=order).id
            inner = next(id for id in circle if found[id] == latest)
            cuts.append(Cut(record=inner, to=latest, role="inside"))
            found[latest] = None
    return found, tuple(cuts)


def links(
    closure: Closure, parents: Mapping[str, str | None]
) -> tuple[dict[str, tuple[Link, ...]], tuple[Cut, ...]]:
    """The causes of each record, its parent left out. Links never run in a circle: there, those
    from an earlier record to a later one are cut."""
    found = {id: set(closure.causes.get(id, ())) for id in closure.records}
    for id, link in (*_successions(closure), *_abouts(closure, parents)):
        found[id].add(link)
    kept = {
        id: _strongest(link for link in all if link.to != parents[id]) for id, all in found.items()
    }
    circles = {
        (id, link)
        for id, ahead in kept.items()
        for link in ahead
        if order(closure.records[id]) < order(closure.records[link.to])
        and _reaches(link.to, id, kept)
    }
    sound = {id: tuple(x for x in all if (id, x) not in circles) for id, all in kept.items()}
    # That a yes is about what was then done on its authority contradicts nothing.
    cuts = (Cut(record=id, to=x.to, role=x.role) for id, x in circles if x.by != "about")
    return sound, tuple(cuts)


def _enclosing(record: Record, records: Mapping[str, Record]) -> str | None:
    for id in (record.within, record.step):
        if id and id != record.id and isinstance(records.get(id), Decision | Step):
            return id
    return None


def _successions(closure: Closure) -> Iterator[tuple[str, Link]]:
    for id, replaced in closure.records.items():
        if closure.known.successor(replaced):
            for later in closure.known.superseding(id):
                yield later.id, Link(to=id, role="supersedes", by="supersedes")


def _abouts(closure: Closure, parents: Mapping[str, str | None]) -> Iterator[tuple[str, Link]]:
    """The later of the two holds the link: a plan bears on what is made, a finding looks back.
    A yes or a no is never a cause: whoever is about the other holds the link."""
    for id, record in closure.records.items():
        if not closure.known.in_force(record):
            continue
        for ref in record.about:
            own = ref.removeprefix(RECORD)
            named = {own} if ref != own else closure.makers.get(ref, frozenset())
            for other in named & closure.records.keys() - {id}:
                pair = [closure.records[other], record]
                if not any(isinstance(one, Approval | Dissent) for one in pair):
                    pair.sort(key=order)
                target, holder = pair
                if parents[target.id] != holder.id and closure.known.in_force(holder):
                    yield holder.id, Link(to=target.id, role="about", by="about")


def _strongest(links: Iterator[Link]) -> tuple[Link, ...]:
    """One link to each record in each role: a shared digest says more than a shared name."""
    best: dict[tuple[str, str], Link] = {}
    for link in sorted(links, key=lambda link: (link.to, link.role, link.by)):
        best.setdefault((link.to, link.role), link)
    return tuple(best.values())


def _reaches(start: str, goal: str, links: Mapping[str, tuple[Link, ...]]) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        for link in links[waiting.pop()]:
            if link.to == goal:
                return True
            if link.to not in seen:
                seen.add(link.to)
                waiting.append(link.to)
    return False
