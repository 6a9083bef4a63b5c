"""Each record in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from answerable import wording
from answerable.exporters.html.context import Context, anchor, codes
from answerable.exporters.html.markup import EMPTY, Child, Markup, exact, join, tag
from answerable.exporters.html.tables import facts, missing, table
from answerable.lineage.holding import holdings
from answerable.lineage.trace import Placed
from answerable.model import Approval, Artifact, Decision, Delegation, Dissent, Record, Step
from answerable.wording import Entry

_DEEPEST = 3
_KEYS = "The arrow keys go from one record's title to the next, Home and End to the first and last."


def records(context: Context) -> Markup:
    """Every record of the context, phase by phase, each under the step it stands in; nothing if
    there are none."""
    phases: list[list[Markup]] = []
    for entry in context.entries:
        if isinstance(entry.shows, Placed):
            phases[-1].append(_article(context, entry.shows, entry))
        elif isinstance(entry.shows, str):
            phases.append([tag("h3", entry.shows)])
    told = [phase for phase in phases if len(phase) > 1]
    if not told:
        return EMPTY
    return join(
        tag("p", _KEYS, class_="keys", hidden=True),
        (tag("div", ((part, "\n") for part in phase), class_="group") for phase in told),
    )


def _article(context: Context, placed: Placed, entry: Entry) -> Markup:
    record = placed.record
    depth = min(entry.depth - 2, _DEEPEST)
    classes = [context.colour(record)] + ["history"] * bool(placed.superseded_by)
    classes += [f"in{depth}"] if depth > 0 else []
    name = f"{anchor(record.id)}-name"
    return tag(
        "article",
        tag("p", _tags(context, placed), class_="tags"),
        tag(
            "h4",
            tag("a", wording.title(record), href=f"#{anchor(record.id)}", class_="self"),
            id=name,
        ),
        tag("p", record.question, class_="question", dir="auto")
        if isinstance(record, Decision)
        else None,
        missing(entry.gaps),
        facts(_main(context, placed)),
        _tables(record) if isinstance(record, Decision) else None,
        _artifacts(record),
        _causes(context, placed),
        _origin(context, record),
        _seal(record),
        id=anchor(record.id),
        class_=" ".join(classes),
        aria_labelledby=name,
        tabindex=-1,
        data_team=wording.team(record),
        data_kind=wording.kind(record),
        data_gaps=codes(entry.gaps),
    )


def _tags(context: Context, placed: Placed) -> Markup:
    record = placed.record
    seal = wording.signature(record)
    style = {"verified": "good", "fault": "bad", "unknown": "warn"}[seal.state]
    said: list[Markup] = [
        tag("span", wording.kind(record)),
        tag("span", wording.team(record), class_="team"),
        tag("span", tag("time", wording.moment(record.decided_at), datetime=_iso(record))),
        tag("span", "signature ", seal.words, class_=style),
    ]
    if (capture := wording.capture(record)) not in (None, "explicit"):
        style = "bad" if capture == "default" else "warn"
        said.append(tag("span", wording.CAPTURES[capture], class_=style))
    if placed.superseded_by:
        how = "withdrawn" if placed.standing == "revoked" else "replaced"
        by = context.link(placed.superseded_by)
        said.append(tag("span", f"history, {how} by ", by, class_="warn"))
    elif placed.standing in ("over", "to-come"):
        said.append(tag("span", wording.STANDINGS[placed.standing], class_="warn"))
    return join(said)


def _main(context: Context, placed: Placed) -> Iterable[tuple[str, Child]]:
    record = placed.record
    if isinstance(record, Decision):
        if record.abandoned is None:
            yield "Chosen", tag("span", wording.value(record.chosen), class_="chosen", dir="auto")
        else:
            yield "Ended without a choice", record.abandoned
        if record.previous is not None:
            yield "Before", tag("span", wording.value(record.previous), dir="auto")
        yield "Why", record.rationale or tag("span", "no reason given", class_="quiet")
    elif isinstance(record, Approval):
        yield "Says", f"{wording.decided_by(record)} {wording.MEANINGS[record.meaning]}"
        if record.rationale:
            yield "Why", record.rationale
        yield "Binds", _bound(context, record)
    elif isinstance(record, Dissent):
        yield "Says", record.rationale
    elif isinstance(record, Step):
        yield "Ran", f"{wording.moment(record.started_at)} to {wording.moment(record.decided_at)}"
        if record.abandoned is not None:
            yield "Ended early", record.abandoned
    elif isinstance(record, Delegation):
        yield from _delegation(record)
    else:
        yield from ((label.capitalize(), said) for label, said in wording.details(record))
    held = holdings(context.policy, record)
    yield "Run by" if isinstance(record, Step) else "Decided by", _decider(record, held)
    if isinstance(record, Decision):
        style = None if record.accountable else "bad"
        answers = tag("span", wording.accountable(record), class_=style)
        yield "Accountable", [answers, _holders(record.accountable, held)]
        if record.authority:
            yield "On the authority of", record.authority
        yield from _scope(record)
        yield from _bounds(record)
    yield from (("Private", told) for told in wording.withheld(record))
    if record.about:
        yield "About", join(_about(context, ref) for ref in record.about)


def _decider(record: Record, held: Mapping[str, tuple[str, ...]]) -> Markup:
    lacking = record.decided_by is None and not isinstance(record, Step)
    name = tag("span", wording.decided_by(record), class_="bad" if lacking else None)
    if record.decided_by is None:
        return name
    how = wording.KNOWN_BY[record.decided_by.known_by]
    return join(
        name, _holders(record.decided_by.id, held), tag("span", f" ({how})", class_="quiet")
    )


def _holders(role: str | None, held: Mapping[str, tuple[str, ...]]) -> Markup:
    """Who filled the role when it was decided; nothing of what is no role, or not the policy's."""
    persons = held.get(role or "")
    if persons is None:
        return EMPTY
    if not persons:
        return tag("span", ", which nobody filled then", class_="bad")
    return tag("span", f", then filled by {', '.join(map(wording.who, persons))}")


