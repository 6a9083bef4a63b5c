"""What goes wrong with the demo is said in one clear error, early where that can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable import demo
from answerable.demo.processes import started
from answerable.errors import AnswerableError, ConfigurationError, ExportError, UsageError
from tests.parts.ports import LOOPBACK, free_ports


@pytest.mark.parametrize("option", ["jaeger", "mlflow"])
def test_a_server_that_does_not_answer_is_found_out_before_anything_is_written(
    tmp_path: Path, option: str
) -> None:
    (port,) = free_ports(1)
    url = f"http://user:secret@{LOOPBACK}:{port}"
    with pytest.raises(ExportError, match=rf"nothing answers at http://{LOOPBACK}:{port}") as told:
        demo.run(tmp_path / "out", **{option: url})  # type: ignore[arg-type]
    assert "secret" not in told.value.message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("uri", ["mlruns", "file:///tmp/mlruns", "sqlite://"])
def test_an_mlflow_that_keeps_no_traces_is_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(ConfigurationError):
        demo.run(tmp_path / "out", mlflow=uri)
    assert not (tmp_path / "out").exists()


def test_a_database_in_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no directory"):
        demo.run(tmp_path / "out", mlflow=f"sqlite:///{tmp_path}/nowhere/mlflow.db")


def test_what_a_failing_process_said_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(AnswerableError, match="a step ended with exit code 1") as told,
        started("no_such_step", "a step", tmp_path, {}) as process,
    ):
        process.wait()
    assert "No module named answerable.demo.no_such_step" in told.value.message


def test_a_process_does_not_outlive_an_error_in_the_demo(tmp_path: Path) -> None:
    class InterruptedDemoError(Exception):
        pass

    with pytest.raises(InterruptedDemoError), started("experiment", "it", tmp_path, {}) as process:
        raise InterruptedDemoError
    assert process.process.returncode is not None


def test_a_step_that_fails_ends_the_demo_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database, and long enough to be read as one" * 99)
    with pytest.raises(AnswerableError, match="preparing MLflow ended with exit code 1") as told:
        demo.run(tmp_path / "out", mlflow=f"sqlite:///{tmp_path / 'no.db'}")
    assert "file is not a database" in told.value.message
    # Begun anew, the same directory would do: what is there is known to be the demo's.
    assert '"written": [' in (tmp_path / "out" / ".answerable-demo.json").read_text()
