"""The page of a review: the whole before the signature."""

from __future__ import annotations

import shlex

from answerable import wording
from answerable.errors import ExportError
from answerable.exporters.html import beside
from answerable.exporters.html.choices import choices
from answerable.exporters.html.context import Context
from answerable.exporters.html.document import Document, Section
from answerable.exporters.html.markup import Markup, join, tag
from answerable.exporters.html.of_trace import parts_of, policy_of, verdict
from answerable.exporters.html.tables import counts, missing
from answerable.exporters.html.voices import voices
from answerable.lineage import AccountabilityTrace, Review
from answerable.signing import Policy


def review_document(
    review: Review, trace: AccountabilityTrace, policy: Policy | None = None
) -> Document:
    """What is to be signed first, then who has spoken, what nobody chose, what it rests on.

    Raises `ExportError` if the trace is not what the digest binds.
    """
    if review.digest != trace.digest:
        raise ExportError(
            f"the review of {review.subject} is of another state than this trace",
            hint="take both as of the same time: history.trace(subject, review.as_of)",
        )
    (context,) = Context.of(trace, policy=policy)
    sections = [Section("sign", "To be signed", _sign(review))]
    for id, name, content in (
        ("voices", "Who has spoken", voices(review, context)),
        ("defaults", "What nobody chose", choices("Defaults", review.defaults)),
        ("assumptions", "What is assumed", beside.assumptions(review, context)),
        ("walls", "Vendors", beside.walls(review, context)),
        ("risks", "What stays at risk", beside.risks(review, context)),
        ("controls", "Bypassed controls", beside.controls(review, context)),
        ("scopes", "Meant for", beside.scopes(review, context)),
        ("certainty", "How it is known", beside.certainty(review)),
    ):
        if content:
            sections.append(Section(id, name, content))
    return Document(
        kicker="Review before the signature",
        name=wording.line(review.subject),
        facts=(
            ("As of", tag("time", wording.moment(review.as_of), datetime=review.as_of.isoformat())),
            ("Verdict", verdict(trace)),
            ("Policy", policy_of(context)),
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
    whole = sum(review.subject in voice.approval.about for voice in review.approvals)
    return join(
        counts(
            (len(review.decisions), "decision(s)", ""),
            (len(review.defaults), "of them a default", "bad"),
            (len(review.assumptions), "assumption(s)", ""),
            (len(review.walls), "vendor(s)", "warn"),
            (len(review.gaps), "gap(s)", "bad"),
            (present, "approved as shown here", "good"),
            (whole - present, "approved an earlier state", "bad"),
            (len(review.approvals) - whole, "approved a part of it alone", "warn"),
            (len(review.opposition), "objection(s)", "warn"),
        ),
        missing(context.entries[0].gaps),
    )


def _required(review: Review) -> str:
    if review.required is None:
        return "nothing: no policy in force says who must approve it"
    of = ", ".join(map(wording.who, review.required.principals))
    return f"{review.required.threshold} of {of}"


def _sign(review: Review) -> Markup:
    subject = shlex.quote(review.subject)
    # In lines that fit, so that none is broken where it reads as another option.
    command = (
        f"answerable approve {subject} \\\n  --meaning approval \\\n  --digest {review.digest}"
    )
    return join(
        tag(
            "p",
            "The digest binds all that this page shows, except approvals and objections: decisions,"
            " defaults, assumptions, vendors and gaps, whether each record verifies, and how they"
            " hang together. Whoever signs it with a key of their own says what that means:",
        ),
        tag(
            "ul",
            (
                tag("li", tag("code", meaning), f": {said}")
                for meaning, said in wording.MEANINGS.items()
            ),
        ),
        tag("pre", command),
        tag("p", "Not to agree is as easy, and needs no digest:"),
        tag("pre", f"answerable dissent {subject} --because …"),
    )
