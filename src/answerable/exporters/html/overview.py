"""The parts of the page that are about the whole: header, summary, gaps, design choices, limits."""

from __future__ import annotations

from collections.abc import Iterable

from answerable import wording
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.markup import EMPTY, Child, Markup, join, tag
from answerable.exporters.html.records import missing, table
from answerable.lineage.trace import Gap, Placed
from answerable.model import Approval, Decision, Dissent


def header(context: Context) -> Markup:
    """Which subject, as of when, whether it verifies, and what names this very state of it."""
    trace = context.trace
    style = "bad" if trace.verdict == "invalid" else "good"
    rows: tuple[tuple[str, Child], ...] = (
        ("As of", tag("time", wording.moment(trace.as_of), datetime=trace.as_of.isoformat())),
        ("Verdict", tag("strong", wording.VERDICTS[trace.verdict], class_=style)),
        ("Revision", tag("code", trace.revision)),
        ("Digest to approve", tag("code", trace.digest)),
        ("Trace id", tag("code", trace.trace_id)),
    )
    return tag(
        "header",
        tag("p", "Accountability trace", class_="kicker"),
        tag("h1", wording.line(trace.subject)),
        tag("dl", (join(tag("dt", name), tag("dd", said)) for name, said in rows)),
    )


def summary(context: Context) -> Markup:
    """The counts, and what is missing in the whole."""
    held = [placed.record for placed in context.trace.placed()]
    decisions = [record for record in held if isinstance(record, Decision)]
    defaults = sum(decision.capture == "default" for decision in decisions)
    history = sum(placed.superseded_by is not None for placed in context.trace.placed())
    counts = (
        (len(decisions), "decision", ""),
        (defaults, "of them a default", "bad"),
        (len(context.trace.steps), "step", ""),
        (len(context.hues), "team", ""),
        (sum(isinstance(record, Approval) for record in held), "approval", ""),
        (sum(isinstance(record, Dissent) for record in held), "dissent", "warn"),
        (history, "replaced or withdrawn since", ""),
        (len(context.trace.gaps), "gap", "bad"),
    )
    return join(
        tag("ul", (_count(*each) for each in counts), class_="counts"),
        missing(context.entries[0].gaps),
        _verified(context),
    )


def gaps(context: Context) -> Markup:
    """Every gap by code, each with a link to the record where it stands."""
    if not context.trace.gaps:
        return tag("p", "Nothing is missing that this program looks for.")
    number = {id(gap): n for n, gap in enumerate(context.trace.gaps, 1)}
    parts: list[Markup] = []
    for code, group in wording.by_code(context.trace.gaps).items():
        meaning = tag("span", f": {wording.GAPS[code]} ({len(group)})")
        parts.append(
            tag(
                "div",
                tag("h3", code, meaning, id=f"code-{code}", class_="missed"),
                tag(
                    "ul",
                    (_gap(context, gap, number[id(gap)]) for gap in group),
                    class_="plain gaps",
                ),
                class_="group",
            )
        )
    return join(parts)


def design(context: Context) -> Markup:
    """What was chosen and is in force, why, over what, on which assumptions."""
    rows = [
        _choice(entry.shows.record)
        for entry in context.entries
        if isinstance(entry.shows, Placed)
        and not entry.shows.is_history
        and isinstance(entry.shows.record, Decision)
    ]
    note = (
        "Supports technical documentation of the kind that the EU AI Act, Annex IV 2(b), asks for:"
        ' "key design choices including the rationale and assumptions made".'
    )
    heads = ("Design choice", "Rationale", "Considered and not taken", "Assumptions", "Decided by")
    made = table(f"{len(rows)} in force", heads, rows)
    return join(tag("p", note, class_="quiet"), made or tag("p", "No decision is in force."))


def limits() -> Markup:
    """What logging cannot do."""
    return tag(
        "footer",
        tag("h2", "What this page cannot say"),
        tag("ul", (tag("li", limit) for limit in wording.LIMITS)),
    )


def _count(number: int, what: str, style: str) -> Markup:
    plural = "" if number == 1 or " " in what else "s"
    return tag("li", tag("b", f"{number:,}", class_=style if number else None), what + plural)


def _verified(context: Context) -> Markup:
    failing = [
        placed.record.id
        for placed in context.trace.placed()
        if wording.signature(placed.record).state != "verified"
    ]
    if not failing:
        return tag("p", "Every record's signature was verified when this page was made.")
    links = (join(" ", context.link(id)) for id in failing)
    return tag("p", f"Not verified ({len(failing)}):", links, class_="bad")


def _gap(context: Context, gap: Gap, number: int) -> Markup:
    record = context.placed.get(gap.record or "")
    where = join(" ", context.link(gap.record)) if gap.record and record else EMPTY
    owner = (
        tag("span", f" Owner: {wording.who(gap.owner)}.", class_="quiet") if gap.owner else EMPTY
    )
    about: dict[str, str] = {}
    if record is not None:
        about["data_of"] = anchor(record.record.id)
        about["data_gaps"] = gap.code
    return tag("li", wording.line(gap.message), owner, where, id=f"g-{number}", **about)


def _choice(decision: Decision) -> Markup:
    default = decision.capture == "default"
    cells: list[Child] = [
        tag("a", wording.cut(wording.title(decision), 120), href=f"#{anchor(decision.id)}"),
        decision.rationale or ("none: a default that nobody chose" if default else "none given"),
        _lines(
            wording.value(option.value) + (f": {option.because}" if option.because else "")
            for option in decision.considered
        ),
        _lines(
            each.statement + (f" (review by {each.review_by})" if each.review_by else "")
            for each in decision.assumptions
        ),
        [
            wording.decided_by(decision),
            tag("div", f"answers: {wording.accountable(decision)}", class_="quiet"),
        ],
    ]
    return tag("tr", (tag("td", cell) for cell in cells), data_of=anchor(decision.id))


def _lines(items: Iterable[str]) -> Markup:
    made = [tag("li", item) for item in items]
    return tag("ul", made) if made else tag("span", "none", class_="quiet")
