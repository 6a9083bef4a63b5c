"""What is found of entries in brief is what is found of each by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable import statement
from answerable.history import Verdict, spreading, verify
from answerable.history.authentication import Authenticator
from answerable.history.brief import Brief
from answerable.history.briefing import Briefing
from answerable.history.checking import Checked, Introductions
from answerable.history.judging import Judge
from answerable.history.rows import row_of
from answerable.history.share import Share
from answerable.history.spreading import Spread
from answerable.ledger import Fault, Ledger
from answerable.model import (
    Actor,
    Artifact,
    Erasure,
    Notice,
    Observed,
    Outcomes,
    Record,
    Step,
    Withheld,
)
from answerable.signing import Envelope, Policy, parse
from tests.history.forging import ANALYST, NOW, Forger, name_of
from tests.ledger.tampering import change

SHARE = 4
Forgery = Callable[[Forger], object]


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "SHARE", SHARE)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    honest(made, 8)
    return made


def honest(forger: Forger, number: int) -> int:
    """So many records as they should be, each with all before it in sight; returns how many there are."""
    for _ in range(number):
        seen = forger.observed(forger.seq)
        decision = forger.decision(emission=forger.emission(observed=seen))
        forger.append(forger.sign(decision))
    return forger.seq


def altered(forger: Forger, sql: str) -> str:
    change(forger.path, sql)
    return sql


def found(forger: Forger, policy: Policy | None = None, *, workers: int = 0) -> Verdict:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        return verify(ledger, policy, workers=workers)
    finally:
        ledger.close()


def one_by_one(
    forger: Forger, monkeypatch: pytest.MonkeyPatch, policy: Policy | None = None
) -> Verdict:
    with monkeypatch.context() as patched:
        patched.setattr(Briefing, "take", lambda *_: False)
        return found(forger, policy)


def add(forger: Forger, **changes: Any) -> int:
    return forger.append(forger.sign(forger.decision(**changes)))


def seen(forger: Forger, **changes: Any) -> Observed:
    return attrs.evolve(forger.observed(6), **changes)


def event(forger: Forger, cls: type[Record], **fields: Any) -> int:
    common = forger.decision()
    shared = ("id", "decided_at", "recorded_at", "decided_by", "team", "emission")
    made = cls(**{name: getattr(common, name) for name in shared}, **fields)
    return forger.append(forger.sign(made))


def another_session(forger: Forger) -> None:
    other = Forger(home=forger.home, path=forger.path, identity=forger.identity)
    other._ids = 500
    other.append(other.sign(other.delegation()))
    add(other)
    add(forger)
    add(other)


def a_session_that_pauses(forger: Forger) -> None:
    other = Forger(home=forger.home, path=forger.path, identity=forger.identity)
    other._ids = 500
    other.append(other.sign(other.delegation()))
    honest(forger, 3 * SHARE)
    add(other)


PRIVATE = (Withheld(field="rationale", digest="sha256:" + "0" * 64),)


def introduced_afterwards(forger: Forger) -> int:
    """Where the record stands whose delegation comes after it."""
    other = Forger(home=forger.home, path=forger.path, identity=forger.identity)
    other._ids = 500
    index = other.append(other.sign(other.decision(emission=other.emission(seq=1))))
    other.seq, other.prev = 0, None
    other.append(other.sign(other.delegation()))
    return index


FORGERIES: dict[str, Forgery] = {
    "nothing": lambda forger: None,
    "another session": another_session,
    "a session's delegation twice": lambda f: f.append(
        f.sign(f.delegation(emission=f.emission(seq=0, prev=None)))
    ),
    "an id twice in one share": lambda f: [add(f, id="a"), add(f, id="a")],
    "an id twice, in two shares": lambda f: [add(f, id="a"), honest(f, SHARE), add(f, id="a")],
    "an id twice, far apart": lambda f: [add(f, id="a"), honest(f, 3 * SHARE), add(f, id="a")],
    "a session that pauses": a_session_that_pauses,
    "a number left out": lambda f: add(f, emission=f.emission(seq=f.seq + 1)),
    "a number twice": lambda f: add(f, emission=f.emission(seq=f.seq - 1)),
    "another record before it": lambda f: add(f, emission=f.emission(prev="sha256:" + "0" * 64)),
    "no record before it": lambda f: add(f, emission=f.emission(prev=None)),
    "another history in sight": lambda f: add(
        f, emission=f.emission(observed=seen(f, root="0" * 64))
    ),
    "the future in sight": lambda f: add(f, emission=f.emission(observed=seen(f, size=99))),
    "its own place in sight": lambda f: add(f, emission=f.emission(observed=f.observed(f.seq))),
    "its own entry in sight": lambda f: add(
        f, emission=f.emission(observed=seen(f, size=f.seq + 1))
    ),
    "nothing in sight": add,
    "introduced afterwards": introduced_afterwards,
    "a private field, under another's signature": lambda f: f.append(
        f.sign(f.decision(withheld=PRIVATE), f.identity)
    ),
    "a private field, by nobody, at the end of a share": lambda f: [
        honest(f, 2),
        add(f, withheld=PRIVATE, emission=None),
    ],
    "a private field, by nobody": lambda f: add(f, withheld=PRIVATE, emission=None),
    "a private field, and its past in sight": lambda f: add(
        f, withheld=PRIVATE, emission=f.emission(observed=f.observed(f.seq))
    ),
    "a private field, and another history in sight": lambda f: add(
        f, withheld=PRIVATE, emission=f.emission(observed=seen(f, root="0" * 64))
    ),
    "a private field, and the future in sight": lambda f: add(
        f, withheld=PRIVATE, emission=f.emission(observed=seen(f, size=f.seq + 1))
    ),
    "no emission": lambda f: add(f, emission=None),
    "another team": lambda f: add(f, team="another"),
    "before its time": lambda f: add(f, recorded_at=NOW - timedelta(hours=2)),
    "after its time": lambda f: add(f, recorded_at=NOW + timedelta(hours=2)),
    "another's signature": lambda f: f.append(f.sign(f.decision(), f.identity)),
    "two signatures": lambda f: f.append(f.sign(f.decision(), f.session, f.identity)),
    "more than asserted": lambda f: add(
        f, decided_by=Actor(id="person:head@bank.example", known_by="environment")
    ),
    "rubbish": lambda f: f.append(b"rubbish"),
    "another spelling": lambda f: f.append(
        f.sign(f.decision()).replace(b'"keyid"', b'"\\u006beyid"')
    ),
    "a payload in another spelling": lambda f: f.append(
        Envelope.sign(
            json.dumps(json.loads(statement.to_bytes(f.decision())), indent=1).encode(),
            [(name_of(f.session), f.session)],
        ).to_bytes()
    ),
    "a private field": lambda f: add(f, withheld=PRIVATE),
    "what it made": lambda f: add(
        f, produced=(Artifact(ref="model:a@1", digest="sha256:" + "0" * 64),)
    ),
    "an erasure": lambda f: event(f, Erasure, field="rationale", rationale="asked to"),
    "a batch of outcomes": lambda f: event(
        f, Outcomes, deployment="deployment:a", size=1, root="0" * 64, started_at=NOW
    ),
    "the same bytes twice": lambda f: altered(
        f, "INSERT INTO entries SELECT max(idx) + 1, leaf || x'00', envelope FROM entries"
    ),
    "a hole": lambda f: [honest(f, 3), altered(f, "DELETE FROM entries WHERE idx = 6")],
    "an entry at another place": lambda f: altered(f, "UPDATE entries SET idx = 30 WHERE idx = 8"),
    "another leaf": lambda f: altered(f, "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 5"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_the_same_is_found_in_brief(
    forger: Forger, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    forge(forger, name)

    assert found(forger) == one_by_one(forger, monkeypatch)
    assert found(forger, policy(forger)) == one_by_one(forger, monkeypatch, policy(forger))


@pytest.mark.parametrize("name", FORGERIES)
def test_the_same_is_found_by_another_process(forger: Forger, name: str) -> None:
    forge(forger, name)

    assert found(forger, workers=1) == found(forger)


def forge(forger: Forger, name: str) -> None:
    FORGERIES[name](forger)
    if name not in ("the same bytes twice", "an entry at another place"):
        honest(forger, 2 * SHARE + 1)


def policy(forger: Forger, more: str = "") -> Policy:
    name = name_of(forger.identity)
    return parse(
        f'version = 1\n[root]\nthreshold = 1\nkeys = ["{name}"]\n'
        f'[principals.ana]\nkeys = ["{name}"]\n{more}'
    )


def rule(start: str, end: str) -> str:
    return (
        '[[rule]]\nkind = "threshold"\nprincipals = ["ana"]\n'
        f"from = 2026-01-31T{start}Z\nuntil = 2026-01-31T{end}Z\n"
    )


@pytest.mark.parametrize(
    "more",
    [
        "",
        rule("11:00:00", "13:00:00"),
        rule("12:00:00", "12:00:08"),
        rule("12:00:03", "12:59:00"),
        # In force at both ends of a share, by two rules with a gap between them.
        rule("11:00:00", "12:00:05") + rule("12:00:06", "13:00:00"),
        rule("11:00:00", "12:00:05") + rule("12:00:05", "13:00:00"),
        '[[rule]]\nkind = "deploy"\nprincipals = ["ana"]\n',
        '[[revoked]]\nkey = "{session}"\nafter_index = 6\n',
        '[[revoked]]\nkey = "{session}"\nafter_index = 99\n',
    ],
)
def test_the_same_is_found_under_a_policy(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    for second in range(14):
        add(made, recorded_at=NOW + timedelta(seconds=second))
    judge = policy(made, more.replace("{session}", name_of(made.session)))

    assert found(made, judge) == one_by_one(made, monkeypatch, judge)


@pytest.mark.parametrize("kind", ["delegation", "erasure", "outcomes", "deploy", "threshold"])
def test_the_same_is_found_of_what_more_is_asked_of(
    forger: Forger, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Whoever may not erase, say, does not do so in brief either."""
    event(forger, Erasure, field="rationale", rationale="asked to")
    event(forger, Outcomes, deployment="deployment:a", size=1, root="0" * 64, started_at=NOW)
    add(forger, kind="deploy", withheld=PRIVATE)
    for rules in (f'[[rule]]\nkind = "{kind}"\nprincipals = ["other"]\n', ""):
        more = f'[principals.other]\nkeys = ["{name_of(forger.session)}"]\n{rules}'
        judge = policy(forger, more)

        told = found(forger, judge)
        assert told == one_by_one(forger, monkeypatch, judge)
        assert told.holds == (not rules)


