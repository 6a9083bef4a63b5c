"""The page of a trace: the whole behind one subject."""

from __future__ import annotations

from answerable import wording
from answerable.exporters.html.choices import design
from answerable.exporters.html.context import Context
from answerable.exporters.html.document import Document, Section
from answerable.exporters.html.gaps import NOTHING, gap_list
from answerable.exporters.html.markup import Child, Markup, join, tag
from answerable.exporters.html.picture import picture
from answerable.exporters.html.records import records
from answerable.exporters.html.tables import counts, missing
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Approval, Decision, Dissent
from answerable.signing import Policy


def trace_document(trace: AccountabilityTrace, policy: Policy | None = None) -> Document:
    """Summary, picture, gaps, design choices, and every record in full."""
    (context,) = Context.of(trace, policy=policy)
    return Document(
        kicker="Accountability trace",
        name=wording.line(trace.subject),
        facts=facts_of(context),
        contexts=(context,),
        sections=(Section("summary", "Summary", summary(context)), *parts_of(context)),
    )


def facts_of(context: Context) -> tuple[tuple[str, Child], ...]:
    """As of when, whether it verifies, by which policy, and what names this very state of it."""
    trace = context.trace
    return (
        ("As of", tag("time", wording.moment(trace.as_of), datetime=trace.as_of.isoformat())),
        ("Verdict", verdict(trace)),
        ("Policy", policy_of(context)),
        ("Revision", tag("code", trace.revision)),
        ("Digest to approve", tag("code", trace.digest)),
        ("Trace id", tag("code", trace.trace_id)),
    )


def verdict(trace: AccountabilityTrace) -> Markup:
    """Whether it verifies, in words."""
    style = "bad" if trace.verdict == "invalid" else "good"
    return tag("strong", wording.VERDICTS[trace.verdict], class_=style)


def policy_of(context: Context) -> str:
    """Whose signatures count. Without a policy any key's do, which no verdict says."""
    if context.policy is None:
        return f"none is given here: {wording.ANY_KEY}"
    return f"version {context.policy.version}: who may sign what, and with which keys"


def parts_of(context: Context) -> tuple[Section, ...]:
    """What every page has of a trace."""
    return (
        Section("glance", "At a glance", picture(context)),
        Section("gaps", "What is missing", gap_list(context) or tag("p", NOTHING)),
        Section("design", "Design choices", design(context)),
        Section("records", "Every record", records(context)),
    )


def summary(context: Context) -> Markup:
    """The counts, and what is missing in the whole."""
    held = [placed.record for placed in context.trace.placed()]
    decisions = [record for record in held if isinstance(record, Decision)]
    defaults = sum(decision.capture == "default" for decision in decisions)
    history = sum(placed.superseded_by is not None for placed in context.trace.placed())
    return join(
        counts(
            (len(decisions), "decision(s)", ""),
            (defaults, "of them a default", "bad"),
            (len(context.trace.steps), "step(s)", ""),
            (len(context.hues), "team(s)", ""),
            (sum(isinstance(record, Approval) for record in held), "approval(s)", ""),
            (sum(isinstance(record, Dissent) for record in held), "dissent(s)", "warn"),
            (history, "replaced or withdrawn since", ""),
            (len(context.trace.gaps), "gap(s)", "bad"),
        ),
        missing(context.entries[0].gaps),
        verified(context),
    )


def verified(context: Context) -> Markup:
    """Whether every record on the page verifies, or which do not."""
    failing = [
        id
        for id, placed in context.placed.items()
        if wording.signature(placed.record).state != "verified"
    ]
    if not failing:
        return tag("p", "Every record's signature was verified when this page was made.")
    links = (join(" ", context.link(id)) for id in failing)
    return tag("p", f"Not verified ({len(failing)}):", links, class_="bad")
