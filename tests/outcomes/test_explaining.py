"""From one person's outcome to who answers for it, as it was then, with a proof."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

import answerable as ans
from answerable import shapes
from answerable.errors import InvalidReferenceError, NotFoundError
from answerable.lineage import Explanation
from answerable.testing import FixedClock
from tests.outcomes.conftest import ANA, BANK, CONTEST, DEPLOYMENT


def _explained(ledger: Path, id: str) -> Explanation:
    with ans.open(ledger) as history:
        return history.explain(id)


def _recorded(**more: object) -> str:
    given = {"part": "decided", "elements": {"score": 0.41}} | more
    receipt = ans.outcome(DEPLOYMENT, "application-4711", "declined", **given)  # type: ignore[arg-type]
    ans.flush()
    return receipt.id


def test_it_leads_from_a_denial_to_everything_that_its_person_may_ask(deployed: Path) -> None:
    found = _explained(deployed, _recorded())

    assert found.verified
    assert found.outcome is not None and found.outcome.value == "declined"
    (threshold,), (deploy,) = found.thresholds, found.deployed
    assert (threshold.chosen, threshold.considered[0].value) == (0.62, 0.5)
    assert threshold.decided_by is not None and threshold.decided_by.id == ANA
    assert deploy.chosen == "all"
    assert [d.chosen for d in found.contest] == [CONTEST]
    assert [d.chosen for d in found.human_review] == ["an underwriter looks at each denial"]
    assert [(id, e.artifact.ref) for id, e in found.evidence] == [
        (threshold.id, "report:validation@7")
    ]
    assert (found.accountable, found.organisation) == (BANK, BANK)
    assert [gap for gap in found.gaps if gap.code == "unexplained"] == []


def test_what_nobody_recorded_is_a_gap_of_the_answer(ledger: Path) -> None:
    receipt = ans.outcome(DEPLOYMENT, "a1", "declined", accountable="role:lending")
    ans.flush()

    found = _explained(ledger, receipt.id)

    assert found.as_of is None
    assert [(gap.code, gap.owner, gap.message) for gap in found.gaps] == [
        ("unexplained", "role:lending", told)
        for told in (
            f"Nothing about {DEPLOYMENT} was on record at that time.",
            "The system's part in it is not recorded.",
            "What weighed most in it is not recorded.",
            "No organisation is named that answers for it.",
            "How to contest it is not recorded.",
        )
    ]


def test_a_system_that_decided_alone_wants_a_human_review(ledger: Path) -> None:
    ans.choose("deploy", "all", because="the pilot held", about=DEPLOYMENT)
    alone, seen = _recorded(), _recorded(reviewed_by="person:bo@bank.example")

    told = "No human review is recorded, of it or of outcomes like it."
    assert told in [gap.message for gap in _explained(ledger, alone).gaps]
    assert told not in [gap.message for gap in _explained(ledger, seen).gaps]


def test_a_model_that_the_deployment_did_not_rest_on_is_told(ledger: Path) -> None:
    with ans.step("deploy", used="model:loan@7", produced=DEPLOYMENT):
        ans.choose("deploy", "all", because="the pilot held")
    right, wrong = _recorded(model="model:loan@7"), _recorded(model="model:loan@6")

    told = f"It names model:loan@6, which {DEPLOYMENT} did not rest on then."
    assert told in [gap.message for gap in _explained(ledger, wrong).gaps]
    assert not [g for g in _explained(ledger, right).gaps if g.message.startswith("It names")]


def test_it_says_what_held_then_and_keeps_apart_what_was_learned(ledger: Path) -> None:
    with FixedClock("2026-01-01T00:00:00Z") as clock:
        with ans.step("deploy", produced=[DEPLOYMENT]):
            with ans.decide("threshold") as d:
                d.assume("the mix stays")
                d.choose(0.62, because="measured")
        clock.advance(days=1)
        id = _recorded()
        clock.advance(days=1)
        ans.choose("threshold", 0.5, because="too strict", supersedes=d.id, about=DEPLOYMENT)
        ans.assumption_event(d.id, "the mix stays", "violated")
        clock.advance(days=1)

    found = _explained(ledger, id)

    assert [t.chosen for t in found.thresholds] == [0.62]
    assert "violated-assumption" not in {gap.code for gap in found.gaps}
    assert found.learned
    assert not set(found.learned) & set(found.gaps)


def test_batches_are_no_part_of_what_an_approval_binds(deployed: Path) -> None:
    with ans.open(deployed) as history:
        before = history.review(DEPLOYMENT)
        _recorded()
        after = history.review(DEPLOYMENT)

    assert (before.digest, len(before.decisions)) == (after.digest, len(after.decisions))


def test_one_persons_outcomes_are_found_by_the_pseudonym(deployed: Path) -> None:
    ids = [_recorded(), _recorded()]
    ans.outcome(DEPLOYMENT, "application-47110", "granted")
    ans.flush()

    with ans.open(deployed) as history:
        assert [outcome.id for outcome in history.outcomes("application-4711")] == ids
        assert history.outcomes("application-1") == []


@pytest.mark.parametrize("id", ["", "4711", "a.b", "a.01", "a.-1", "a.1\n"])
def test_what_names_no_outcome_is_refused(deployed: Path, id: str) -> None:
    with pytest.raises(InvalidReferenceError):
        _explained(deployed, id)


def test_an_outcome_that_was_never_sealed_is_not_explained(deployed: Path) -> None:
    sealed = _recorded()
    decision = ans.choose("threshold", 1)
    assert decision == 1
    with ans.open(deployed) as history:
        (other,) = history.decisions(kind="contest")
        for id in (f"{sealed[:-1]}1", f"{other.id}.0", "0193b4e2-7c02-7b1e-8d0f-0a4c1b9e7d55.0"):
            with pytest.raises(NotFoundError):
                history.explain(id)


class TestWhatWasAltered:
    """The file beside the ledger is nobody's word: the root in the ledger is."""

    @staticmethod
    def _changed(ledger: Path, sql: str, *given: object) -> None:
        with sqlite3.connect(f"{ledger}.outcomes") as database:
            assert database.execute(sql, given).rowcount == 1
        database.close()

    def test_an_altered_outcome_does_not_verify(self, deployed: Path) -> None:
        id = _recorded()
        self._changed(
            deployed,
            "UPDATE outcomes SET disclosure = replace(disclosure, 'declined', 'granted!')",
        )
        found = _explained(deployed, id)

        assert (found.verified, found.outcome) == (False, None)
        assert found.fault == "the outcome is not the one that was sealed"

    def test_one_whose_hash_was_altered_with_it_does_not_either(self, deployed: Path) -> None:
        from answerable.ledger import leaf_hash

        id = _recorded()
        with ans.open(deployed) as history:
            seal = history.explain(id).sealing
        assert seal is not None and seal.disclosure is not None
        forged = seal.disclosure.replace(b"declined", b"granted!")
        sql = "UPDATE outcomes SET disclosure = ?, leaf = ?"
        self._changed(deployed, sql, forged, leaf_hash(forged))

        found = _explained(deployed, id)
        assert (found.verified, found.fault) == (False, "the root that is signed does not cover it")

    def test_one_outcome_in_anothers_place_does_not_either(self, deployed: Path) -> None:
        first = ans.outcome(DEPLOYMENT, "a1", "declined").id
        second = ans.outcome(DEPLOYMENT, "a2", "granted").id
        ans.flush()
        sql = (
            "UPDATE outcomes SET (leaf, disclosure) ="
            " (SELECT leaf, disclosure FROM outcomes ORDER BY place DESC LIMIT 1)"
            " WHERE place = (SELECT min(place) FROM outcomes)"
        )
        self._changed(deployed, sql)

        assert not _explained(deployed, first).verified
        assert not _explained(deployed, second).verified  # its path leads over the first

    def test_one_that_was_taken_away_is_missing(self, deployed: Path) -> None:
        id = _recorded()
        self._changed(deployed, "DELETE FROM outcomes")

        found = _explained(deployed, id)
        assert not found.verified
        assert found.fault == "the batch is not whole: outcomes of it are missing"

    def test_rubbish_is_told_and_raises_nothing(self, deployed: Path) -> None:
        id = _recorded()
        self._changed(deployed, "UPDATE outcomes SET leaf = 'x', disclosure = 'y'")

        assert not _explained(deployed, id).verified


