"""From a receipt on, where policies and ids stood before is read from the entries, if the index is not to be
believed: all that it leaves out is found then, however it is spelled."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable import statement
from answerable.history import Verdict, by_reading, verify, verify_since
from answerable.ledger import Checkpoint, Ledger, leaf_hash
from answerable.model import Decision, PolicyVersion
from answerable.reading import open as opened
from answerable.signing import Envelope, Keyring, envelope_digest
from answerable.signing.endorsing import endorse
from tests.history.adopting import adopt, text
from tests.history.forging import Forger, name_of
from tests.ledger.tampering import change

SIZE = 9
RULE = '[[rule]]\nkind = "vendor"\nprincipals = ["stranger"]'

Spelling = Callable[[bytes], bytes]


def _again(payload: bytes, **how: Any) -> bytes:
    return json.dumps(json.loads(payload), **how).encode()


PAYLOADS: dict[str, Spelling] = {
    "as we do": lambda payload: payload,
    "wide": lambda payload: _again(payload, indent=2),
    "spaced": lambda payload: _again(payload, separators=(" ,\t", " :\n ")),
    "escaped": lambda payload: payload.replace(b'"policy"', b'"\\u0070olicy"').replace(
        b'"id":"0', b'"\\u0069d":"\\u0030'
    ),
    "escaped elsewhere": lambda payload: payload.replace(b'"decision"', b'"\\u0064ecision"'),
}

ENVELOPES: dict[str, Spelling] = {
    "as we do": lambda envelope: envelope,
    "spaced": _again,
    "turned round": lambda envelope: json.dumps(
        dict(reversed(json.loads(envelope).items()))
    ).encode(),
    "escaped": lambda envelope: envelope.replace(b'{"payload":"e', b'{"payload":"\\u0065'),
    "called otherwise": lambda envelope: envelope.replace(b'{"payload"', b'{"p\\u0061yload"'),
}


@pytest.fixture(autouse=True)
def few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_reading, "_TOGETHER", 4)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    """Entry 1 puts a policy in force, the index has all that there is, and the receipt covers it."""
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    adopt(made, text(made, more=RULE), made.identity)
    for _ in range(2, SIZE):
        made.append(made.sign(made.decision()))
    return made


def receipt(forger: Forger, size: int = SIZE) -> Checkpoint:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        return Checkpoint(ledger.origin, size, ledger.root_at(size))
    finally:
        ledger.close()


def distrusting(forger: Forger, since: Checkpoint) -> Verdict:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        return verify_since(ledger, since, None)
    finally:
        ledger.close()


def faults(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.index) for fault in verdict.faults]


def spelled(forger: Forger, record: Decision | PolicyVersion, payload: str, envelope: str) -> bytes:
    """That record under its session's key, in the spelling of that name."""
    data = PAYLOADS[payload](statement.to_bytes(record))
    signed = Envelope.sign(data, [(name_of(forger.session), forger.session)])
    return ENVELOPES[envelope](signed.to_bytes())


SPELLINGS = [(each, "as we do") for each in PAYLOADS] + [("as we do", each) for each in ENVELOPES]


@pytest.mark.parametrize(("payload", "envelope"), SPELLINGS)
def test_an_id_that_stood_before_is_found_however_it_was_spelled(
    forger: Forger, payload: str, envelope: str
) -> None:
    record = forger.decision()
    place = forger.append(spelled(forger, record, payload, envelope))
    since = receipt(forger, SIZE + 1)
    forger.append(forger.sign(forger.decision()))
    again = forger.append(forger.sign(forger.decision(id=record.id)))

    found = distrusting(forger, since)

    assert faults(found) == [("repeated-id", again)]
    assert found.faults[0].message == f"the id of entry {place}"
    assert found.read


@pytest.mark.parametrize(("payload", "envelope"), SPELLINGS)
def test_a_policy_that_was_put_in_force_before_is_found_however_it_was_spelled(
    forger: Forger, payload: str, envelope: str
) -> None:
    told = text(forger, 2)
    common = attrs.asdict(forger.decision(), recurse=False)
    record = PolicyVersion(
        version=2,
        text=told,
        endorsements=(endorse(told, forger.identity),),
        **{n: common[n] for n in ("id", "decided_at", "recorded_at", "decided_by", "team")},
        emission=common["emission"],
    )
    forger.append(spelled(forger, record, payload, envelope))
    since = receipt(forger, SIZE + 1)
    forger.append(forger.sign(forger.decision(kind="vendor")))

    found = distrusting(forger, since)

    # Under version 1, this kind was a stranger's alone.
    assert (faults(found), found.policy) == ([], 2)


def test_what_the_index_leaves_out_is_missed_by_it_and_found_without_it(forger: Forger) -> None:
    taken = forger.decision()
    forger.append(forger.sign(taken))
    since = receipt(forger, SIZE + 1)
    forger.append(forger.sign(forger.decision(kind="vendor")))
    forger.append(forger.sign(forger.decision(id=taken.id)))
    with opened(forger.uri, home=forger.home) as history:
        history.decisions(limit=1)
    (index,) = (forger.home / "index").glob("*.db")
    change(
        index,
        "DROP TRIGGER records_UPDATE",
        "UPDATE records SET type = 'decision' WHERE type = 'policy'",
        f"UPDATE records SET id = 'another' WHERE idx = {SIZE}",
        "CREATE TRIGGER records_UPDATE AFTER UPDATE ON records BEGIN UPDATE tree SET size = -1; END",
    )

    with opened(forger.uri, home=forger.home) as history:
        note = since.sign(_log_key(forger))
        believing = history.verify(since=note)
        told = history.verify(since=note, distrust_index=True)
        whole = history.verify(since=note, everything=True, distrust_index=True)

    assert (believing.holds, believing.policy, believing.read) == (True, None, False)
    assert (faults(told), told.policy, told.read) == (
        [("not-permitted", SIZE + 1), ("repeated-id", SIZE + 2)],
        *(1, True),
    )
    assert faults(whole) == faults(told)
    assert (whole.since, whole.read) == (0, False)


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_a_ledger_that_holds_holds_from_every_receipt_on(forger: Forger, size: int) -> None:
    found = distrusting(forger, receipt(forger, size))

    assert (faults(found), found.size, found.policy, found.since) == ([], SIZE, 1, size)


