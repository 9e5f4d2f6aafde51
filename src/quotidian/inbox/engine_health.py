"""Whether the engine of a server is alive, from the files that it leaves: without asking it."""

from typing import Final, Literal

from quotidian.inbox.backlog import Backlog
from quotidian.settings import Settings
from quotidian.store.folder import DataFolder

_ALIVE_SECONDS: Final = 15

RUNNING: Final = "running"
STARTING: Final = "starting"
SILENT: Final = "gives no sign of life"
NOT_RUNNING: Final = "not running"

EngineHealth = Literal["running", "starting", "gives no sign of life", "not running"]


def engine_health(folder: DataFolder, backlog: Backlog, settings: Settings) -> EngineHealth:
    """How the engine of the server of a data folder is; of a folder without a server, NOT_RUNNING."""
    if not folder.is_held("serve"):
        return NOT_RUNNING
    silent = backlog.engine_silent_seconds
    patience = settings.engine_stuck_seconds if backlog.engine and backlog.engine.busy_with else _ALIVE_SECONDS
    if silent is not None and silent < patience:
        return RUNNING
    return STARTING if folder.held_seconds("serve") < _ALIVE_SECONDS else SILENT
