"""A worker process of `serve`: what it needs to know is in its environment."""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from quotidian.api.app import make_app
from quotidian.api.limits import RateLimiter
from quotidian.folder import DataFolder
from quotidian.series.store import open_series
from quotidian.settings import load_settings

DATA_VARIABLE: Final = "QUOTIDIAN_DATA"
SERVER_VARIABLE: Final = "QUOTIDIAN_SERVER"
"""The process id of `serve`."""

_PR_SET_PDEATHSIG = 1


def create_app() -> Starlette:
    """The application of the data folder that the environment names."""
    _end_with_server()
    folder = DataFolder(Path(os.environ[DATA_VARIABLE]))
    settings = load_settings(folder.path)
    return make_app(open_series(folder), settings, RateLimiter(settings, folder.limits))


def _end_with_server() -> None:
    """Have the kernel end this process when the server dies: left over, it would hold the port in nobody's name."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ[SERVER_VARIABLE]):
        sys.exit("The server has ended while this worker began")
