"""The page of a review: the whole before the signature."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from answerable import wording
from answerable.errors import ExportError
from answerable.exporters.html.choices import choices
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.document import Document, Section
from answerable.exporters.html.markup import Child, Markup, join, tag
from answerable.exporters.html.of_trace import parts_of, verdict
from answerable.exporters.html.tables import counts, lines, missing, row, table
from answerable.lineage import AccountabilityTrace, Held, Review
from answerable.lineage.joins import used


def review_document(review: Review, trace: AccountabilityTrace) -> Document:
    """What is to be signed first, then who has spoken, what nobody chose, what it rests on.

    Raises `ExportError` if the trace is not what the digest binds.
    """
    if review.digest != trace.digest:
        raise ExportError(
            f"the review of {review.subject} is of another state than this trace",
            hint="take both as of the same time: history.trace(subject, review.as_of)",
        )
    (context,) = Context.of(trace)
    sections = [Section("sign", "To be signed", _sign(review))]
    for id, name, content in (
        ("voices", "Who has spoken", _voices(review, context)),
        ("defaults", "What nobody chose", choices("Defaults", review.defaults)),
        ("assumptions", "What is assumed", _assumptions(review, context)),
        ("walls", "Vendors' walls", _walls(review, context)),
        ("risks", "What stays at risk", _risks(review)),
    ):
        if content:
            sections.append(Section(id, name, content))
    return Document(
        kicker="Review before the signature",
        name=wording.line(review.subject),
        facts=(
            ("As of", tag("time", wording.moment(review.as_of), datetime=review.as_of.isoformat())),
            ("Verdict", verdict(trace)),
            ("Digest to approve", tag("strong", tag("code", review.digest))),
            ("Asked for", _required(review)),
        ),
        contexts=(context,),
        sections=(
            Section("summary", "Summary", _summary(review, context)),
            *sections,
            *parts_of(context),
        ),
    )


def _summary(review: Review, context: Context) -> Markup:
    present = sum(voice.is_present for voice in review.approvals)
    return join(
        counts(
            (len(review.decisions), "decision(s)", ""),
            (len(review.defaults), "of them a default", "bad"),
            (len(review.assumptions), "assumption(s)", ""),
            (len(review.walls), "vendor(s)", "warn"),
            (len(review.gaps), "gap(s)", "bad"),
            (present, "approved as shown here", "good"),
            (len(review.approvals) - present, "approved an earlier state", "bad"),
            (len(review.dissents), "dissent(s)", "warn"),
        ),
        missing(context.entries[0].gaps),
    )


def _required(review: Review) -> str:
    if review.required is None:
        return "nothing: no policy in force says who must approve it"
    of = ", ".join(map(wording.who, review.required.principals))
    return f"{review.required.threshold} of {of}"


def _sign(review: Review) -> Markup:
    command = f"answerable approve {shlex.quote(review.subject)} --digest {review.digest}"
    return join(
        tag(
            "p",
            "The digest binds all that this page shows: decisions, defaults, assumptions, vendors"
            " and gaps, whether each record verifies, and how they hang together. Whoever"
            " signs it with a key of their own says what the signature means:",
        ),
        tag(
            "ul",
            (
                tag("li", tag("code", meaning), f": {said}")
                for meaning, said in wording.MEANINGS.items()
            ),
        ),
        tag("pre", f"{command} --meaning approval"),
        tag("p", "Not to agree is as easy, and needs no digest:"),
        tag("pre", f"answerable dissent {shlex.quote(review.subject)} --because …"),
    )


def _voices(review: Review, context: Context) -> Markup:
    said = [
        row(
            (
                context.link(voice.approval.id),
                wording.decided_by(voice.approval),
                wording.MEANINGS[voice.approval.meaning],
                tag("span", "what is shown here", class_="good")
                if voice.is_present
                else tag("span", "what was there before", class_="bad"),
                voice.approval.rationale or "",
            ),
            anchor(voice.approval.id),
        )
        for voice in review.approvals
    ]
    said += [
        row(
            (
                context.link(dissent.id),
                wording.decided_by(dissent),
                tag("span", "dissents", class_="warn"),
                "",
                dissent.rationale,
            ),
            anchor(dissent.id),
        )
        for dissent in review.dissents
    ]
    heads = ("Record", "Who", "Says", "Presented was", "Because")
    return table("Approvals and dissents", heads, said) or tag("p", "Nobody has said anything yet.")


def _assumptions(review: Review, context: Context) -> Markup:
    def told(held: Held) -> Markup:
        assumed = held.assumption
        return row(
            (
                assumed.statement,
                assumed.holds_while or "",
                assumed.review_by or "no date",
                wording.who(assumed.owner) if assumed.owner else "nobody named",
                context.link(held.record),
            ),
            anchor(held.record),
        )

    heads = ("Taken to be true", "While", "Review by", "Watched by", "For")
    return table("Assumptions relied on", heads, map(told, review.assumptions))


def _walls(review: Review, context: Context) -> Markup:
    using: dict[str, list[str]] = {}
    for id, placed in context.placed.items():
        if not placed.is_history:
            for artifact in used(placed.record):
                using.setdefault(artifact.ref, []).append(id)
    rows = [(wall, lines(map(context.link, using.get(wall, ())))) for wall in review.walls]
    return table("Nobody here can see inside", ("Vendor", "Used by"), rows)


def _risks(review: Review) -> Markup:
    return table("Residual risks", ("Risk", "Owner", "Until", "Accepted with"), _risk_rows(review))


def _risk_rows(review: Review) -> Iterator[Markup]:
    for decision in review.decisions:
        for risk in decision.residual_risk:
            owner: Child = (
                wording.who(risk.owner)
                if risk.owner
                else tag("span", "nobody owns it", class_="bad")
            )
            title = wording.cut(wording.title(decision), 80)
            yield row(
                (
                    risk.statement,
                    owner,
                    risk.until or "no date",
                    tag("a", title, href=f"#{anchor(decision.id)}"),
                ),
                anchor(decision.id),
            )