def test_in_brief_too_a_delegation_counts_for_what_comes_after_it(forger: Forger) -> None:
    """Whoever looks at a range is told of the delegations of all of it, and of what follows."""
    index = introduced_afterwards(forger)
    ledger = Ledger.open(forger.uri, forger.home)
    before_it = (0, index + 1)
    share = Share(ledger)
    share.know({place: ledger.entry(place).envelope for place in (0, index + 1)})

    told = share.look(before_it)
    assert not isinstance(told, Brief)
    assert [each.index for each in told if each.fault is not None] == [index]
    ledger.close()


@pytest.mark.parametrize("under", ["no policy", "a policy"])
def test_a_ledger_in_which_nothing_is_wrong_is_judged_in_brief(
    forger: Forger, monkeypatch: pytest.MonkeyPatch, under: str
) -> None:
    another_session(forger)
    size = honest(forger, 5) + 3  # the other session's are not its own
    name = name_of(forger.identity)
    judge = parse(
        f'version = 1\n[root]\nthreshold = 1\nkeys = ["{name}"]\n[principals.ana]\n'
        f'keys = ["{name}"]\nactor = "{ANALYST.id}"\n[[rule]]\nkind = "threshold"\n'
        'team = "scoring"\nprincipals = ["ana"]\n[[revoked]]\n'
        f'key = "{name_of(forger.session)}"\nafter_index = {size - 1}\n'
    )
    alone: list[int] = []

    def faults(_: Judge, checked: Checked) -> Iterator[Fault]:
        alone.append(checked.index)
        yield from ()

    monkeypatch.setattr(Judge, "faults", faults)

    verdict = found(forger, judge if under == "a policy" else None)
    assert (verdict.faults, verdict.size, alone) == ((), size, [])


