"""A worker process of `serve`: what it needs to know is in its environment."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import ASGIApp

from quotidian.api.app import make_app
from quotidian.api.services import Services
from quotidian.server.child import DATA_VARIABLE, end_with_server
from quotidian.settings import load_settings
from quotidian.store.folder import DataFolder
from quotidian.telemetry.logs import set_up_logs

_BEAT_SECONDS = 1


def create_app() -> ASGIApp:
    """The application of the data folder that the environment names."""
    end_with_server()
    set_up_logs()
    folder = DataFolder(Path(os.environ[DATA_VARIABLE]))
    services = Services.open(folder, load_settings(folder.path))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        beating = asyncio.create_task(_beat(folder.worker_beat(os.getpid())))
        yield
        beating.cancel()
        services.close()

    return make_app(services, lifespan)


async def _beat(file: Path) -> None:
    """Change the worker's file every second, to show that its loop runs."""
    while True:
        with suppress(OSError):  # a full disk must not look like a stuck worker
            file.touch()
        await asyncio.sleep(_BEAT_SECONDS)
