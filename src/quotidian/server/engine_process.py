"""The engine process of `serve`. It reads from its environment which data folder it works on."""

import logging
import os
import signal
from pathlib import Path
from threading import Event
from typing import Final

from sqlalchemy.exc import DBAPIError

from quotidian.domain.errors import Deposed, UserError
from quotidian.engine.waits import Waits, after
from quotidian.process.garbage import leave_at_exit, search_seldom
from quotidian.server.child import DATA_VARIABLE, end_with_server
from quotidian.server.engine_node import engine_node
from quotidian.store.folder import DataFolder
from quotidian.telemetry.heartbeat import Heartbeat
from quotidian.telemetry.logs import set_up_logs

_LOG = logging.getLogger(__name__)
_NICE: Final = 10
_LOOK_SECONDS: Final = 0.5


def main() -> None:
    """Run the engine of the data folder that the environment names, until SIGTERM."""
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    end_with_server()
    search_seldom()
    leave_at_exit()
    set_up_logs()
    # Answers have priority over rollups.
    os.nice(_NICE)
    folder = DataFolder(Path(os.environ[DATA_VARIABLE]))
    heartbeat = Heartbeat(folder.engine_state)
    waits = Waits(heartbeat)
    while not stopping.is_set():
        heartbeat.beat()
        try:
            with engine_node(folder, heartbeat, waits) as node:
                node.run(stopping)
        except (UserError, DBAPIError) as error:
            # The workers answer meanwhile.
            is_over = after(waits.trouble(error))
            while not is_over() and not stopping.wait(_LOOK_SECONDS):
                heartbeat.beat()


if __name__ == "__main__":
    try:
        main()
    except (UserError, Deposed) as error:
        _LOG.error("The engine cannot run: %s", error)
        raise SystemExit(getattr(error, "status", 1)) from error
