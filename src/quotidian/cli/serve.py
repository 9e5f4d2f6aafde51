"""`quotidian serve`: the server."""

import os
import resource
import shutil
import signal
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Annotated, Final, Literal

from quotidian.api.forwarded import Proxies
from quotidian.api.limits import open_counters
from quotidian.cli.context import Context, Given
from quotidian.cli.errors import print_warning
from quotidian.cli.ranges import as_setting
from quotidian.control.nodes import require_name
from quotidian.domain.errors import FolderGone, UserError
from quotidian.engine.leading import node_name
from quotidian.engine.opening import require_events
from quotidian.inbox.store import DiskInbox
from quotidian.server.address import hold_address, is_ready, url
from quotidian.server.child import DATA_VARIABLE, SAFE_PATH_VARIABLE, SERVER_VARIABLE
from quotidian.server.children import make_children
from quotidian.server.silence import AwakeClock
from quotidian.server.watchdog import Watchdog
from quotidian.settings import Settings
from quotidian.store.folder import DataFolder
from quotidian.store.series_dialect import dialect_of
from quotidian.telemetry.logs import set_up_logs
from quotidian.telemetry.metrics import METRICS_VARIABLE
from quotidian.telemetry.visible import visible

_READY_SECONDS: Final = 0.1
_ROLE_VARIABLE: Final = "QUOTIDIAN_ROLE"

Port = Annotated[int, as_setting("port")]
Workers = Annotated[int, as_setting("workers")]
Role = Literal["all", "api", "engine"]


def serve(
    *,
    host: str | None = None,
    port: Port | None = None,
    workers: Workers | None = None,
    role: Role | None = None,
    context: Given,
) -> None:
    """Serve the API, and take in live events, until interrupted. `quotidian ingest` loads files meanwhile.

    Several servers can share a PostgreSQL database (the setting `database_url`): the engine of one of them leads, which
    is to store events and compute series, and another's takes over when it ends.

    Parameters
    ----------
    host
        Address to listen on; 0.0.0.0 for every network. By default the setting `host`.
    port
        Port to listen on. By default the setting `port`.
    workers
        Worker processes. By default the setting `workers`.
    role
        api: answer requests, take events in and pass them on, and never lead. engine: lead or wait to, and answer no
        requests. all: both. By default the setting `role`.
    """
    settings = context.settings
    settings = replace(settings, role=role or settings.role)
    host, port = host or settings.host, port or settings.port
    danger = _check(context, settings)
    with ExitStack() as held:
        hold = held.enter_context(context.folder.hold("serve", "serve"))
        address = None
        if settings.role != "engine":
            address = held.enter_context(hold_address(host, port)).getsockname()[:2]
        # Now, not in a worker that would be started again and again.
        open_counters(settings, context.folder.limits, "")
        Proxies.of(settings)
        clock = AwakeClock()
        children = make_children(context.folder, settings, address, workers or settings.workers, clock)
        watchdog = Watchdog(hold, children, clock)
        os.environ[_ROLE_VARIABLE] = settings.role
        said = _said(context.folder, settings, url(host, port))
        _run(context.folder, danger, watchdog, Thread(target=_say_when_ready, args=(said, address, watchdog)))


def _check(context: Context, settings: Settings) -> str:
    """What can be found wrong before anything starts, raised as UserError; returns what is known against the database.

    The engine would find it too, but who starts a server is there to see it.
    """
    folder, series = context.folder, context.series()
    try:
        if settings.database_url:
            with closing(DiskInbox(folder)) as inbox:
                require_name(series, node_name(settings), inbox.identity)
        elif settings.role != "all" or settings.inbox != "disk":
            raise UserError(
                f"role = {settings.role} and inbox = {settings.inbox} are for servers that share a PostgreSQL "
                "database; set database_url, or leave them at all and disk"
            )
        else:
            require_events(folder, settings, series)
        return dialect_of(series).danger(series)
    finally:
        series.dispose()


def _said(folder: DataFolder, settings: Settings, address: str) -> str:
    """What this server does and where, for who starts it."""
    shown = visible(str(folder.path))
    among = f", as the node {visible(node_name(settings))!r} (role {settings.role})" if settings.database_url else ""
    if settings.role == "engine":
        return f"Computing in {shown}{among}; requests are not answered here"
    return f"Serving {shown} at {address}{among} (dashboard: /, documentation: /docs)"


def check_address(host: str, port: int) -> None:
    """Raise UserError if nothing can listen there."""
    hold_address(host, port).close()


def _run(folder: DataFolder, danger: str, watchdog: Watchdog, announcing: Thread) -> None:
    """Serve a data folder until a signal ends it. Raises FolderGone if the folder is removed or replaced meanwhile."""
    in_memory = folder.make_run()
    _prepare_children(folder, in_memory or folder.metrics)
    set_up_logs()
    if danger:
        print_warning(danger)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: watchdog.end())
    # The end of a terminal does not end a server.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    announcing.start()
    try:
        watchdog.run()
    finally:
        _clear(folder, in_memory, is_folder_gone=watchdog.is_folder_gone)
    if watchdog.is_folder_gone:
        raise FolderGone(
            f"The data folder {folder.path} was removed, or another is in its place, so the server has ended"
        )


def _say_when_ready(said: str, address: tuple[str, int] | None, watchdog: Watchdog) -> None:
    """Print where the server answers, once it does, if it is to. What hinders it is in the log."""
    while not watchdog.is_ending:
        if address is None or is_ready(address):
            with suppress(OSError):  # nobody reads it
                print(said, flush=True)
            return
        time.sleep(_READY_SECONDS)


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
    # Each idle connection is an open file.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
