"""A verdict on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.pen import Drawn, Pen, grid
from answerable.history import Verdict

_COMPARED = "compared: what is missing and what was added is among the faults"
_NOT_COMPARED = "not named (--ledger): what was taken away or added as a whole would not be seen"


def verdict_text(
    verdict: Verdict, copy: str | None = None, *, compared: bool = False
) -> RenderableType:
    """What was checked, what that leaves open, and each fault. `copy` names a copy outside the
    ledger, and `compared` says whether it was compared with the ledger."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if copy is None and verdict.root is None and not verdict.size:
            rows = [("checked", pen.text("nothing: it cannot be read"))]
        elif copy is None:
            rows = [
                ("log", pen.text(verdict.origin or "unknown")),
                ("checked", pen.text(_checked(verdict))),
                ("root", pen.text(verdict.root or "cannot be computed", "dim")),
                ("policy", pen.text(policy_text(verdict.policy))),
                ("witness", pen.text(_witness(verdict))),
            ]
        else:
            rows = [
                ("copy", pen.text(copy)),
                ("checked", pen.text(_checked_copy(verdict))),
                ("ledger", pen.text(_COMPARED if compared else _NOT_COMPARED)),
                ("policy", pen.text(policy_text(verdict.policy))),
            ]
        if verdict.stamped is not None:
            told = f"{verdict.stamped.size:,} entries were there at {verdict.stamped.time}"
            rows.append(("stamped", pen.text(told)))
        if verdict.exchanged_from:
            rows.append(("before", pen.text(_exchanged(verdict), "bold yellow")))
        parts: list[RenderableType] = [
            pen.text(wording.VERDICTS[verdict.verdict], f"bold {verdict_style(verdict.verdict)}"),
            grid(rows, indent=2),
        ]
        if verdict.faults:
            parts.append(pen.text(f"{len(verdict.faults):,} found wrong", "bold red"))
            faults = [
                (
                    f"entry {fault.index}" if fault.index is not None else "the whole",
                    Text.assemble(
                        pen.text(fault.code, "red"),
                        ": ",
                        pen.text(wording.line(fault.message)),
                        pen.text(f"  {wording.line(fault.id)}" if fault.id else "", "dim"),
                    ),
                )
                for fault in verdict.faults
            ]
            parts.append(grid(faults, indent=2))
        return Group(*parts)

    return Drawn(draw)


def verdict_style(verdict: str) -> str:
    """Its colour: what no witness has seen holds, and is not all that one might want."""
    return {"valid": "green", "valid-unwitnessed": "yellow"}.get(verdict, "red")


def _checked(verdict: Verdict) -> str:
    if verdict.since:
        after = f"{verdict.size - verdict.since:,} entries that came after the {verdict.since:,} of the receipt"
        if verdict.read:
            return f"{after}. These are as they were, byte for byte; their signatures were not verified again"
        return (
            f"{after}. These are still there, as the tree proves; their bytes and signatures were"
            " not looked at again, and which ids and policies they hold, the index tells"
        )
    return (
        f"{verdict.size:,} entries: every byte, signature, delegation and emitter's own chain,"
        " the tree over them and its signed checkpoint"
    )


def _checked_copy(verdict: Verdict) -> str:
    return (
        f"{verdict.size:,} records: every signature and delegation, and all that is shown against"
        " the bytes that were signed"
    )


def policy_text(version: int | None) -> str:
    """By which version signatures count, or what that there is none leaves open."""
    return f"none: {wording.ANY_KEY}" if version is None else f"version {version}"


def _exchanged(verdict: Verdict) -> str:
    count = len(verdict.exchanged_from)
    return (
        f"this address held {'another log' if count == 1 else f'{count} other logs'} when it was"
        f" seen from here before ({verdict.exchanged_from[-1]}): was it begun anew, or exchanged?"
    )


def _witness(verdict: Verdict) -> str:
    if verdict.unwitnessed_since is None:
        return (
            "as many as the policy asks for have seen the whole"
            if verdict.size
            else "nothing recorded yet"
        )
    return (
        f"none, or too few, for what was recorded since {verdict.unwitnessed_since}: whoever holds the"
        " ledger's key could have written it anew for those who never saw it"
    )
