"""Stitching: records into the accountability trace of one subject. Pure; no I/O."""

from answerable.lineage.asked import (
    Authority,
    Bypass,
    Certainty,
    Course,
    Opposed,
    Presented,
    Rest,
    Risk,
    Shown,
    Within,
    certainty,
    unseen,
)
from answerable.lineage.closure import Closure, closure
from answerable.lineage.diff import Change, Difference, diff
from answerable.lineage.explain import Explanation, Found, explain
from answerable.lineage.gate import Gate, gate, rules_for
from answerable.lineage.impact import Impact, Reached, impact
from answerable.lineage.informed import Hearing, informed
from answerable.lineage.inputs import Changed
from answerable.lineage.investigate import Investigation, investigate
from answerable.lineage.joins import Join, producers
from answerable.lineage.known import Known
from answerable.lineage.lookup import Lookup, MemoryLookup
from answerable.lineage.review import Held, Required, Review, Voiced, review
from answerable.lineage.stitch import stitch
from answerable.lineage.trace import (
    PHASES,
    AccountabilityTrace,
    By,
    Gap,
    GapCode,
    Link,
    Phase,
    Placed,
)
from answerable.lineage.why import Why, why

__all__ = [
    "PHASES",
    "AccountabilityTrace",
    "Authority",
    "By",
    "Bypass",
    "Certainty",
    "Change",
    "Changed",
    "Closure",
    "Course",
    "Difference",
    "Explanation",
    "Found",
    "Gap",
    "GapCode",
    "Gate",
    "Hearing",
    "Held",
    "Impact",
    "Investigation",
    "Join",
    "Known",
    "Link",
    "Lookup",
    "MemoryLookup",
    "Opposed",
    "Phase",
    "Placed",
    "Presented",
    "Reached",
    "Required",
    "Rest",
    "Review",
    "Risk",
    "Shown",
    "Voiced",
    "Why",
    "Within",
    "certainty",
    "closure",
    "diff",
    "explain",
    "gate",
    "impact",
    "informed",
    "investigate",
    "producers",
    "review",
    "rules_for",
    "stitch",
    "unseen",
    "why",
]
