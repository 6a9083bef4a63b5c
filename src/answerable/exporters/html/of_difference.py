"""The page of a difference: each choice before and after, and both traces in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from answerable import wording
from answerable.exporters.html.choices import choices
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.document import Document, Section
from answerable.exporters.html.gaps import NOTHING, gap_list
from answerable.exporters.html.markup import Child, Markup, join, tag
from answerable.exporters.html.of_trace import policy_of, verdict, verified
from answerable.exporters.html.picture import picture
from answerable.exporters.html.records import records
from answerable.exporters.html.tables import Row, counts, table
from answerable.lineage import AccountabilityTrace, Change, Difference
from answerable.model import Decision
from answerable.signing import Policy


def difference_document(
    difference: Difference,
    before: AccountabilityTrace,
    after: AccountabilityTrace,
    policy: Policy | None = None,
) -> Document:
    """What was decided otherwise first; what changed without a decision; then the two traces."""
    now, once = Context.of(after, before, policy=policy)
    names = _name(before, after), _name(after, before)
    sections = [
        Section("changes", "What was decided otherwise", _changes(difference)),
        Section("without", "Changed without a decision", _without(difference)),
        Section("gaps", "What is missing", _gaps(difference, once, now)),
        Section("glance", "At a glance", _pictures(difference, once, now, names)),
        Section("records", f"Every record behind {names[1]}", records(now)),
    ]
    if only := records(once):
        sections.append(Section("only", f"Only behind {names[0]}", only))
    return Document(
        kicker="What changed",
        name=f"{names[0]} to {names[1]}",
        facts=(
            *_side("Before", before, names[0]),
            *_side("After", after, names[1]),
            ("Policy", policy_of(now)),
            *((("As of", wording.moment(after.as_of)),) if before.as_of == after.as_of else ()),
        ),
        contexts=(now, once),
        sections=(Section("summary", "Summary", _summary(difference, now)), *sections),
    )


def _name(trace: AccountabilityTrace, other: AccountabilityTrace) -> str:
    """Its subject, and its time where the other has another."""
    subject = wording.line(trace.subject)
    if trace.as_of == other.as_of:
        return subject
    return f"{subject} as of {wording.moment(trace.as_of)}"


def _side(name: str, trace: AccountabilityTrace, said: str) -> Iterator[tuple[str, Child]]:
    yield name, [tag("strong", said), " ", tag("code", trace.digest)]
    yield f"{name}: verdict", verdict(trace)


def _summary(difference: Difference, now: Context) -> Markup:
    return join(
        counts(
            (len(difference.changed), "decided otherwise", ""),
            (len(difference.added), "added", ""),
            (len(difference.removed), "removed", ""),
            (len(difference.without_decision), "changed without a decision", "bad"),
            (len(difference.remade), "decided anew, the same", ""),
            (len(difference.closed), "gap(s) closed", "good"),
            (len(difference.opened), "gap(s) opened", "bad"),
        ),
        verified(now),
    )


def _changes(difference: Difference) -> Markup:
    made = join(
        map(_change, difference.changed),
        choices(f"Added ({len(difference.added)})", difference.added),
        choices(f"Removed ({len(difference.removed)})", difference.removed),
        _pairs("Decided anew, with the same choice", difference.remade),
        _pairs("Left to its default on both sides", difference.defaults),
    )
    return made or tag("p", "No decision differs.")


def _change(change: Change) -> Markup:
    """One question, and the two answers beside each other."""
    sides = (change.before, change.after)
    told: list[tuple[str, list[Child]]] = [
        ("Chosen", [tag("strong", wording.value(each.chosen)) for each in sides]),
        ("Why", [each.rationale or "no reason given" for each in sides]),
        ("Decided by", [wording.decided_by(each) for each in sides]),
        ("Accountable", [wording.accountable(each) for each in sides]),
        ("When", [wording.moment(each.decided_at) for each in sides]),
        ("Record", [_link(each) for each in sides]),
    ]
    both = f"{anchor(change.before.id)} {anchor(change.after.id)}"
    head = wording.line(f"{change.after.kind}: {change.after.question}")
    rows = [Row((tag("span", name, class_="quiet"), *said), both) for name, said in told]
    return tag("div", table(head, ("Field", "Before", "After"), rows), class_="change")


def _pairs(caption: str, changes: Iterable[Change]) -> Markup:
    rows = [
        Row(
            (wording.line(each.after.question), _link(each.before), _link(each.after)),
            f"{anchor(each.before.id)} {anchor(each.after.id)}",
        )
        for each in changes
    ]
    return table(f"{caption} ({len(rows)})", ("Question", "Before", "After"), rows)


def _link(decision: Decision) -> Markup:
    title = wording.cut(wording.title(decision), 80)
    return tag("a", title, href=f"#{anchor(decision.id)}")


def _without(difference: Difference) -> Markup:
    nothing = tag("span", "nothing", class_="quiet")
    rows = [
        (each.what, *(nothing if said is None else said for said in (each.before, each.after)))
        for each in difference.without_decision
    ]
    return table("Nobody decided these", ("What", "Before", "After"), rows) or tag("p", "Nothing.")


def _gaps(difference: Difference, once: Context, now: Context) -> Markup:
    still = [gap for gap in now.trace.gaps if gap not in difference.opened]
    before = [gap for gap in once.trace.gaps if gap not in difference.closed]
    parts = [
        tag("div", tag("p", tag("strong", name), class_="part"), listed)
        for name, listed in (
            ("Opened", gap_list(now, difference.opened)),
            ("Closed", gap_list(once, difference.closed)),
            ("Still missing", gap_list(now, still)),
        )
        if listed
    ]
    if listed := gap_list(once, before):
        parts.append(tag("details", tag("summary", f"The same before ({len(before)})"), listed))
    return join(parts) or tag("p", NOTHING)


def _pictures(
    difference: Difference, once: Context, now: Context, names: tuple[str, str]
) -> Markup:
    marks: dict[str, str] = {d.id: "added" for d in difference.added}
    marks |= {d.id: "removed" for d in difference.removed}
    for change in difference.changed:
        marks |= {change.before.id: "changed", change.after.id: "changed"}
    for change in difference.defaults:
        if change.is_other:
            marks |= dict.fromkeys((change.before.id, change.after.id), "other default")
    return join(
        tag("p", tag("strong", f"After: {names[1]}"), class_="part"),
        picture(now, marks),
        tag("p", tag("strong", f"Before: {names[0]}"), class_="part"),
        picture(once, marks),
    )
