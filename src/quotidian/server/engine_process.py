"""The engine process of `serve`. It reads from its environment which data folder it works on."""

import logging
import os
import signal
import time
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Final

from quotidian.domain.errors import FolderInUse, UserError
from quotidian.engine.answering import Answerer
from quotidian.engine.loop import Engine
from quotidian.engine.opening import open_stores
from quotidian.engine.task_queue import TaskQueue
from quotidian.inbox.store import Inbox
from quotidian.server.child import DATA_VARIABLE, end_with_server
from quotidian.store.folder import DataFolder
from quotidian.telemetry.heartbeat import ENGINE_COMMAND, Heartbeat
from quotidian.telemetry.logs import set_up_logs
from quotidian.telemetry.metrics import EngineMetrics

_LOG = logging.getLogger(__name__)
_NICE: Final = 10
_WAIT_SECONDS: Final = 0.5
_TROUBLE_SECONDS: Final = 10.0


def main() -> None:
    """Run the engine of the data folder that the environment names, until SIGTERM."""
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    end_with_server()
    set_up_logs()
    # Answers have priority over rollups.
    os.nice(_NICE)
    folder = DataFolder(Path(os.environ[DATA_VARIABLE]))
    heartbeat = Heartbeat(folder.engine_state)
    said = ""
    while not stopping.is_set():
        heartbeat.beat()
        try:
            _run(folder, heartbeat, stopping)
        except FolderInUse as error:
            # A command has the event store. It will end; until then the inbox keeps what is posted.
            reason, seconds, heartbeat.state.trouble = str(error), _WAIT_SECONDS, ""
        except UserError as error:
            # Somebody has to mend it, and the next attempt may find it mended. The workers answer meanwhile.
            reason, seconds, heartbeat.state.trouble = str(error), _TROUBLE_SECONDS, str(error)
        else:
            return
        if reason != said:
            said = reason
            _LOG.warning("The engine waits: %s", reason)
        _wait(seconds, heartbeat, stopping)


def _wait(seconds: float, heartbeat: Heartbeat, stopping: Event) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stopping.wait(_WAIT_SECONDS):
        heartbeat.beat()


def _run(folder: DataFolder, heartbeat: Heartbeat, stopping: Event) -> None:
    with open_stores(folder, ENGINE_COMMAND) as stores, closing(Answerer(stores)) as answerer:
        inbox = Inbox(folder)
        heartbeat.state.trouble = ""
        _LOG.info("The engine has the event store")
        Engine(stores, inbox, TaskQueue(folder.engine_socket, answerer), heartbeat, EngineMetrics()).run(stopping)
        inbox.close()


if __name__ == "__main__":
    try:
        main()
    except UserError as user_error:
        _LOG.error("The engine cannot run: %s", user_error)
        raise SystemExit(user_error.status) from user_error
