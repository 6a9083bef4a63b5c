"""What a policy may say, and what it then allows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import ConfigurationError
from answerable.ledger import LogVerifier, WitnessVerifier
from answerable.signing import Policy, Rule, Signed, key_id, parse, raw, satisfied
from answerable.signing.policy import Witnesses
from answerable.signing.ssh import public_line

KEYS = [raw(Ed25519PrivateKey.generate().public_key()) for _ in range(4)]
ANA, BO, CY, ROOT = map(key_id, KEYS)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)

POLICY = f"""
version = 7
[root]
threshold = 1
keys = ["{ROOT}", "{ANA}"]
[principals.ana]
keys = ["{ANA}"]
actor = "ana@bank.example"
[principals.bo]
keys = ["{BO}"]
[principals.cy]
keys = ["{public_line(KEYS[2])} cy's laptop"]
[[rule]]
kind = "threshold"
team = "credit-risk"
principals = ["ana"]
from = "2026-01-01"
until = 2027-01-01
[[rule]]
kind = "deploy"
principals = ["ana", "bo", "cy"]
threshold = 2
[[role]]
name = "head-of-credit-risk"
principal = "ana"
until = 2026-06-01
[[role]]
name = "role:head-of-credit-risk"
principal = "bo"
from = 2026-06-01T00:00:00Z
[[revoked]]
key = "{BO}"
after_index = 100
"""


def signed(**changes: Any) -> Signed:
    """Ana's threshold of March, as entry 5."""
    fields: dict[str, Any] = {
        "kind": "threshold",
        "team": "credit-risk",
        "identity": ANA,
        "session": "SHA256:" + "s" * 43,
        "actor": "person:ana@bank.example",
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
            ({"team": "marketing"}, "not-permitted"),
            ({"team": None}, "not-permitted"),
            ({"at": datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)}, "not-permitted"),
            ({"at": datetime(2027, 1, 1, tzinfo=UTC)}, "not-permitted"),
            ({"actor": "person:bo@bank.example"}, "wrong-name"),
        ],
    )
    def test_what_it_does_not_allow_does_not(self, changes: dict[str, Any], code: str) -> None:
        assert objection(**changes) == code

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
        assert policy.required("threshold", datetime(2028, 1, 1, tzinfo=UTC)) == ()


WRONG = [
    ("version = 7", "", "version"),
    ("version = 7", "version = 0", "version"),
    ("version = 7", "version = true", "version"),
    ("version = 7", 'version = "7"', "version"),
    ("version = 7", "version = 7\nversions = 8", "versions"),
    ("threshold = 1", "threshold = 3", "3 of 2 keys"),
    ("threshold = 1", "threshold = 0", "threshold"),
    (f'"{ROOT}", "{ANA}"', f'"{ROOT}", "{ROOT}"', "twice"),
    (f'keys = ["{ROOT}", "{ANA}"]', "keys = []", "keys"),
    (f'keys = ["{BO}"]', f'keys = ["{ANA}"]', "have one key"),
    (f'keys = ["{BO}"]', f'keys = ["{BO}", "{public_line(KEYS[1])}"]', "one key twice"),
    (f'keys = ["{BO}"]', 'keys = ["SHA256:short"]', "fingerprint"),
    (f'keys = ["{BO}"]', f'keys = ["{public_line(bytes(32))}"]', "anybody can sign"),
    (f'keys = ["{BO}"]', 'keys = ["ssh-rsa AAAA"]', "fingerprint"),
    (f'keys = ["{BO}"]', f'keys = "{BO}"', "list"),
    (f'keys = ["{BO}"]', f'keys = ["{BO}"]\nemail = "x"', "email"),
    ('actor = "ana@bank.example"', 'actor = ""', "actor"),
    ('actor = "ana@bank.example"', 'actor = "nobody"', "actor"),
    ('principals = ["ana"]', 'principals = ["dee"]', "dee"),
    ('principals = ["ana"]', 'principals = ["ana", "ana"]', "twice"),
    ('principals = ["ana"]', "principals = []", "principals"),
    ("threshold = 2", "threshold = 4", "cannot be met"),
    ('from = "2026-01-01"', 'from = "2027-01-01"', "before it begins"),
    ('from = "2026-01-01"', 'from = "soon"', "no date"),
    ('from = "2026-01-01"', "from = 2026-01-01T00:00:00", "without a zone"),
    ('from = "2026-01-01"', "from = 5", "no date"),
    ('from = "2026-01-01"', 'since = "2026-01-01"', "since"),
    ("after_index = 100", "after_index = -2", "after_index"),
    ("after_index = 100", "", "after_index"),
    ('principal = "bo"', 'principal = "dee"', "dee"),
    ('kind = "deploy"', "", "kind"),
    ('kind = "deploy"', 'kind = " "', "kind"),
    ('[[rule]]\nkind = "deploy"', '[rule]\nkind = "deploy"', "TOML"),
    ("[root]", "[roots]", "root"),
    ("version = 7", "version = 7\nrule = 5", "rule"),
]


def vkey(name: str, public: bytes) -> str:
    return WitnessVerifier(name, public).vkey()


W1, W2 = vkey("w1.example.org", KEYS[1]), vkey("w2.example.org", KEYS[2])


def witnessed(told: str) -> str:
    return f"{POLICY}\n[witnesses]\n{told}\n"


def test_witnesses_are_read_and_none_are_needed() -> None:
    found = parse(witnessed(f"threshold = 2\nvkeys = {[W1, W2]}")).witnesses

    assert found == Witnesses(threshold=2, vkeys=(W1, W2))
    assert parse(POLICY).witnesses is None


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (f"threshold = 2\nvkeys = {[W1]}", "cannot be met"),
        (f"threshold = 0\nvkeys = {[W1]}", "threshold"),
        (f"vkeys = {[W1]}", "threshold"),
        ("threshold = 1\nvkeys = []", "vkeys"),
        (f"threshold = 2\nvkeys = {[W1, vkey('w3.example.org', KEYS[1])]}", "one key twice"),
        (f"threshold = 1\nvkeys = {[W1 + '=']}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[W1.replace('w1', 'w2')]}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[vkey('a b', KEYS[1])]}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[LogVerifier('w', KEYS[1]).vkey()]}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[vkey('w', bytes(32))]}", "anybody can sign"),
        ("threshold = 1\nvkeys = ['rubbish']", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[W1]}\nname = 'x'", "no such setting"),
    ],
)
def test_witnesses_that_cannot_be_are_refused(told: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        parse(witnessed(told))


@pytest.mark.parametrize(("was", "is_", "told"), WRONG)
def test_what_is_wrong_is_refused_by_name(was: str, is_: str, told: str) -> None:
    assert was in POLICY
    text = POLICY.replace(was, is_, 1)
    if is_.endswith("rule = 5"):
        text = text.replace("[[rule]]", "[[ignored]]")
    with pytest.raises(ConfigurationError) as raised:
        parse(text)
    assert told in raised.value.message


@given(st.text(max_size=60), st.integers(0, len(POLICY)))
def test_rubbish_is_refused_or_read_and_nothing_else(rubbish: str, at: int) -> None:
    try:
        found = parse(POLICY[:at] + rubbish + POLICY[at:])
    except ConfigurationError:
        return
    assert isinstance(found, Policy)
    assert attrs.asdict(found)["version"] >= 1
