"""What a policy allows, and whom it asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from answerable.signing import Rule, Signed, parse, satisfied
from tests.signing.policies import ANA, BO, CY, KEYS, POLICY, ROOT

ANAS_NAME = "person:ana@bank.example"
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def signed(**changes: Any) -> Signed:
    """Ana's threshold of March, as entry 5; under another identity, in another name."""
    own = changes.get("identity", ANA) == ANA
    fields: dict[str, Any] = {
        "kind": "threshold",
        "team": "credit-risk",
        "identity": ANA,
        "session": "SHA256:" + "s" * 43,
        "actor": ANAS_NAME if own else "person:bo@bank.example",
        "at": MARCH,
        "index": 5,
    }
    return Signed(**(fields | changes))


def objection(**changes: Any) -> str | None:
    found = parse(POLICY).objection(signed(**changes))
    return found and found[0]


class TestWhatItAllows:
    def test_what_a_rule_allows_counts(self) -> None:
        assert objection() is None

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"identity": ROOT}, "unknown-key"),
            ({"identity": BO}, "not-permitted"),
            # Nothing binds Bo's keys, and Ana's name is hers.
            ({"identity": BO, "actor": ANAS_NAME}, "wrong-name"),
            ({"team": "marketing"}, "not-permitted"),
            ({"team": None}, "not-permitted"),
            ({"at": datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)}, "not-permitted"),
            ({"at": datetime(2027, 1, 1, tzinfo=UTC)}, "not-permitted"),
            ({"actor": "person:bo@bank.example"}, "wrong-name"),
        ],
    )
    def test_what_it_does_not_allow_does_not(self, changes: dict[str, Any], code: str) -> None:
        assert objection(**changes) == code

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"identity": ROOT}, f"no principal has the key {ROOT}"),
            ({"identity": BO, "index": 101}, f"the key {BO} is revoked after entry 100"),
            (
                {"actor": "person:bo@bank.example"},
                "the key of ana speaks for person:bo@bank.example, not person:ana@bank.example",
            ),
            (
                {"team": "marketing"},
                "ana may not sign threshold for the team marketing at 2026-03-01T00:00:00+00:00",
            ),
            ({"identity": BO}, "bo may not sign threshold: the rules name others"),
            (
                {"identity": BO, "actor": ANAS_NAME},
                "the key of bo speaks for person:ana@bank.example, who is ana",
            ),
        ],
    )
    def test_it_says_in_a_sentence_why_not(self, changes: dict[str, Any], told: str) -> None:
        found = parse(POLICY).objection(signed(**changes))

        assert found is not None and found[1] == told

    def test_that_a_key_is_revoked_comes_before_whose_name_it_bears(self) -> None:
        """And one that is nobody's is nobody's, revoked or not."""
        told = {"identity": BO, "index": 101, "actor": "person:ana@bank.example"}
        assert objection(**told) == "revoked-key"
        text = POLICY + f'\n[[revoked]]\nkey = "{ROOT}"\nafter_index = 3\n'
        assert parse(text).objection(signed(identity=ROOT)) == (
            "unknown-key",
            f"no principal has the key {ROOT}",
        )

    def test_any_of_several_rules_may_allow_it(self) -> None:
        more = '\n[[rule]]\nkind = "threshold"\nteam = "marketing"\nprincipals = ["ana", "bo"]\n'

        for changes in ({}, {"team": "marketing"}, {"team": "marketing", "identity": BO}):
            assert parse(POLICY + more).objection(signed(**changes)) is None
        assert parse(POLICY + more).objection(signed(identity=BO)) == (
            "not-permitted",
            "bo may not sign threshold for the team credit-risk at 2026-03-01T00:00:00+00:00",
        )

    def test_a_rule_holds_from_its_first_moment_up_to_its_last(self) -> None:
        assert objection(at=datetime(2026, 1, 1, tzinfo=UTC)) is None
        assert objection(at=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)) is None

    def test_a_kind_without_a_rule_may_be_signed_by_any_principal(self) -> None:
        assert objection(kind="vendor", identity=CY, actor="person:anybody", team=None) is None

    def test_a_revoked_key_counts_up_to_its_place_in_the_log(self) -> None:
        assert objection(kind="vendor", identity=BO, actor="person:bo", index=100) is None
        assert objection(kind="vendor", identity=BO, actor="person:bo", index=101) == "revoked-key"
        assert objection(kind="vendor", identity=BO, actor="person:bo", index=None) == "revoked-key"

    def test_a_session_key_can_be_revoked_too(self) -> None:
        text = POLICY + f'\n[[revoked]]\nkey = "{CY}"\nafter_index = 3\n'

        assert parse(text).objection(signed(session=CY)) is not None
        assert parse(text).objection(signed(session=CY, index=3)) is None

    def test_roles_are_filled_by_somebody_at_a_time(self) -> None:
        policy, june = parse(POLICY), datetime(2026, 6, 1, tzinfo=UTC)

        assert policy.held_by("role:head-of-credit-risk", MARCH) == ("ana",)
        assert policy.held_by("head-of-credit-risk", june) == ("bo",)
        assert policy.held_by("role:nobody", june) == ()
        assert policy.held_by("head-of-credit-risk", june - timedelta(seconds=1)) == ("ana",)

    def test_who_fills_a_role_is_told_as_the_policy_names_them(self) -> None:
        policy, june = parse(POLICY), datetime(2026, 6, 1, tzinfo=UTC)

        assert policy.persons("role:head-of-credit-risk", MARCH) == ("person:ana@bank.example",)
        assert policy.persons("head-of-credit-risk", june) == ("bo",)
        assert policy.persons("role:nobody", june) is None

    def test_a_role_that_nobody_fills_by_then_is_filled_by_nobody(self) -> None:
        later = POLICY.replace("from = 2026-06-01T00:00:00Z", "from = 2026-07-01")

        assert parse(later).persons("head-of-credit-risk", datetime(2026, 6, 1, tzinfo=UTC)) == ()

    def test_one_person_who_fills_a_role_twice_is_one(self) -> None:
        again = POLICY.replace("until = 2026-06-01\n", "").replace(
            'principal = "bo"', 'principal = "ana"'
        )

        assert parse(again).persons("head-of-credit-risk", datetime(2026, 7, 1, tzinfo=UTC)) == (
            "person:ana@bank.example",
        )

    def test_whose_a_key_is_can_be_asked(self) -> None:
        policy = parse(POLICY)

        assert policy.principal_of(CY) == policy.principals[2]
        assert policy.principal_of(ROOT) is None

    def test_a_key_may_be_written_out(self) -> None:
        (cy,) = (p for p in parse(POLICY).principals if p.name == "cy")

        assert (cy.keys, cy.octets) == ((CY,), {CY: KEYS[2].hex()})


