"""Processes that end with the one that started them, however that dies."""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def end_with(parent: int) -> None:
    """Have the kernel end this process when the thread that started it ends.

    Exits if the parent is not that process any more: it has ended while this one began.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("The process that started this one has ended while it began")
