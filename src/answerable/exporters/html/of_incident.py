"""The page of an incident: back from what went wrong, with what was known then kept apart."""

from __future__ import annotations

from collections.abc import Iterable

from answerable import wording
from answerable.exporters.html.choices import choices
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.document import Document, Section
from answerable.exporters.html.gaps import NOTHING, gap_list
from answerable.exporters.html.markup import EMPTY, Child, Markup, join, tag
from answerable.exporters.html.of_trace import policy_of, verdict, verified
from answerable.exporters.html.picture import picture
from answerable.exporters.html.records import records
from answerable.exporters.html.tables import Row, counts, lines, table
from answerable.lineage import Gap, Investigation
from answerable.lineage.asked import Course
from answerable.signing import Policy


def incident_document(found: Investigation, policy: Policy | None = None) -> Document:
    """Who answers and who responds first; what was in force; what did not hold; what is open."""
    then, now = Context.of(found.then, found.now, policy=policy)
    sections = [
        Section("people", "Who is accountable, who responds", _people(found, then)),
        Section("force", "In force when it happened", _in_force(found)),
        Section("assumed", "Assumed, and not so", _assumed(found, then)),
        Section("unheard", "Made known, and not acknowledged", _listed(now, found.unheard)),
        Section("actions", "What is done about it", _actions(found)),
        Section("learned", "Learned since", _listed(now, _rest(found.learned, found.unheard))),
        Section("glance", "At a glance, as it was known then", picture(then)),
        Section("gaps", "What was missing then", _listed(then, then.trace.gaps)),
        Section("records", "Every record, as it was known then", records(then)),
    ]
    if later := records(now):
        sections.append(Section("later", "Recorded since, or told later", later))
    wrong = found.incident
    happened = tag(
        "time", wording.moment(wrong.occurred_at), datetime=wrong.occurred_at.isoformat()
    )
    return Document(
        kicker="Incident",
        name=wording.line(wrong.statement),
        facts=(
            ("Happened", happened),
            ("To", wording.line(found.subject)),
            ("Severity", wording.line(wrong.severity or "not said")),
            ("Told by", wording.decided_by(wrong)),
            ("Told at", wording.moment(wrong.recorded_at)),
            ("Known as of", wording.moment(found.now.as_of)),
            ("Verdict", verdict(found.now)),
            ("Policy", policy_of(now)),
            ("Record", then.link(wrong.id)),
        ),
        contexts=(then, now),
        sections=(Section("summary", "Summary", _summary(found, then)), *sections),
    )


def _summary(found: Investigation, context: Context) -> Markup:
    return join(
        counts(
            (len(found.in_force), "in force then", ""),
            (len(context.trace.gaps), "missing then", "bad"),
            (len(found.assumptions), "assumed, and not so", "bad"),
            (len(found.unheard), "not acknowledged", "bad"),
            (len(found.learned), "learned since", "warn"),
            (len(found.open_actions), "action(s) still open", "bad"),
        ),
        verified(context),
    )


def _people(found: Investigation, context: Context) -> Markup:
    """Those who answer and those who respond; they need not be the same."""
    heads = ("Who", "For")
    nobody = tag("p", "Nobody.", class_="bad")
    answers = _told(found.accountable, context)
    responds = _told(found.responding, context)
    return join(
        table("Accountable for what was in force", heads, answers)
        or tag("p", "Nobody is accountable for what was in force.", class_="bad"),
        table("Responds", heads, responds) or (tag("p", tag("strong", "Responds")), nobody),
    )


def _told(people: Iterable[tuple[str, tuple[str, ...]]], context: Context) -> list[list[Child]]:
    return [[wording.who(who), lines(map(context.link, of))] for who, of in people]


def _in_force(found: Investigation) -> Markup:
    made = choices(f"{len(found.in_force)} decisions", found.in_force)
    return made or tag("p", "Nothing that anybody decided.", class_="bad")


def _assumed(found: Investigation, context: Context) -> Markup:
    rows = [
        Row(
            (
                each.statement,
                tag("span", each.state, class_="bad"),
                wording.who(each.owner) if each.owner else "nobody named",
                context.link(each.record),
            ),
            anchor(each.record),
        )
        for each in found.assumptions
    ]
    heads = ("Taken to be true", "State", "Watched by", "For")
    return table("Of what was in force", heads, rows) or tag("p", "Nothing that anybody declared.")


def _actions(found: Investigation) -> Markup:
    heads = ("Action", "State", "Owner", "Due", "By what right", "Verified by")
    made = table("Actions", heads, map(_course, found.courses))
    return made or tag("p", "Nothing.", class_="bad")


def _course(course: Course) -> Row:
    title = wording.cut(wording.line(course.statement), 80)
    state = "overdue" if course.overdue else course.state
    style = {"open": "warn", "overdue": "bad"}.get(state, "good")
    return Row(
        (
            tag("a", title, href=f"#{anchor(course.record)}"),
            tag("span", state, class_=style),
            wording.who(course.owner) if course.owner else "nobody named",
            course.due or "no date",
            [course.right or "none named", _objection(course)],
            _verified(course),
        ),
        anchor(course.record),
    )


def _objection(course: Course) -> Markup:
    said = course.objection
    return tag("div", f"but it {wording.line(said)}", class_="bad") if said else EMPTY


def _verified(course: Course) -> Markup:
    if course.verified_by is None:
        return tag("span", "nobody", class_="quiet")
    who = wording.who(course.verified_by)
    if course.by_another:
        return tag("span", who)
    return tag("span", f"{who}, who owns it", class_="warn")


def _rest(gaps: Iterable[Gap], but: Iterable[Gap]) -> list[Gap]:
    told = set(but)
    return [gap for gap in gaps if gap not in told]


def _listed(context: Context, gaps: Iterable[Gap]) -> Markup:
    return gap_list(context, list(gaps)) or tag("p", NOTHING)
