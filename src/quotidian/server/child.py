"""What a process of `serve` finds in its environment, and how it ends with the server."""

import os
from typing import Final

from quotidian.process.parent import end_with

DATA_VARIABLE: Final = "QUOTIDIAN_DATA"
SERVER_VARIABLE: Final = "QUOTIDIAN_SERVER"
"""The process id of `serve`."""

SAFE_PATH_VARIABLE: Final = "PYTHONSAFEPATH"
"""If it is set, Python looks for no modules in the current folder, where anybody may have put some."""


def end_with_server() -> None:
    """Have the kernel end this process when the server dies. Else it would keep the port, or the event store."""
    end_with(int(os.environ[SERVER_VARIABLE]))
