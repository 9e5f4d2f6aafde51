"""`quotidian serve`: the server."""

import multiprocessing
import os
import resource
import shutil
import socket
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from quotidian.api.limits import RateLimiter
from quotidian.cli.context import Given
from quotidian.cli.errors import print_warning
from quotidian.domain.errors import FolderGone, UserError
from quotidian.server.child import DATA_VARIABLE, SAFE_PATH_VARIABLE, SERVER_VARIABLE
from quotidian.server.watchdog import Watchdog
from quotidian.server.workers import Server
from quotidian.settings import SETTINGS
from quotidian.store.batches import noted
from quotidian.store.folder import DataFolder
from quotidian.store.lineage import check_events
from quotidian.store.sqlite_library import danger
from quotidian.telemetry.logs import set_up_logs
from quotidian.telemetry.metrics import METRICS_VARIABLE
from quotidian.telemetry.visible import visible


def _as_setting(name: str) -> Parameter:
    """An option that takes what its setting takes."""
    setting = next(each for each in SETTINGS if each.name == name)
    return Parameter(validator=Number(gte=setting.least, lte=setting.most))


Port = Annotated[int, _as_setting("port")]
Workers = Annotated[int, _as_setting("workers")]


def serve(*, host: str | None = None, port: Port | None = None, workers: Workers | None = None, context: Given) -> None:
    """Serve the API, and take in live events, until interrupted. `quotidian ingest` loads files meanwhile.

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
    host, port = host or settings.host, port or settings.port
    series = context.series()
    with series.connect() as connection:
        # Now, though the engine would find it too: who starts a server is there to see it.
        check_events(context.folder, noted(connection))
    series.dispose()
    with context.folder.hold("serve", "serve") as hold:
        check_address(host, port)
        # Now, not in a worker that would be started again and again.
        RateLimiter(settings, context.folder.limits)
        watchdog = Watchdog(context.folder, hold, settings)
        _run(context.folder, watchdog, Server(host, port, workers or settings.workers, on_interrupt=watchdog.end))


def check_address(host: str, port: int) -> None:
    """Raise UserError if nothing can listen there: the server itself would only say so with a traceback."""
    try:
        socket.create_server((host, port)).close()
    except (OSError, OverflowError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"Cannot listen at {host}:{port}: {reason}; choose another with --host or --port") from error


def _run(folder: DataFolder, watchdog: Watchdog, server: Server) -> None:
    """Serve a data folder until a signal ends it. Raises FolderGone if the folder is removed or replaced meanwhile."""
    in_memory = folder.make_run()
    _prepare_children(folder, in_memory or folder.metrics)
    set_up_logs()
    if found := danger():
        print_warning(found)
    address = f"http://{server.bind_addr}:{server.bind_port}"
    print(f"Serving {visible(str(folder.path))} at {address} (documentation: /docs)", flush=True)
    watchdog.start(server.worker_processes, server.abandon)
    try:
        server.run()
    finally:
        watchdog.end()
        watchdog.join()
        _clear(folder, in_memory, is_folder_gone=watchdog.is_folder_gone)
    if watchdog.is_folder_gone:
        raise FolderGone(
            f"The data folder {folder.path} was removed, or another is in its place, so the server has ended"
        )


def _clear(folder: DataFolder, in_memory: Path | None, *, is_folder_gone: bool) -> None:
    """Remove what only this server needed, and nothing of another folder that is where ours was."""
    if not is_folder_gone:
        folder.clear_run()
    elif in_memory:
        shutil.rmtree(in_memory, ignore_errors=True)


def _prepare_children(folder: DataFolder, metrics: Path) -> None:
    """Children are processes of their own, so what they need to know is in their environment."""
    os.environ[DATA_VARIABLE] = str(folder.path)
    os.environ[SERVER_VARIABLE] = str(os.getpid())
    os.environ[METRICS_VARIABLE] = str(metrics)
    os.environ[SAFE_PATH_VARIABLE] = "1"
    if config := os.environ.get("QUOTIDIAN_CONFIG"):
        os.environ["QUOTIDIAN_CONFIG"] = str(Path(config).absolute())
    # They begin afresh: a copy of this process would have its threads' locks, and not its threads.
    multiprocessing.set_start_method("spawn", force=True)
    # Each idle connection is an open file.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
