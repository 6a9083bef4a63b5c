"""A server program on free loopback ports: chosen, started, waited for, ended."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

LOOPBACK: Final = "127.0.0.1"
POLL_SECONDS: Final = 0.05
GRACE_SECONDS: Final = 10.0
LOG_TAIL_LINES: Final = 30

Ports: TypeAlias = tuple[int, ...]


class NotReadyError(Exception):
    """A server ended, or let its deadline pass, before it was ready; says what it logged last."""


class PortTakenError(NotReadyError):
    """A server found one of its ports taken: somebody bound it after it was chosen."""


def free_ports(count: int) -> Ports:
    """Distinct loopback ports that nothing is bound to now."""
    with ExitStack() as held:
        # All are held until the last is chosen, so that none is handed out twice.
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(each.getsockname()[1] for each in sockets)


def answers(port: int, path: str) -> bool:
    """Whether ``GET path`` at the loopback port answers 200 within a second."""
    # http.client, because it never asks a proxy for a loopback address.
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=1)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def serving(
    command: Callable[[Ports], Sequence[str]],
    *,
    ports: int,
    ready: Callable[[Ports], bool],
    deadline: float,
    log: Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    end: signal.Signals = signal.SIGTERM,
    choose: Callable[[int], Ports] = free_ports,
) -> Iterator[Ports]:
    """Run ``command(ports)`` in ``cwd`` until the block ends, and yield the ports it serves.

    ``ready(ports)`` is asked until it is true or ``deadline`` seconds have passed. Output goes
    to the file ``log``. The program gets a session of its own, runs as ``user`` if one is named,
    and is ended by the signal ``end``, with all that it started. When it finds a port taken, it is
    started once more on others.

    Raises NotReadyError when the server does not come up.
    """

    def start() -> tuple[subprocess.Popen[bytes], Ports]:
        chosen = choose(ports)
        with log.open("wb") as output:
            process = subprocess.Popen(
                command(chosen),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=env,
                start_new_session=True,
                user=user,
                extra_groups=None if user is None else (),
            )
        try:
            _wait(process, lambda: ready(chosen), deadline, log)
        except BaseException:  # an interrupt too: nothing outlives the tests
            _end(process, end)
            raise
        return process, chosen

    try:
        process, chosen = start()
    except PortTakenError:
        process, chosen = start()
    try:
        yield chosen
    finally:
        _end(process, end)


def _wait(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], deadline: float, log: Path
) -> None:
    end = time.monotonic() + deadline
    while process.poll() is None:
        if ready():
            return
        if time.monotonic() > end:
            raise NotReadyError(f"not ready after {deadline:g} s; its log ends:\n{_tail(log)}")
        time.sleep(POLL_SECONDS)
    tail = _tail(log)
    # The log is asked, not the exit status: MLflow exits with 0 when its port is taken.
    taken = "address already in use" in tail.lower()
    error = PortTakenError if taken else NotReadyError
    raise error(f"ended with status {process.returncode} before it was ready:\n{tail}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def _end(process: subprocess.Popen[bytes], first: signal.Signals) -> None:
    """Ask the process's own group to end, and kill what is left of it after a grace."""
    _signal_group(process, first)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    # Also when the process ended in time: workers can outlive the one that started them.
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The group's id is the process's own, since it leads its session. macOS says EPERM, not
    # ESRCH, of a group in which nothing runs any more.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
