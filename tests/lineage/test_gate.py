"""What opens the gate, and everything that does not."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from answerable.lineage import Gate, Review, gate, review
from answerable.model import Actor, Approval, Custody, Emission, Record, Revocation
from answerable.signing import Policy, parse
from tests.lineage.story import approval, day, decision, step, trace

SUBJECT = "deployment:prod/m"
ANA, BO = "SHA256:" + "a" * 43, "SHA256:" + "b" * 43
LAPTOP = "SHA256:" + "c" * 43
WHOLE = (
    step("deploy", 5, produced=[SUBJECT]),
    decision("go", 4, kind="deploy", step="deploy", capture="passed"),
)
POLICY = f"""
version = 1
[root]
threshold = 1
keys = ["{ANA}"]
[principals.ana]
keys = ["{ANA}", "{LAPTOP}"]
[principals.bo]
keys = ["{BO}"]
[[rule]]
kind = "deploy"
principals = ["ana", "bo"]
threshold = 2
[[rule]]
kind = "approval"
principals = ["ana", "bo"]
until = 2027-01-01
"""


def signed(record: Record, key: str, actor: str, **changes: Any) -> Record:
    custody = Custody(
        envelope=b"",
        digest="sha256:" + "0" * 64,
        index=9,
        verified=True,
        identity_key=key,
        principal=actor,
    )
    return attrs.evolve(
        record,
        decided_by=Actor(id=actor),
        emission=Emission(key_id="SHA256:" + "s" * 43, seq=1),
        custody=attrs.evolve(custody, **changes),
    )


def yes(id: str, key: str, actor: str, *, digest: str | None = None, **changes: Any) -> Record:
    fields = {name: changes.pop(name) for name in ("meaning",) if name in changes}
    told = approval(id, 6, about=(SUBJECT,), digest=digest or of().digest, **fields)
    return signed(told, key, actor, **changes)


def of(*more: Record) -> Review:
    return review(trace(SUBJECT, *WHOLE, *more))


def taken_back(id: str, on: float = 7) -> Record:
    return Revocation(
        id=f"no-{id}",
        decided_at=day(on),
        recorded_at=day(on),
        about=(f"record:{id}",),
        revokes=(id,),
        rationale="seen too little",
    )


def asked(*more: Record, policy: str | None = POLICY, **words: Any) -> Gate:
    return gate(of(*more), _parsed(policy), **words)


def _parsed(policy: str | None) -> Policy | None:
    return None if policy is None else parse(policy)


ANAS = ("ana-says", ANA, "person:ana@bank.example")
BOS = ("bo-says", BO, "person:bo@bank.example")


def test_it_opens_for_as_many_distinct_approvers_as_the_policy_asks_for() -> None:
    found = asked(yes(*ANAS), yes(*BOS))

    assert found.open
    assert found.because == ("approved by ana, bo",)
    assert [a.id for a in found.approvals] == ["ana-says", "bo-says"]


def test_one_of_two_is_not_enough() -> None:
    found = asked(yes(*ANAS))

    assert not found.open
    assert found.because == ("2 of ana, bo must approve: 1 did",)


def test_one_person_under_two_keys_is_one() -> None:
    assert not asked(yes(*ANAS), yes("again", LAPTOP, "person:ana@bank.example")).open


def test_one_person_under_two_names_is_one() -> None:
    assert not asked(yes(*ANAS), yes("again", LAPTOP, "person:other@bank.example")).open


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"digest": "sha256:" + "f" * 64}, id="of an older digest"),
        pytest.param({"verified": False}, id="unsigned or forged"),
        pytest.param(
            {"identity_key": "SHA256:" + "z" * 43}, id="by an approver outside the policy"
        ),
        pytest.param({"meaning": "review"}, id="of another meaning"),
        pytest.param({"principal": "person:other@bank.example"}, id="in another's name"),
    ],
)
def test_an_approval_does_not_count(other: dict[str, Any]) -> None:
    assert not asked(yes(*ANAS), yes(*BOS, **other)).open


def test_an_approval_after_the_approvers_time_does_not_count() -> None:
    ended = POLICY.replace("until = 2027-01-01", "until = 2026-01-02")

    assert not asked(yes(*ANAS), yes(*BOS), policy=ended).open


def test_a_decision_added_after_the_approvals_closes_it() -> None:
    approvals = yes(*ANAS), yes(*BOS)

    found = asked(*approvals, decision("more", 7, kind="deploy", step="deploy", capture="passed"))

    assert not found.open
    assert "nobody has approved what there is to see now, by a key of their own" in found.because


def test_what_does_not_verify_closes_it() -> None:
    approvals = yes(*ANAS), yes(*BOS)
    forged = attrs.evolve(
        decision("go", 4, kind="deploy", step="deploy", capture="passed"),
        custody=Custody(envelope=b"", digest="", verified=False),
    )

    assert not asked(*approvals, faults=1).open
    found = gate(review(trace(SUBJECT, WHOLE[0], forged, *approvals)), parse(POLICY))
    assert "a record that it rests on does not verify" in found.because


def test_an_open_gap_closes_it_unless_its_code_is_allowed() -> None:
    gappy = decision("bare", 4, step="deploy", accountable=None, capture="passed")
    digest = of(gappy).digest
    approvals = yes(*ANAS, digest=digest), yes(*BOS, digest=digest)

    closed = asked(gappy, *approvals)
    assert (closed.open, closed.because) == (False, ("1 open: unassigned",))
    assert [gap.code for gap in closed.gaps] == ["unassigned"]
    allowed = asked(gappy, *approvals, allow=("unassigned",))
    assert (allowed.open, allowed.gaps) == (True, ())


class TestWithoutAPolicy:
    def test_one_approver_is_asked_for(self) -> None:
        assert not asked(policy=None).open
        assert asked(yes(*ANAS), policy=None).open

    def test_the_approver_signs_with_a_key_of_their_own(self) -> None:
        forwarded = signed(
            approval("yes", 6, about=(SUBJECT,), digest=of().digest), ANA, "service:ci"
        )
        as_boss = attrs.evolve(forwarded, decided_by=Actor(id="person:boss@bank.example"))

        assert not asked(as_boss, policy=None).open

    def test_one_key_under_two_names_is_one(self) -> None:
        twice = yes(*ANAS), yes("again", ANA, "person:bo@bank.example")

        assert len(asked(*twice, policy=None).approvals) == 1


def test_a_policy_without_a_rule_for_it_asks_for_one_principal() -> None:
    ruleless = POLICY.split("[[rule]]", maxsplit=1)[0]

    assert asked(yes(*ANAS), policy=ruleless).open
    assert not asked(yes("x", "SHA256:" + "z" * 43, "person:x@bank.example"), policy=ruleless).open


def test_an_approval_is_an_approval() -> None:
    assert isinstance(yes(*ANAS), Approval)


def test_an_approval_that_was_taken_back_opens_nothing_and_leaves_the_others_alone() -> None:
    ana, bo = yes("y", ANA, "person:ana@b.example"), yes("z", BO, "person:bo@b.example")

    assert asked(ana, bo).open
    closed = asked(ana, bo, taken_back("z"))

    assert not closed.open
    assert [a.id for a in closed.approvals] == ["y"]
    assert closed.because == ("2 of ana, bo must approve: 1 did",)


def test_a_decision_that_was_withdrawn_closes_it_until_somebody_decides_anew() -> None:
    found = asked(taken_back("go"), policy=None)

    assert not found.open
    assert "1 open: lapsed" in found.because


@pytest.mark.parametrize("policy", [POLICY, None])
def test_what_an_approver_took_back_nobody_else_puts_back_for_them(policy: str | None) -> None:
    """By whichever of their keys; and with a policy of two, whoever is the other wants nothing more."""
    anas, bos = (ANA, "person:ana@b.example"), (BO, "person:bo@b.example")
    ana, bo = yes("y", *anas), yes("z", *bos)
    for key in (ANA, LAPTOP) if policy else (ANA,):
        back = signed(taken_back("y"), key, anas[1])
        undone = signed(taken_back("no-y", 8), *bos)
        found = asked(ana, bo, back, undone, policy=policy)

        assert [a.id for a in found.approvals] == ["z"]
    # What another took back, and was undone, was never their own word.
    back = signed(taken_back("y"), *bos)
    assert {a.id for a in asked(ana, bo, back, taken_back("no-y", 8)).approvals} == {"y", "z"}


def test_a_rule_for_deployments_is_one_for_deploying() -> None:
    """`policy check` says of it that approving takes two: with one it must not open."""
    policy = POLICY.replace('kind = "deploy"', 'kind = "deployment"')

    one = asked(yes(*ANAS), policy=policy)
    assert one.because == ("2 of ana, bo must approve: 1 did",)
    assert asked(yes(*ANAS), yes("z", BO, "person:bo@b.example"), policy=policy).open


def test_a_decision_by_itself_takes_as_many_as_the_rule_for_its_kind_says() -> None:
    policy = parse(POLICY.replace('kind = "deploy"', 'kind = "go"'))
    subject, go = "record:go", decision("go", 4, kind="go", capture="passed")
    digest = review(trace(subject, go)).digest

    def gated(*keys: tuple[str, str]) -> Gate:
        voices = [
            signed(
                approval(name, 6, about=(subject,), digest=digest), key, f"person:{name}@b.example"
            )
            for name, key in keys
        ]
        return gate(review(trace(subject, go, *voices)), policy)

    assert gated(("ana", ANA)).because == ("2 of ana, bo must approve: 1 did",)
    assert gated(("ana", ANA), ("bo", BO)).open


def test_a_rule_that_has_ended_asks_for_no_less_than_it_did() -> None:
    ended = POLICY.replace("threshold = 2", "threshold = 2\nuntil = 2026-01-02")
    elsewhere = POLICY.replace('kind = "deploy"', 'kind = "vendor"')

    closed = asked(yes(*ANAS), yes(*BOS), policy=ended)
    assert closed.because == ("no rule of the policy for approving it holds now",)
    assert asked(yes(*ANAS), policy=elsewhere).open  # no rule was ever for this


@pytest.mark.parametrize("until", [None, "2026-01-02"])
def test_the_rule_for_a_subject_is_that_for_what_kind_of_thing_it_is(until: str | None) -> None:
    """Also for a decision by itself, once the rule has ended."""
    ends = "" if until is None else f"\nuntil = {until}"
    for subject, kind in (("model:m@1", "model"), ("record:go", "go")):
        records = step("train", 3, produced=["model:m@1"]), decision("go", 4, kind="go")
        digest = review(trace(subject, *records)).digest
        ana = signed(approval("y", 6, about=(subject,), digest=digest), *ANAS[1:])
        rule = f'kind = "{kind}"\nprincipals = ["ana", "bo"]\nthreshold = 2{ends}\n[[rule]]'
        policy = parse(POLICY.replace("[[rule]]", f"[[rule]]\n{rule}", 1))

        because = gate(review(trace(subject, *records, ana)), policy).because
        told = "2 of ana, bo must approve: 1 did" if until is None else "no rule of the policy"
        assert [reason for reason in because if reason.startswith(told)] != []


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(
            yes("a", ANA, "person:ana@bank.example", meaning="review"), id="of another meaning"
        ),
        pytest.param(yes("a", "SHA256:" + "z" * 43, "person:z@bank.example"), id="by an outsider"),
    ],
)
def test_those_after_one_that_does_not_count_do(first: Record) -> None:
    voices = [attrs.evolve(each, recorded_at=day(6.5)) for each in (yes(*ANAS), yes(*BOS))]

    found = asked(first, *voices)
    assert (found.open, [a.id for a in found.approvals]) == (True, ["ana-says", "bo-says"])


def test_it_says_of_how_many_things_each_gap_is_and_that_nobody_has_approved_it() -> None:
    bare = [
        decision(id, 4, step="deploy", accountable=None, capture="passed") for id in ("b1", "b2")
    ]

    assert asked(*bare, policy=None).because == ("2 open: unassigned", "nobody has approved it")