@pytest.mark.parametrize("place", [0, 3, 4, SIZE - 1])
def test_a_byte_that_was_changed_before_it_is_found_at_its_place(
    forger: Forger, place: int
) -> None:
    since = receipt(forger)
    change(forger.path, f"UPDATE entries SET envelope = envelope || x'20' WHERE idx = {place}")

    found = distrusting(forger, since)
    assert faults(found) == [("leaf", place), ("rewritten", None)]
    told = f"the first {SIZE} entries are not those that were seen before"
    assert [f.message for f in found.faults if f.code == "rewritten"] == [told]


def test_entries_that_were_exchanged_under_a_tree_that_stayed_are_found(forger: Forger) -> None:
    since = receipt(forger)
    other = forger.sign(forger.decision())
    digest = leaf_hash(other)
    change(
        forger.path,
        f"UPDATE entries SET envelope = x'{other.hex()}', leaf = x'{digest.hex()}' WHERE idx = 4",
    )

    assert ("rewritten", None) in faults(distrusting(forger, since))


@pytest.mark.parametrize("moved", [-1, -(2**63), SIZE + 40])
def test_an_entry_that_was_moved_away_is_found(forger: Forger, moved: int) -> None:
    since = receipt(forger)
    change(forger.path, f"UPDATE entries SET idx = {moved} WHERE idx = 4")

    assert ("rewritten", None) in faults(distrusting(forger, since))


def test_a_ledger_that_was_cut_before_it_is_told_as_that(forger: Forger) -> None:
    since = receipt(forger)
    change(forger.path, f"DELETE FROM entries WHERE idx = {SIZE - 1}")

    assert faults(distrusting(forger, since)) == [("truncated", None)]


def test_what_is_no_record_has_neither_id_nor_policy(forger: Forger) -> None:
    """That it is none was told to whoever looked at that part."""
    for rubbish in (b"{}", b'{"payload":"', b'{"payload":"AAAA"}', b"\xff" * 40):
        ledger = Ledger.open_or_create(forger.uri, forger.home)
        end = ledger.append(rubbish).index + 1
        ledger.close()
        assert faults(distrusting(forger, receipt(forger, end))) == []


def test_it_tells_how_far_it_has_come(forger: Forger) -> None:
    told: list[tuple[int, int]] = []
    ledger = Ledger.open(forger.uri, forger.home)

    verify_since(ledger, receipt(forger), None, progress=lambda *each: told.append(each))

    ledger.close()
    assert told == [(4, SIZE), (8, SIZE), (SIZE, SIZE)]


def test_reading_costs_a_part_of_what_verifying_costs(tmp_path: Path, home: Path) -> None:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    envelopes = []
    for _ in range(1500):
        envelopes.append(made.sign(made.decision()))
        made.seq, made.prev = made.seq + 1, envelope_digest(envelopes[-1])
    ledger = Ledger.open_or_create(made.uri, made.home)
    ledger.append_all(envelopes)
    since = receipt(made, 1501)

    def best(once: Callable[[], Verdict]) -> float:
        spent = []
        for _ in range(4):
            start = time.process_time()
            assert once().holds
            spent.append(time.process_time() - start)
        return min(spent)

    reading = best(lambda: verify_since(ledger, since, None))
    verifying = best(lambda: verify(ledger, workers=0))
    ledger.close()
    assert reading <= 0.4 * verifying, f"it costs {reading / verifying:.2f} of verifying"


def _log_key(forger: Forger) -> Any:
    return Keyring(forger.home).log_key(receipt(forger).origin)


def test_a_payload_in_the_usual_place_that_is_not_base64_is_read_exactly(forger: Forger) -> None:
    odd = b'{"payload":"' + b64encode(b"{}") + b'!","payloadType":"x","signatures":[]}'
    ledger = Ledger.open_or_create(forger.uri, forger.home)
    end = ledger.append(odd).index + 1
    ledger.close()

    assert faults(distrusting(forger, receipt(forger, end))) == []


def test_of_what_is_new_what_is_no_record_or_by_a_strange_key_is_told_as_ever(
    forger: Forger,
) -> None:
    since = receipt(forger)
    ledger = Ledger.open_or_create(forger.uri, forger.home)
    ledger.append(b"rubbish")
    ledger.close()
    other = Forger(home=forger.home, path=forger.path)
    other._ids = 700
    other.append(other.sign(other.decision()))

    assert faults(distrusting(forger, since))[:2] == [("malformed", SIZE), ("signature", SIZE + 1)]


def test_a_policy_is_known_by_its_name_also_where_nothing_in_it_is_escaped(forger: Forger) -> None:
    """One that can be put in force has lines, which JSON escapes; this rests on no such thing."""
    common = attrs.asdict(forger.decision(), recurse=False)
    names = ("id", "decided_at", "recorded_at", "decided_by", "team", "emission")
    record = PolicyVersion(version=2, text="no lines", **{name: common[name] for name in names})
    place = forger.append(forger.sign(record))
    ledger = Ledger.open(forger.uri, forger.home)
    reading = by_reading.ByReading(ledger, receipt(forger, place + 1))

    assert [*reading.faults(lambda done, of: None)] == []
    assert place in reading.policies()
    ledger.close()