class TestThresholds:
    rule = Rule(kind="deploy", principals=("ana", "bo", "cy"), threshold=2)

    @pytest.mark.parametrize(
        ("approvers", "enough"),
        [
            (["ana", "bo"], True),
            (["ana", "bo", "cy"], True),
            (["ana"], False),
            (["ana", "ana"], False),
            (["ana", "dee"], False),
            ([], False),
        ],
    )
    def test_distinct_principals_are_counted(self, approvers: list[str], enough: bool) -> None:
        assert satisfied(self.rule, approvers) is enough

    def test_only_rules_in_force_ask(self) -> None:
        policy = parse(POLICY)

        assert [r.threshold for r in policy.required("deploy", MARCH)] == [2]
        assert policy.required("threshold", MARCH) == policy.rules[:1]
        assert policy.required("threshold", datetime(2027, 1, 1, tzinfo=UTC)) == ()
        assert policy.required("threshold", datetime(2028, 1, 1, tzinfo=UTC)) == ()


class TestOfManyRecordsAtOnce:
    """The latest of them, and since when there were some: of a kind, by a key, for a team."""

    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)

    def permits(self, since: datetime, more: str = "", **changes: Any) -> bool:
        return parse(POLICY + more).permits(signed(**changes), since)

    def test_what_a_rule_allows_for_the_whole_time_counts(self) -> None:
        assert self.permits(MARCH)
        assert self.permits(self.first, at=self.last)

    def test_what_it_does_not_allow_at_either_end_does_not(self) -> None:
        tick = timedelta(microseconds=1)

        assert not self.permits(self.first - tick)
        assert not self.permits(MARCH, at=datetime(2027, 1, 1, tzinfo=UTC))
        assert not self.permits(MARCH, team="marketing")
        assert not self.permits(MARCH, identity=BO)
        assert not self.permits(MARCH, actor="person:bo@bank.example")
        assert not self.permits(MARCH, identity=ROOT)

    def test_a_key_that_is_revoked_by_the_last_of_them_does_not(self) -> None:
        changes = {"kind": "vendor", "identity": BO, "actor": "person:bo"}

        assert self.permits(MARCH, index=100, **changes)
        assert not self.permits(MARCH, index=101, **changes)

    def test_a_kind_without_a_rule_counts_whenever_it_was_signed(self) -> None:
        long_ago = datetime(2001, 1, 1, tzinfo=UTC)

        assert self.permits(long_ago, kind="vendor", team=None)
        assert self.permits(long_ago, kind="deploy")

    def test_one_rule_has_to_cover_it_and_be_for_that_principal(self) -> None:
        def rule(name: str, team: str, start: str, end: str) -> str:
            return (
                f'\n[[rule]]\nkind = "threshold"\nteam = "{team}"\nprincipals = ["{name}"]\n'
                f"from = {start}\nuntil = {end}\n"
            )

        before = datetime(2025, 6, 1, tzinfo=UTC)
        gapless = rule("ana", "credit-risk", "2025-01-01", "2026-01-01")
        assert not self.permits(before, gapless)
        assert not self.permits(before, rule("bo", "credit-risk", "2025-01-01", "2027-01-01"))
        assert not self.permits(before, rule("ana", "marketing", "2025-01-01", "2027-01-01"))
        assert self.permits(before, rule("ana", "credit-risk", "2025-01-01", "2027-01-01"))
