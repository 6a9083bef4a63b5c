"""One tree of errors, drawn in the docstring, each with a code of its own."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import re
import traceback

import pytest

import answerable
from answerable import errors
from answerable.errors import AnswerableError, MissingExtraError

DRAWN = re.compile(r"^    ([│├└─ ]*)(\w+Error)", re.MULTILINE)


def _classes() -> list[type[AnswerableError]]:
    found, todo = [], [AnswerableError]
    while todo:
        found.append(cls := todo.pop())
        todo += cls.__subclasses__()
    return found


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    above: list[str] = []
    drawn = {}
    for lines, name in DRAWN.findall(errors.__doc__ or ""):
        depth = len(lines) // 4
        above[depth:] = [name]
        drawn[name] = above[depth - 1] if depth else "Exception"

    public = [cls for cls in _classes() if cls.__module__ == errors.__name__]
    assert drawn == {cls.__name__: cls.__bases__[0].__name__ for cls in public}


def test_every_error_of_the_package_is_in_the_tree_or_a_kind_of_one_that_is() -> None:
    for module in pkgutil.walk_packages(answerable.__path__, "answerable."):
        if module.name == "answerable.__main__":
            continue  # importing it runs the command line
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, type) and issubclass(value, Exception) and name.endswith("Error"):
                own = value.__module__.startswith("answerable")
                assert not own or issubclass(value, AnswerableError), f"{module.name}.{name}"


def test_every_error_in_the_tree_is_a_public_name() -> None:
    public = {cls.__name__ for cls in _classes() if cls.__module__ == errors.__name__}

    assert public <= set(answerable.__all__)
    assert all(getattr(answerable, name) is getattr(errors, name) for name in public)


@pytest.mark.parametrize("cls", _classes(), ids=lambda cls: cls.__name__)
def test_every_error_has_a_code_that_scripts_can_rely_on(cls: type[AnswerableError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cls.code)
    if cls.__module__ == errors.__name__:
        assert (
            sum(
                other.code == cls.code for other in _classes() if other.__module__ == cls.__module__
            )
            == 1
        )


def test_an_error_says_what_was_wrong_and_what_to_do() -> None:
    error = AnswerableError("no such place", hint="look elsewhere")

    assert (str(error), error.message, error.hint) == (
        "no such place",
        "no such place",
        "look elsewhere",
    )


def test_a_missing_extra_gives_the_line_that_installs_it() -> None:
    error = MissingExtraError("mlflow", "writing to MLflow")

    assert error.extra == "mlflow"
    assert error.hint == "pip install 'answerable[mlflow]'"
    assert "writing to MLflow" in error.message


def test_a_traceback_tells_what_to_do() -> None:
    error = MissingExtraError("mlflow", "the history in MLflow")

    told = "".join(traceback.format_exception(error))

    assert told.endswith("not installed\nhint: pip install 'answerable[mlflow]'\n")


def test_an_error_comes_whole_from_another_process() -> None:
    error = MissingExtraError("mlflow", "the history in MLflow")

    same = pickle.loads(pickle.dumps(error))  # noqa: S301  # ours

    assert (type(same), str(same), vars(same)) == (MissingExtraError, str(error), vars(error))
