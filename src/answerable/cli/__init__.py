"""The command `answerable`: one module a command."""

from answerable.cli.app import main

__all__ = ["main"]
