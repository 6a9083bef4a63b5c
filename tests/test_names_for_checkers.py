"""The public names are written three times (for type checkers, in `__all__`, where they are
defined), and all three say the same."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import answerable as ans

TREE = ast.parse(Path(ans.__file__).read_text(encoding="utf-8"))


def told_to_checkers() -> dict[str, str]:
    """Each name that type checkers see, and the module that they take it from."""
    blocks = [n for n in TREE.body if isinstance(n, ast.If) and isinstance(n.test, ast.Name)]
    froms = [n for b in blocks for n in b.body if isinstance(n, ast.ImportFrom)]
    return {alias.name: str(f.module) for f in froms for alias in f.names}


def test_type_checkers_are_told_exactly_the_public_names() -> None:
    assert sorted(told_to_checkers()) == ans.__all__


def test_what_they_are_told_is_what_there_is() -> None:
    for name, module in told_to_checkers().items():
        found = getattr(__import__(module, fromlist=[name]), name)
        assert getattr(ans, name) is found, name


def test_a_star_imports_them_all_and_nothing_else() -> None:
    namespace: dict[str, object] = {}
    exec("from answerable import *", namespace)  # noqa: S102  # a star stands in no function
    assert sorted(set(namespace) - {"__builtins__"}) == ans.__all__


def test_completion_offers_them_before_they_are_used() -> None:
    assert set(ans.__all__) <= set(dir(ans))


def test_every_error_is_one_of_ours() -> None:
    errors = [n for n in ans.__all__ if n.endswith("Error")]
    assert "CustodyError" in errors
    assert all(issubclass(getattr(ans, name), ans.AnswerableError) for name in errors)


def test_what_a_user_calls_on_them_is_documented_too() -> None:
    silent = [
        f"{name}.{member}"
        for name in ans.__all__
        if inspect.isclass(found := getattr(ans, name))
        for member, value in vars(found).items()
        if not member.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, property))
        and not inspect.getdoc(value)
    ]
    assert silent == []