def test_who_filled_the_roles_that_answer_is_told_where_the_policy_knows_it(
    ledger: Path, tmp_path: Path
) -> None:
    from answerable.cli import main
    from answerable.signing import Keyring, key_id, raw

    with ans.step("deploy", produced=[DEPLOYMENT]):
        ans.choose("deploy", "all", because="the pilot held", accountable="role:release")
    key = key_id(raw(Keyring(Path(os.environ["ANSWERABLE_HOME"])).identity(ANA).public_key()))
    policy = tmp_path / "policy.toml"
    policy.write_text(
        f'version = 1\n[root]\nthreshold = 1\nkeys = ["{key}"]\n'
        f'[principals.ana]\nkeys = ["{key}"]\nactor = "{ANA}"\n'
        '[[role]]\nname = "release"\nprincipal = "ana"\n'
        '[[role]]\nname = "lending"\nprincipal = "ana"\nuntil = "2026-01-01"\n'
    )
    adopt = ("policy", "adopt", str(policy), "--ledger", str(ledger))
    with pytest.raises(SystemExit) as ended:
        main([*adopt, "--key", ANA, "--as", ANA])
    assert ended.value.code == 0
    ans.configure(ledger=ledger, actor=ANA)
    receipt = ans.outcome(DEPLOYMENT, "a1", "declined", accountable="role:lending")
    ans.flush()

    found = _explained(ledger, receipt.id)
    assert found.holders[found.deployed[0].id] == {"role:release": (ANA,)}
    assert found.holders[found.batch.id] == {"role:lending": ()}
    shape = shapes.explanation(found)
    assert shape["deployed"][0]["accountable"] == {"id": "role:release", "held_by": [ANA]}
    assert shape["accountable"] == {"id": "role:lending", "held_by": []}