@pytest.mark.parametrize("indexing", [False, True])
def test_a_brief_has_the_rows_of_an_index_where_they_are_asked_for(
    forger: Forger, indexing: bool
) -> None:
    """As they are made of each entry by itself."""
    made = (Artifact(ref="model:a@1", digest="sha256:" + "0" * 64),)
    asked_more = [0, event(forger, Erasure, field="rationale", rationale="asked to")]
    add(forger, produced=made)
    event(forger, Step, name="train", phase="training", started_at=NOW, produced=made)
    event(forger, Notice, statement="s", addressees=("role:a",))
    asked_more.append(add(forger, withheld=PRIVATE))
    ledger = Ledger.open(forger.uri, forger.home)
    met = Introductions()
    briefing = Briefing(0, Authenticator(met.of), met, indexing=indexing)
    entries = [*ledger.entries()]
    ledger.close()

    assert briefing.take(entries[:2]) and briefing.take(entries[2:])
    brief = briefing.brief()
    assert brief is not None
    rows = [row_of(each.index, each.leaf, each.envelope) for each in entries]
    assert [*brief.rows] == (rows if indexing else [])
    assert [each.index for each in brief.noted] == asked_more
    assert len(brief.ids) == len(rows)


def test_a_brief_says_between_which_times_its_records_were_made(tmp_path: Path, home: Path) -> None:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    for minute in (5, -7, 2, 9, 1, -3, 4):
        add(made, recorded_at=NOW + timedelta(minutes=minute))
    ledger = Ledger.open(made.uri, made.home)

    briefs = [each for each in Spread(ledger, 0).all() if isinstance(each, Brief)]
    times = [(each.first, each.earliest, each.latest) for each in briefs]
    ledger.close()
    assert [tuple((at - NOW) // timedelta(minutes=1) for at in each) for each in times] == [
        (0, -7, 5),
        (9, -3, 9),
    ]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_ledger_in_which_nothing_is_wrong_is_told_in_brief(forger: Forger, number: int) -> None:
    another_session(forger)
    honest(forger, 5)
    ledger = Ledger.open(forger.uri, forger.home)

    shares = [*Spread(ledger, number).all()]

    assert all(isinstance(share, Brief) for share in shares)
    assert sum(len(share.leaves) for share in shares if isinstance(share, Brief)) == ledger.end()
    # Only of those whom others depend on more is told.
    noted = [each for share in shares if isinstance(share, Brief) for each in share.noted]
    assert [each.introduces for each in noted] == [True, True]
    ledger.close()
