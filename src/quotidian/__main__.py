"""`python -m quotidian` is the same as `quotidian`."""

import sys

from quotidian.cli import main

if __name__ == "__main__":
    if not sys.flags.safe_path:
        # Python has put the current folder first, where modules may lie that nobody meant to run.
        del sys.path[0]
    main()
