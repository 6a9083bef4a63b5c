from __future__ import annotations

import itertools

import attrs

from answerable.lineage import MemoryLookup
from answerable.model import Custody, Evidence, Record
from tests.lineage.story import artifact, choice, day, digest, step

ONE = step("one", 1, used=[artifact("dataset:a@1", "rows")], produced=["model:m@1"])


def ids(records: object) -> list[str]:
    assert isinstance(records, list)
    return sorted(record.id for record in records)


def test_records_are_found_by_everything_they_name() -> None:
    sheet = Evidence(artifact=artifact("report:r@1", "auc"), kind="own_test")
    two = choice("two", 2, step="one", within="three", about=("record:one",), evidence=(sheet,))
    three = choice("three", 3, supersedes=("zero",), produced=[artifact("model:n@1", "weights")])
    lookup = MemoryLookup([ONE, two, three])
    assert lookup.get("one") is ONE
    assert lookup.get("none") is None
    assert ids(lookup.using(artifact("dataset:a@1"))) == ["one"]
    assert ids(lookup.using(artifact("dataset:b@1", "rows"))) == ["one"]
    assert ids(lookup.using(artifact("report:r@1"))) == ["two"]
    assert ids(lookup.producing(artifact("model:m@1", "weights"))) == ["one", "three"]
    assert ids(lookup.about("record:one")) == ["two"]
    assert ids(lookup.inside("one")) == ids(lookup.inside("three")) == ["two"]
    assert ids(lookup.superseding("zero")) == ["three"]
    assert ids(lookup.superseding("one")) == []


def test_of_several_records_under_one_id_the_same_is_kept_in_any_order() -> None:
    verified = Custody(envelope=b"", digest=digest("b"), verified=True)
    first = choice("x", 1, about=("model:a@1",))
    forged = choice("x", 0, about=("model:b@1",))
    kept = attrs.evolve(choice("x", 2, about=("model:c@1",)), custody=verified)
    later = attrs.evolve(kept, recorded_at=day(3), about=("model:d@1",))

    def winners(*records: Record) -> set[Record]:
        found = set()
        for order in itertools.permutations(records):
            lookup = MemoryLookup(order)
            record = lookup.get("x")
            assert record is not None
            found.add(record)
            everything = (f"model:{name}@1" for name in "abcd")
            assert [r for ref in everything for r in lookup.about(ref)] == [record]
        return found

    assert winners(first, forged, kept, later) == {kept}
    assert winners(first, forged) == {forged}
    assert winners(kept, kept) == {kept}
