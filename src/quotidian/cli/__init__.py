"""The command line: `main` is the program; each module holds the commands of one task."""

import os
import sys

from quotidian.process.garbage import leave_at_exit, search_seldom

_FOR_THE_OWNER_ALONE = 0o077


def main() -> None:
    """Run the program, and exit: 0 when all that was asked for was done."""
    # Of all files that this process and its children make, SQLite's and chDB's too: they hold what users did.
    os.umask(_FOR_THE_OWNER_ALONE)
    search_seldom()
    leave_at_exit()
    try:
        # Here, because it takes a moment, in which Ctrl-C should be no more than that either.
        from quotidian.cli.program import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        print("Error: interrupted before it began", file=sys.stderr)
        sys.exit(130)
    run()
