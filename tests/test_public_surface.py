"""What `import answerable` gives, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import answerable as ans

HEAVY = ("sqlalchemy", "sqlite3", "mlflow", "opentelemetry.sdk", "pandas", "numpy", "sklearn")


def imported(code: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has loaded after `code`."""
    told = f"{code}\nimport sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_the_public_names_are_sorted_there_and_documented() -> None:
    assert ans.__all__ == sorted(ans.__all__)
    for name in ans.__all__:
        assert getattr(ans, name).__doc__, name


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    assert not hasattr(ans, "nonsense")


def test_importing_loads_nothing_heavy() -> None:
    assert imported("import answerable") == set()


def test_the_names_for_recording_load_nothing_heavy_either() -> None:
    names = "choose, configure, current, decide, decision, step, artifact, approve, dissent"
    assert imported(f"from answerable import {names}") == set()


def test_recording_needs_a_database_and_nothing_else_heavy(tmp_path: object) -> None:
    code = f"import os; os.chdir({str(tmp_path)!r})\nimport answerable as ans\nans.choose('t', 1)"

    assert imported(code) == {"sqlite3"}
