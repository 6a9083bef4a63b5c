"""What a program pays for `import answerable`, and for its first decorator."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Any

# On a machine of 2026, in milliseconds of the processor; `python -X importtime` says where they go.
BARE = 60.0
ROUNDS = 7


def seconds(code: str) -> float:
    """The least that a fresh interpreter used of the processor: what disturbs it only ever adds."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    def once() -> float:
        before = used()
        subprocess.run([sys.executable, "-c", code], check=True)
        return used() - before

    return min(once() for _ in range(ROUNDS))


def test_importing_costs_less_than_anybody_notices(record_testsuite_property: Any) -> None:
    bare, package = seconds("pass"), seconds("import answerable")
    decorator = seconds("from answerable import step")
    for name, took in (("import answerable", package), ("the first decorator", decorator)):
        record_testsuite_property(f"{name}, ms", round((took - bare) * 1000))
    assert (package - bare) * 1000 < BARE


def loaded(code: str) -> set[str]:
    told = f"{code}\nimport sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_the_bare_import_loads_the_package_and_what_it_must_stand_behind_at_a_fork() -> None:
    before, after = loaded("import __future__, logging"), loaded("import answerable")
    assert after - before == {"answerable", "answerable.late"}


def test_decorating_waits_for_neither_spans_nor_keys_nor_databases() -> None:
    code = (
        "import answerable as ans\n"
        "@ans.step('train', used='dataset:a@1')\n"
        "def train(x: int = 1) -> None: ...\n"
        "ans.decision('threshold')(train)"
    )
    late = {"opentelemetry", "cryptography", "sqlite3", "subprocess", "socket", "uuid_utils"}
    late |= {"platformdirs", "tomllib", "asyncio"}
    assert loaded(code) & late == set()


def test_a_record_takes_no_time_for_the_read_side() -> None:
    code = (
        "from answerable.testing import temporary_ledger\nimport answerable as ans\n"
        "with temporary_ledger(actor='a@b.example'): ans.choose('t', 1)"
    )
    assert {m for m in loaded(code) if m.startswith("answerable.")} & {
        "answerable.history",
        "answerable.lineage",
        "answerable.reading",
        "answerable.cli",
        "answerable.exporters",
        "answerable.stitched",
    } == set()
