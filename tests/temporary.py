"""Temporary folders in memory, where there is room for them: a test that loads a file waited for the disk
a third of its time.

Nothing is lost by that: tests kill processes, not the machine. TMPDIR says another place.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_MEMORY: Final = "/dev/shm"
_ROOM: Final = 4 << 30
"""Bytes; half of a run took 0.1 GB. A container has 64 MB there unless told otherwise, and then writes to its disk."""


def use_memory() -> None:
    """Have this process, and those that it starts, make temporary folders in memory."""
    if "TMPDIR" in os.environ:
        return
    with suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
            os.environ["TMPDIR"] = _MEMORY
            tempfile.tempdir = None  # it may have been looked up


def folder_of_process() -> Path:
    """A new folder, which is gone when this process has ended."""
    made = Path(tempfile.mkdtemp(prefix="quotidian-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
