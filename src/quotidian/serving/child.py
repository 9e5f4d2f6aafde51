"""What the processes of a server have in common."""

import ctypes
import os
import signal
import sys
from typing import Final

DATA_VARIABLE: Final = "QUOTIDIAN_DATA"
SERVER_VARIABLE: Final = "QUOTIDIAN_SERVER"
"""The process id of `serve`."""
METRICS_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes' counters are; Prometheus's client reads it when it is imported."""

_PR_SET_PDEATHSIG = 1

SAFE_PATH_VARIABLE: Final = "PYTHONSAFEPATH"
"""Where it is set, Python looks for modules in no current folder, whose files anybody may have put there."""


def end_with_server() -> None:
    """Have the kernel end this process when the server dies: left over, it would hold the port, or the event store."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ[SERVER_VARIABLE]):
        sys.exit("The server has ended while this process began")
