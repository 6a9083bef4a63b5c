"""The entry point: commands are found by name, and every error is said once, here."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from answerable.cli.contents import COMMANDS, SECTIONS
from answerable.errors import AnswerableError, StaleDigestError

HOLDS, FAILS, USAGE = 0, 1, 2


class _Commands(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(
            f"answerable.cli.{name.replace('-', '_')}"
        ).command
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([*commands.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="answerable")
def cli() -> None:
    """Who decided what, over which alternatives, and why: signed, kept, stitched.

    Every command takes --ledger (else ANSWERABLE_LEDGER, else the project's own ledger) and
    --json. Exit status: 0 it holds, 1 it does not, 2 wrong usage, not found, or unreadable.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        result = cli.main(words, prog_name="answerable", standalone_mode=False)
        sys.exit(result if isinstance(result, int) else HOLDS)
    except click.exceptions.Abort:
        _fail(as_json, "interrupted", "interrupted", None, 130)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        sys.exit(USAGE)
    except click.ClickException as error:
        hint = None
        if isinstance(error, click.UsageError) and error.ctx is not None:
            hint = f"{error.ctx.command_path} --help"
        _fail(as_json, "usage", error.format_message(), hint, USAGE)
    except AnswerableError as error:
        refused = isinstance(error, StaleDigestError)  # understood, and it does not hold
        _fail(as_json, error.code, error.message, error.hint, FAILS if refused else USAGE)
    except BrokenPipeError:
        # The reader (head, less) has had enough; the interpreter's own flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(HOLDS)


def _fail(as_json: bool, code: str, message: str, hint: str | None, status: int) -> NoReturn:
    from answerable.wording import line  # here: most commands do not fail

    # What was asked for, or recorded, may stand in either.
    told, advice = line(message), None if hint is None else line(hint)
    if as_json:
        click.echo(json.dumps({"error": {"code": code, "message": told, "hint": advice}}))
    else:
        click.echo(f"answerable: {told}" + (f" ({advice})" if advice else ""), err=True)
    sys.exit(status)
