"""An explanation costs one batch and what its deployment rests on, however many outcomes there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable.ledger import Ledger
from answerable.outcomes.leaves import Leaves
from answerable.recording import batching
from tests.outcomes.conftest import DEPLOYMENT


def _explained(ledger: Path, id: str, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often entries and outcomes were read for it, once the index is made."""
    read: Counter[str] = Counter()

    def counted(
        patched: pytest.MonkeyPatch, cls: type[Any], name: str, rows: Callable[[Any], int]
    ) -> None:
        plain = getattr(cls, name)

        def call(self: Any, *given: Any) -> Any:
            found = plain(self, *given)
            read[name] += rows(found)
            return found

        patched.setattr(cls, name, call)

    with ans.open(ledger) as history:
        history.explain(id)
        with monkeypatch.context() as patched:
            counted(patched, Ledger, "entry", lambda _: 1)
            counted(patched, Ledger, "those", len)
            counted(patched, Ledger, "entries", lambda _: 1)
            counted(patched, Leaves, "of", len)
            assert history.explain(id).verified
    return read


def test_it_reads_no_more_where_there_are_twenty_times_as_many(
    deployed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "OUTCOMES", 16)
    ids = [ans.outcome(DEPLOYMENT, f"a{n}", "declined").id for n in range(16)]
    few = _explained(deployed, ids[7], monkeypatch)
    ids += [ans.outcome(DEPLOYMENT, f"a{n}", "declined").id for n in range(16, 320)]
    ans.flush()

    for id in (ids[7], ids[160], ids[-1]):
        assert _explained(deployed, id, monkeypatch) == few
    assert few["of"] == 16
