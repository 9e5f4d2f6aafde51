"""`quotidian serve`: the API."""

import os
import socket
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from quotidian.api.limits import RateLimiter
from quotidian.api.worker import DATA_VARIABLE, SERVER_VARIABLE
from quotidian.cli.context import Given
from quotidian.errors import UserError
from quotidian.folder import DataFolder
from quotidian.settings import load_settings

_STOP_SECONDS = 4


def serve(*, host: str | None = None, port: int | None = None, workers: int | None = None, context: Given) -> None:
    """Serve the API until interrupted. Files can be loaded meanwhile: `quotidian ingest` beside it.

    Parameters
    ----------
    host
        Address to listen on; 0.0.0.0 for every network. By default the setting `host`.
    port
        Port to listen on. By default the setting `port`.
    workers
        Worker processes. By default the setting `workers`.
    """
    settings = context.settings
    context.series().dispose()
    with context.folder.hold("serve", "serve"):
        run_server(context.folder, host or settings.host, port or settings.port, workers or settings.workers)


def check_address(host: str, port: int) -> None:
    """Raise UserError if nothing can listen there: the server itself would only say so with a traceback."""
    try:
        socket.create_server((host, port)).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"Cannot listen at {host}:{port}: {reason}; choose another with --host or --port") from error


def run_server(folder: DataFolder, host: str, port: int, workers: int) -> None:
    """Serve a data folder until a signal ends it."""
    # Workers are processes of their own, so what they need to know is in the environment.
    os.environ[DATA_VARIABLE] = str(folder.path)
    os.environ[SERVER_VARIABLE] = str(os.getpid())
    if config := os.environ.get("QUOTIDIAN_CONFIG"):
        os.environ["QUOTIDIAN_CONFIG"] = str(Path(config).absolute())
    check_address(host, port)
    # Now, not in a worker that would be started again and again.
    RateLimiter(load_settings(folder.path), folder.limits)
    print(f"Serving {folder.path} at http://{host}:{port} (documentation: /docs)", flush=True)
    server = Granian(
        "quotidian.api.worker:create_app",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=workers,
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.warning,
        process_name=None,
    )
    server.serve()
