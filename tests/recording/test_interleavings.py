"""Whatever nests, and whichever threads and contexts run in whatever order: the stitched trace is
the true one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

import answerable as ans
from answerable.testing import temporary_ledger

MODEL = "model:loan-approval@7"
ACTS = ["step", "decision", "end", "choose", "carry", "spawn", "apart"]


@attrs.define
class Strand:
    """A line of execution: its context, what is truly open in it, and what it is yet to do."""

    context: Context
    around: str | None
    acts: Iterator[str]
    open: list[Any] = attrs.field(factory=list)

    @property
    def innermost(self) -> str | None:
        return self.open[-1].id if self.open else self.around


@attrs.define
class Pipeline:
    """Runs strands act by act. Each act is run by some thread, in its strand's own context."""

    pool: ThreadPoolExecutor
    waiting: Iterator[list[str]]
    strands: list[Strand] = attrs.field(factory=list)
    parents: dict[str, str | None] = attrs.field(factory=dict)

    def run(self, strand: Strand, act: str) -> None:
        does: dict[str, Callable[[Strand], None]] = {
            "step": lambda s: self.open(s, ans.step("fit")),
            "decision": lambda s: self.open(s, ans.decide("model")),
            "end": self.end,
            "choose": self.choose,
            "carry": self.carry,
            "spawn": lambda s: self.begin(s, copy_context(), s.innermost),
            "apart": lambda s: self.begin(s, Context(), None),
        }
        self.pool.submit(strand.context.run, does[act], strand).result()

    def open(self, strand: Strand, block: Any) -> None:
        opened = block.__enter__()
        self.parents[opened.id] = strand.innermost
        strand.open.append(opened)

    def end(self, strand: Strand) -> None:
        if strand.open:
            ended = strand.open.pop()
            if hasattr(ended, "nobody_decided"):
                ended.choose("forest")
            ended.__exit__(None, None, None)

    def choose(self, strand: Strand) -> None:
        self.parents[_decided()] = strand.innermost

    def carry(self, strand: Strand) -> None:
        carried = ans.carried(_decided)
        found = self.pool.submit(Context().run, carried).result()
        self.parents[found] = strand.innermost

    def begin(self, strand: Strand, context: Context, around: str | None) -> None:
        self.strands.append(Strand(context, around, iter(next(self.waiting, []))))


def _decided() -> str:
    with ans.decide("metric") as d:
        d.choose("roc_auc")
    return d.id


@given(st.lists(st.lists(st.sampled_from(ACTS), max_size=8), min_size=1, max_size=5), st.data())
def test_the_stitched_trace_is_the_true_one(plans: list[list[str]], data: st.DataObject) -> None:
    with temporary_ledger(actor="analyst@bank.example") as uri:
        with ThreadPoolExecutor(3) as pool, ans.step("train", produced=MODEL) as root:
            pipeline = Pipeline(pool, iter(plans))
            pipeline.parents[root.id] = None
            first = Strand(copy_context(), root.id, iter(next(pipeline.waiting)))
            pipeline.strands.append(first)
            running = [first]
            while running:
                strand = data.draw(st.sampled_from(running), label="whose turn it is")
                act = next(strand.acts, None)
                if act is not None:
                    pipeline.run(strand, act)
                elif strand.open:
                    pipeline.run(strand, "end")
                running = [s for s in pipeline.strands if s.open or _has_more(s)]

        with ans.open(uri) as history:
            assert history.verify().holds
            found = {r.id: r for r in history.records() if r.id in pipeline.parents}
            trace = history.trace(MODEL)
    true = pipeline.parents
    assert {id: r.within or r.step for id, r in found.items()} == true
    inside = {id for id in true if _outermost(id, true) == root.id}
    assert {p.record.id: p.parent for p in trace.placed()} == {id: true[id] for id in inside}


def _has_more(strand: Strand) -> bool:
    following = next(strand.acts, None)
    if following is None:
        return False
    strand.acts = itertools.chain([following], strand.acts)
    return True


def _outermost(id: str, parents: dict[str, str | None]) -> str:
    while (parent := parents[id]) is not None:
        id = parent
    return id
