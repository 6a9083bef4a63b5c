"""Span names and services: what is read before anything is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from answerable.lineage.trace import AccountabilityTrace, Gap, Placed
from answerable.model import Decision, Record
from answerable.otel.attributes import short, span_name
from answerable.statement import record_type
from answerable.stitched.folding import Fold
from answerable.stitched.tree import Node

# Who speaks in the root, in phases and in gaps of the whole: the trace itself, no team.
OWN_SERVICE: Final = "answerable"
NO_TEAM: Final = "no-team"


def name(node: Node, records: Mapping[str, Record]) -> str:
    """The node's span name."""
    shown = node.shows
    if isinstance(shown, AccountabilityTrace):
        # Without its version, else no path of two versions' traces would compare equal.
        return short(shown.subject.partition("@")[0])
    if isinstance(shown, Placed):
        return span_name(shown.record) + _standing(shown)
    if isinstance(shown, Gap):
        record = records.get(shown.record or "")
        what = shown.ref or (_short_of(record) if record else "")
        return short(f"gap: {shown.code} {what}")
    if isinstance(shown, Fold):
        count = len(shown.members)
        name = f"{shown.name} ({count:,} times)" if shown.name else f"{count:,} defaults"
        return name + _standing(shown.members[0])
    return shown


def _standing(placed: Placed) -> str:
    """What is not simply in force says so; that something was abandoned its name says."""
    if placed.standing in ("in-force", "abandoned"):
        return " (superseded)" if placed.superseded_by else ""
    return f" ({placed.standing.replace('-', ' ')})"


def services(nodes: Iterable[Node]) -> dict[str, str]:
    """The `service.name` of each slot: the team whose record it is, or whose gap."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node.shows, Placed):
            found[node.slot] = team(node.shows.record)
        elif isinstance(node.shows, Fold):
            found[node.slot] = team(node.shows.members[0].record)
        elif isinstance(node.shows, Gap):
            found[node.slot] = found[node.parent or node.slot]
        else:
            found[node.slot] = OWN_SERVICE
    return found


def team(record: Record) -> str:
    """The `service.name` of a record's own span."""
    return (record.team or "").removeprefix("team:") or NO_TEAM


def _short_of(record: Record) -> str:
    return (
        record.kind
        if isinstance(record, Decision)
        else getattr(record, "name", record_type(record))
    )
