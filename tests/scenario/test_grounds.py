"""Questions 2, 4 and 5: by what right, on which evidence, by whom, and did it still hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.telling import ACME, AUTUMN, BO, DI, LOANS, SPRING, SUMMER

ENDED = "was taken on a mandate that had ended on 2025-06-30"
RIGHT: dict[str, dict[str, Any]] = {
    SPRING: {"decision": "threshold-1", "then": True, "now": True, "because": None},
    SUMMER: {"decision": "threshold-2", "then": False, "now": False, "because": ENDED},
    # A policy that stands in no ledger: nobody here can tell.
    AUTUMN: {"decision": "threshold-3", "then": None, "now": None, "because": None},
}
LENT = {"holder": BO, "limit": "declines at most 30%", "valid_until": "2025-06-30"}
# Of the threshold, and of the vendor: what it rests on, until when, who produced it, does it hold.
EVIDENCE = {
    ("threshold", SPRING): ("report:evaluation@1", "own_test", "2025-08-31", [BO], True),
    ("threshold", SUMMER): ("report:evaluation@2", "own_test", "2025-12-31", [BO], True),
    ("threshold", AUTUMN): ("report:thin-files@1", "own_test", None, [DI], True),
    ("vendor", SPRING): ("report:acme-brochure@3", "vendor_assertion", "2025-08-31", [], True),
    ("vendor", SUMMER): ("report:acme-brochure@3", "vendor_assertion", "2025-08-31", [], True),
    ("vendor", AUTUMN): ("report:acme-brochure@3", "vendor_assertion", "2025-08-31", [], False),
}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion2ByWhatRight:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        (right,) = ask.json("why", "threshold", "--in", LOANS, "--at", at).json["authority"]

        told = right | {"decision": ask.names([right["decision"]])[0]}
        assert {name: told[name] for name in RIGHT[at]} == RIGHT[at]
        lent = {name: told[name] for name in LENT}
        assert lent == (dict.fromkeys(LENT) if at == AUTUMN else LENT)
        assert right["named"] == ("policy:lending@4" if at == AUTUMN else ask.ref("mandate"))

    def test_in_python(self, ask: Asking, at: str) -> None:
        (right,) = ask.history.why("threshold", LOANS, at=at).authorities

        assert (right.then, right.now) == (RIGHT[at]["then"], RIGHT[at]["now"])

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("why", "threshold", "--in", LOANS, "--at", at)

        said = {
            SPRING: "until 2025-06-30 · valid then · valid now",
            SUMMER: "not valid then · not valid now",
            AUTUMN: "policy:lending@4 · nothing recorded says whether it was given",
        }
        assert said[at] in told


@pytest.mark.parametrize(("kind", "at"), EVIDENCE)
class TestQuestions4And5OnWhichEvidence:
    def test_on_the_command_line(self, ask: Asking, kind: str, at: str) -> None:
        (rest,) = ask.json("why", kind, "--in", LOANS, "--at", at).json["evidence"]

        ref, whose, until, by, holds = EVIDENCE[kind, at]
        assert (rest["artifact"]["ref"], rest["kind"], rest["valid_until"]) == (ref, whose, until)
        assert (rest["by"], rest["then"], rest["valid"]) == (by, True, holds)
        assert bool(rest["produced_by"]) == bool(by)

    def test_in_python(self, ask: Asking, kind: str, at: str) -> None:
        (rest,) = ask.history.why(kind, LOANS, at=at).evidence

        ref, _, _, by, holds = EVIDENCE[kind, at]
        assert (rest.artifact.ref, [*rest.by], rest.valid) == (ref, by, holds)

    def test_as_people_read_it(self, ask: Asking, kind: str, at: str) -> None:
        told = ask.text("why", kind, "--in", LOANS, "--at", at)

        ref, _, until, by, holds = EVIDENCE[kind, at]
        assert ref in told
        assert ("nothing recorded produced it" in told) == (not by)
        if until:
            assert (f"· valid until {until}" if holds else f"was valid until {until}") in told


def test_one_parameter_of_several_is_asked_for_by_its_words(ask: Asking) -> None:
    words = ("why", "hyperparameter", "--in", LOANS, "--at", SUMMER, "--text", "DEPTH")

    assert ask.names(d["id"] for d in ask.json(*words).json["in_force"]) == ["depth-2"]
    found = ask.history.why("hyperparameter", LOANS, at=SUMMER, text="depth")
    assert ask.names(d.id for d in found.in_force) == ["depth-2"]


def test_the_vendor_answers_for_both_models(ask: Asking) -> None:
    found = ask.history.why("vendor", "model:loans@2", at=SUMMER)

    assert ask.names(d.id for d in found.in_force) == ["vendor"]
    assert found.in_force[0].used[0].ref == ACME
