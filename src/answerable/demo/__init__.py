"""The demo: a loan model from its requirements to its deployment, on real data, each step a
process of another team. It uses nothing of this package that its users could not use."""

from answerable.demo.running import STAGES, Outcome, run

__all__ = ["STAGES", "Outcome", "run"]
