"""Where recording imports something late, a fork waits for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.pages import ROOT

ROOMS = ("ledger", "otel", "outbox", "outcomes", "recording", "signing")
SOURCES = sorted(
    path
    for pattern in ("*.py", *(f"{room}/**/*.py" for room in ROOMS))
    for path in (ROOT / "src" / "answerable").glob(pattern)
)
# Not while a pipeline records: reading, and what only ever runs in a process of its own.
OF_READERS = {"reading.py", "testing.py", "pytest_plugin.py", "__main__.py"}


def _unguarded(tree: ast.AST, *, inside: bool = False, guarded: bool = False) -> Iterator[int]:
    for node in ast.iter_child_nodes(tree):
        function = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        under = guarded or (
            isinstance(node, ast.With)
            and any(ast.unparse(item.context_expr) == "late.importing" for item in node.items)
        )
        if isinstance(node, ast.Import | ast.ImportFrom) and function and not under:
            yield node.lineno
        yield from _unguarded(node, inside=function, guarded=under)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_an_import_inside_a_function_stands_under_late_importing(path: object) -> None:
    if path.name in OF_READERS:  # type: ignore[attr-defined]
        return
    tree = ast.parse(path.read_text())  # type: ignore[attr-defined]
    assert [*_unguarded(tree)] == []
