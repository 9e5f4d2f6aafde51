"""A worker process of `serve`. Its arguments are an IP address and a port; its environment names the data folder."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.types import ASGIApp

from quotidian.api.app import make_app
from quotidian.api.services import Services
from quotidian.dashboard.routes import dashboard_routes
from quotidian.domain.errors import UserError
from quotidian.process.garbage import leave_at_exit
from quotidian.server.child import DATA_VARIABLE, end_with_server
from quotidian.settings import load_settings
from quotidian.store.folder import DataFolder
from quotidian.telemetry.logs import GRANIAN_LOGGERS, set_up_logs

_LOG = logging.getLogger(__name__)
_BEAT_SECONDS: Final = 1
_MOST_CONNECTIONS: Final = 65_536
_BACKLOG: Final = 4_096


def main(host: str, port: int) -> None:
    """Answer requests at an address until SIGTERM, then finish those that have begun.

    Raises UserError if the data folder that the environment names cannot be opened.
    """
    end_with_server()
    leave_at_exit()
    set_up_logs()
    folder = DataFolder(Path(os.environ[DATA_VARIABLE]))
    services = Services.open(folder, load_settings(folder.path))
    asyncio.run(_serve(services, host, port))


async def _serve(services: Services, host: str, port: int) -> None:
    server = Server(
        _create_app(services),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=_BACKLOG,
        # Granian calls accepted connections so: idle ones must not keep others out.
        backpressure=_MOST_CONNECTIONS,
        log_level=LogLevels.warning,
        log_dictconfig=GRANIAN_LOGGERS,
    )
    # Granian warns at each start that this server is experimental. We have tried it, and pinned the version.
    logging.getLogger("_granian").addFilter(lambda record: "is experimental" not in record.getMessage())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _stop, services, server.stop)
    await server.serve()


def _stop(services: Services, stop: Callable[[], None]) -> None:
    # A request that waits would hold the worker up until it is killed.
    services.waiting.end()
    stop()


def _create_app(services: Services) -> ASGIApp:
    """The application over the stores of a data folder, which it lets go of at the end."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        beating = asyncio.create_task(_beat(services.folder.worker_beat(os.getpid())))
        yield
        beating.cancel()
        await services.limiter.close()
        services.close()

    return make_app(services, lifespan, dashboard_routes(services))


async def _beat(file: Path) -> None:
    """Change the worker's file every second, to show that its event loop runs."""
    while True:
        with suppress(OSError):  # a full disk must not look like a stuck worker
            file.touch()
        await asyncio.sleep(_BEAT_SECONDS)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except UserError as user_error:
        _LOG.error("A worker cannot run: %s", user_error)
        raise SystemExit(user_error.status) from user_error
    except Exception as error:
        _LOG.exception("A worker cannot run")
        raise SystemExit(1) from error
