"""What is asked of a trace beyond its records: rights, evidence, risks, objections, overrides."""

from answerable.lineage.asked.authority import Authority, authorities
from answerable.lineage.asked.certainty import CERTAINTIES, Certainty, by_certainty, certainty
from answerable.lineage.asked.courses import Course, courses
from answerable.lineage.asked.evidence import Rest, rests
from answerable.lineage.asked.opposition import Opposed, opposition
from answerable.lineage.asked.overrides import Bypass, bypasses
from answerable.lineage.asked.presented import Presented, Shown, unseen
from answerable.lineage.asked.risks import Risk, monitors, risks
from answerable.lineage.asked.scopes import Within, scopes
from answerable.lineage.asked.whole import in_force, known

__all__ = [
    "CERTAINTIES",
    "Authority",
    "Bypass",
    "Certainty",
    "Course",
    "Opposed",
    "Presented",
    "Rest",
    "Risk",
    "Shown",
    "Within",
    "authorities",
    "by_certainty",
    "bypasses",
    "certainty",
    "courses",
    "in_force",
    "known",
    "monitors",
    "opposition",
    "rests",
    "risks",
    "scopes",
    "unseen",
]
