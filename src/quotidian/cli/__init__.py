"""The command line: `main` is the program; each module holds the commands of one task."""

import sys


def main() -> None:
    """Run the program, and exit: 0 when all that was asked for was done."""
    try:
        # Here, because it takes a moment, in which Ctrl-C should be no more than that either.
        from quotidian.cli.program import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        print("Error: interrupted before it began", file=sys.stderr)
        sys.exit(130)
    run()
