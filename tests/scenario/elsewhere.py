"""Another system in the same ledger, which shares nothing with the first but the vendor."""

from __future__ import annotations

import answerable as ans
from tests.scenario.telling import ACME, ANA, CARDS, DATA, EVE, OPERATIONS, Telling, acting, content

MODEL = content("model:cards@1", "rules for cards")


def make_cards(told: Telling) -> None:
    """A model for cards, in February."""
    told.on("2025-02-24")
    with acting(ANA, "cards", OPERATIONS):
        with ans.step("train", used=ACME, produced=MODEL) as step:
            with ans.decide("architecture") as d:
                d.consider("trees", because="a table is enough")
                d.choose("a table of points", because="officers know it")
        told.keep("cards-architecture", d.record)
        told.keep("cards-train", step.record)
    with acting(EVE, "operations", OPERATIONS):
        with ans.step("deploy", used=MODEL, produced=CARDS) as step:
            with ans.decide("deploy") as d:
                d.consider("wait", because="nothing speaks for it")
                d.choose("all", because="the old table is out of date")
        told.keep("cards-deploy", d.record)
        told.keep("cards-deploy-step", step.record)


def say_more(told: Telling) -> None:
    """In September, of the cards alone."""
    told.on("2025-09-01")
    with acting(ANA, "data", DATA):
        ans.choose("monitor", "weekly", over={"daily": "too few"}, because="few cards", about=CARDS)
        told.newest("cards-monitor", "monitor")
        told.keep("cards-dissent", ans.dissent(CARDS, "a table is too coarse"))
