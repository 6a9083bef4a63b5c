"""Who answers for a decision, by the project's own file."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import answerable as ans
from answerable.errors import ConfigurationError
from answerable.owners import Owners, parse
from answerable.recording import process
from answerable.testing import capture_decisions

TEXT = """
# who answers for what
*                    role:everything
/pipelines/data/     role:data     # below that folder
*.sql                role:queries
docs/*               role:writers
train/**/tune.py     role:tuning
kind:vendor          role:procurement
kind:monitor
"""


@pytest.mark.parametrize(
    ("kind", "path", "owner"),
    [
        ("threshold", "main.py", "role:everything"),
        ("threshold", "deep/down/main.py", "role:everything"),
        ("dataset", "pipelines/data/select.py", "role:data"),
        ("dataset", "pipelines/data/more/select.py", "role:data"),
        ("dataset", "other/pipelines/data/select.py", "role:everything"),
        ("dataset", "pipelines/data.py", "role:everything"),
        ("feature", "any/where/join.sql", "role:queries"),
        ("feature", "docs/page.py", "role:writers"),
        ("feature", "docs/deep/page.py", "role:everything"),
        ("feature", "train/tune.py", "role:tuning"),
        ("feature", "train/a/b/tune.py", "role:tuning"),
        ("vendor", "pipelines/data/select.py", "role:procurement"),
        ("vendor", None, "role:procurement"),
        ("monitor", "main.py", None),
    ],
)
def test_the_last_line_that_matches_decides(kind: str, path: str | None, owner: str | None) -> None:
    assert parse(TEXT).of(kind, path, "role:configured") == owner


def test_where_none_matches_it_is_as_configured() -> None:
    assert parse("/src/ role:code").of("threshold", "main.py", "role:head") == "role:head"
    assert Owners().of("threshold", None, None) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("* role:a role:b", "line 1: 2 owners"),
        ("\n* nobody", "line 2"),
        ("!x role:a", "line 1"),
        ("a[bc] role:a", "line 1"),
    ],
)
def test_what_is_wrong_is_refused_by_line(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        parse(text)


@given(st.text(max_size=80), st.text(max_size=20))
def test_rubbish_is_refused_or_read(text: str, path: str) -> None:
    with contextlib.suppress(ConfigurationError):
        parse(text).of("threshold", path, None)


def test_a_decision_is_answered_for_by_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "answerable.owners").write_text("* role:files\nkind:vendor role:procurement\n")
    monkeypatch.chdir(tmp_path)
    code = "import answerable as ans\nans.choose('threshold', 1)\nans.choose('vendor', 'a')\n"
    code += "ans.choose('model', 'm', accountable='role:own')\n"
    (tmp_path / "own.py").write_text(code)
    with capture_decisions(accountable="role:configured") as captured:
        exec(compile(code, str(tmp_path / "own.py"), "exec"), {})  # noqa: S102  # the user's file

    assert [(d.kind, d.accountable) for d in captured.decisions] == [
        ("threshold", "role:files"),
        ("vendor", "role:procurement"),
        ("model", "role:own"),
    ]


def test_a_file_that_cannot_be_read_is_said_to_be_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "answerable.owners").write_text("* nobody at all\n")
    monkeypatch.chdir(tmp_path)
    ans.configure(ledger=tmp_path / "a.db")
    with pytest.raises(ConfigurationError, match="line 1"):
        ans.choose("threshold", 1)
    process.replace(None)