def _bound(context: Context, approval: Approval) -> Markup:
    same = approval.digest == context.trace.digest
    words = wording.bound(approval, context.trace.subject, context.trace.digest)
    return join(
        tag("span", words, class_="good" if same else "bad"), " ", tag("code", approval.digest)
    )


def _delegation(record: Delegation) -> Iterable[tuple[str, Child]]:
    yield "Speaks for", wording.who(record.principal)
    yield "Valid", f"{wording.moment(record.not_before)} to {wording.moment(record.not_after)}"
    yield "Session key", tag("code", record.session_key)
    yield "Lent by key", tag("code", record.identity_key)


def _scope(decision: Decision) -> Iterable[tuple[str, Child]]:
    if decision.scope is not None:
        for name, said in (
            ("Runs at", decision.scope.deployment),
            ("Intended purpose", decision.scope.intended_purpose),
            ("Population", decision.scope.population),
        ):
            if said:
                yield name, said


def _bounds(decision: Decision) -> Iterable[tuple[str, Child]]:
    """Who was heard, what stays at risk, by which law, and from when to when."""
    for label, actors in (("Consulted", decision.consulted), ("Informed", decision.informed)):
        if actors:
            yield label, ", ".join(map(wording.who, actors))
    for risk in decision.residual_risk:
        owner = wording.who(risk.owner) if risk.owner else "nobody owns it"
        until = f", until {risk.until}" if risk.until else ""
        yield "Stays at risk", f"{risk.statement} ({owner}{until})"
    for label, said in (
        ("By law", ", ".join(decision.legal_refs)),
        ("Holds from", decision.valid_from),
        ("Holds to", decision.valid_to),
        ("May change within", decision.pre_determined_change),
    ):
        if said:
            yield label, said
    if decision.drafted_by:
        drafted = f"{wording.who(decision.drafted_by)}: its words, until a person confirms them"
        yield "Reason drafted by", tag("span", drafted, class_="warn")


def _about(context: Context, ref: str) -> Markup:
    id = ref.removeprefix("record:")
    return tag("span", context.link(id) if id != ref else ref, " ")


