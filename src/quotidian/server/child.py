"""What the processes of a server have in common."""

import os
from typing import Final

from quotidian.process.parent import end_with

DATA_VARIABLE: Final = "QUOTIDIAN_DATA"
SERVER_VARIABLE: Final = "QUOTIDIAN_SERVER"
"""The process id of `serve`."""

SAFE_PATH_VARIABLE: Final = "PYTHONSAFEPATH"
"""Where it is set, Python looks for modules in no current folder, whose files anybody may have put there."""


def end_with_server() -> None:
    """Have the kernel end this process when the server dies: left over, it would hold the port, or the event store."""
    end_with(int(os.environ[SERVER_VARIABLE]))
