"""The command line: `main` is the program; each module holds the commands of one task."""

from quotidian.cli.program import main

__all__ = ["main"]