def _tables(decision: Decision) -> Markup:
    return join(
        table(
            "Considered, and not taken",
            ("Option", "Why not"),
            (
                (wording.value(option.value), option.because or "no reason given")
                for option in decision.considered
            ),
        ),
        table(
            "Votes",
            ("Member", "Vote", "Because"),
            ((wording.who(b.actor), b.vote, b.because) for b in decision.votes),
        ),
        table(
            "Evidence",
            ("Artifact", "Whose", "Valid until", "Digest"),
            (
                (
                    each.artifact.ref,
                    wording.EVIDENCE[each.kind],
                    each.valid_until or "not said",
                    _digest(each.artifact),
                )
                for each in decision.evidence
            ),
        ),
        table(
            "Assumptions",
            ("Taken to be true", "While", "Review by", "Watched by"),
            (
                (
                    each.statement,
                    each.holds_while,
                    each.review_by or "no date",
                    wording.who(each.owner) if each.owner else "nobody named",
                )
                for each in decision.assumptions
            ),
        ),
    )


def _artifacts(record: Record) -> Markup:
    held = list(wording.artifacts(record))
    # Never a link: an address in a record is whatever its writer made it.
    located = any(artifact.uri for _, artifact in held)
    rows: list[list[Child]] = [
        [role, each.ref, _digest(each), *([each.uri] if located else [])] for role, each in held
    ]
    heads = ["Role", "Artifact", "Digest"] + ["Where"] * located
    return table("Used and produced", heads, rows)


def _digest(artifact: Artifact) -> Markup:
    return tag("code", artifact.digest) if artifact.digest else tag("span", "none", class_="quiet")


def _causes(context: Context, placed: Placed) -> Markup:
    rows = (
        (context.link(link.to), link.role if link.role != link.by else "", wording.JOINS[link.by])
        for link in placed.links
    )
    made = table("Rests on", ("Record", "Through", "Joined by"), rows)
    if not made:
        return EMPTY
    count = len(placed.links)
    return tag("details", tag("summary", f"Rests on {count} other record{'s' * (count > 1)}"), made)


def _origin(context: Context, record: Record) -> Markup:
    rows: list[tuple[str, Child]] = [("Recorded", wording.moment(record.recorded_at))]
    if record.signed_at != record.recorded_at:  # it waited
        rows.append(("Signed", wording.moment(record.signed_at)))
    if (capture := wording.capture(record)) is not None:
        rows.append(("Captured", wording.CAPTURES[capture]))
    if place := wording.place(record):
        rows.append(("Source", tag("code", place)))
    for name, id in (("In step", record.step), ("Within", record.within)):
        if id:
            rows.append((name, context.link(id)))
    rows += [("Replaces", context.link(id)) for id in getattr(record, "supersedes", ())]
    for name, said in (
        ("Run", record.run),
        ("Live trace", record.trace_id),
        ("Live span", record.span_id),
        ("Record", record.id),
    ):
        if said:
            rows.append((name, tag("code", said)))
    return tag("details", tag("summary", "Where it was made"), facts(rows))


def _seal(record: Record) -> Markup:
    seal = wording.signature(record)
    rows: list[tuple[str, Child]] = [("Signature", seal.words)]
    if record.emission is not None:
        rows.append(("Key", tag("code", record.emission.key_id)))
    custody = record.custody
    if custody is None:
        return tag("details", tag("summary", "Signature"), facts(rows))
    if custody.index is not None:
        rows.append(("Entry in the ledger", custody.index))
    rows.append(("Digest of the envelope", tag("code", custody.digest)))
    stored = custody.envelope.decode("utf-8", "replace")
    return tag(
        "details",
        tag("summary", "Signature"),
        facts(rows),
        tag(
            "details",
            tag("summary", "The signed envelope, as stored"),
            # HTML drops a line feed that begins a `pre`; JSON may begin with one.
            tag("pre", "\n", exact(stored)),
            class_="envelope",
        ),
    )


def _iso(record: Record) -> str:
    return record.decided_at.isoformat()
