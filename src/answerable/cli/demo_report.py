"""What `answerable demo` says while it works, and what to do next when it has."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from answerable.demo import Outcome


class StageBar:
    """A bar on stderr, and only on a terminal; call it with each stage as it begins."""

    def __init__(self, stages: int) -> None:
        console = Console(file=sys.stderr)
        self._bar = Progress(
            TextColumn("{task.description:<34}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=stages)
        self._begun = 0

    def __call__(self, stage: str) -> None:
        """`stage` begins, so the one before it is done."""
        self._bar.update(self._task, description=stage, completed=self._begun)
        self._begun += 1

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()


def closing(outcome: Outcome, *, jaeger: str | None) -> str:
    """What was made, and what to ask of it next; every line can be copied and run."""
    command = _command()
    ledger = f"--ledger {_quoted(_short(outcome.ledger.removeprefix('sqlite:///')))}"
    home = f"ANSWERABLE_HOME={_quoted(_short(outcome.home))}"
    digest = f"--digest {outcome.trace.digest}"
    page, upload = _short(outcome.html), _short(outcome.otlp_json)
    lines = [
        "",
        f"{outcome.decisions} decisions are signed and kept; {outcome.gaps} gaps are named.",
        "",
        "Ask",
        f"  {command} gaps {outcome.subject} {ledger}",
        f"  {command} log --kind threshold {ledger}",
        f"  {command} explain {outcome.outcome} {ledger}",
        f"  {command} verify {ledger}",
        "Read as pages: the trace, and what there is to review before one signs",
        f"  {page}",
        f"  {_short(outcome.review)}",
        "Sign what the review shows; the key of the demo's log is in a home of its own",
        f"  {home} {command} approve {outcome.subject} --meaning approval {digest} {ledger}",
        "See in Jaeger",
    ]
    if jaeger:
        lines.append(f"  look up the trace {outcome.trace_id}")
    else:
        lines += [
            f"  upload {upload} on its search page, or send the trace to it:",
            f"  {command} trace {outcome.subject} {ledger} --otlp http://localhost:4318",
        ]
    if outcome.mlflow.startswith("http"):
        lines += ["Find in MLflow", f"  {outcome.mlflow}, experiment {outcome.experiment}"]
    else:
        lines += [
            f"Find in MLflow, experiment {outcome.experiment}; its pages need the whole of it:",
            f"  {_beside(command, 'pip')} install mlflow",
            f"  {_beside(command, 'mlflow')} ui --backend-store-uri {_quoted(_shown(outcome.mlflow))}",
        ]
    return "\n".join(lines)


def _command() -> str:
    """How this program was called, so that a copied line works where it is not on PATH."""
    name = Path(sys.argv[0])
    return (
        _short(str(name)) if name.name == "answerable" and name.parent != Path() else "answerable"
    )


def _beside(command: str, name: str) -> str:
    """Another program of the environment that this one was called from."""
    return str(Path(command).with_name(name)) if Path(command).parent != Path() else name


def _shown(uri: str) -> str:
    scheme, path = uri.split(":///", 1) if ":///" in uri else ("", uri)
    return f"{scheme}:///{_short(path)}" if scheme else uri


def _short(path: str) -> str:
    """Relative to where the reader stands, if it lies below."""
    place = Path(path)
    if place.is_absolute() and place.is_relative_to(Path.cwd()):
        return str(place.relative_to(Path.cwd()))
    return path


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text else text
