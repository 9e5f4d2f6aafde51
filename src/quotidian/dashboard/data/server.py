"""How the server is that serves the page: its engine, its inbox, its disk, its versions. Of all workspaces together."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from quotidian import __version__
from quotidian.api.services import Services
from quotidian.control.arrivals import count_stored
from quotidian.dashboard.words import N_
from quotidian.inbox.backlog import Backlog
from quotidian.inbox.engine_health import NOT_RUNNING, RUNNING, SILENT, STARTING, EngineHealth, engine_health
from quotidian.store.disk import DiskUse, disk_use
from quotidian.store.identity import read_identity
from quotidian.store.series_dialect import dialect_of

_BEHIND_SECONDS: Final = 300

HEALTH: Final[Mapping[EngineHealth, str]] = {
    RUNNING: N_("running"),
    STARTING: N_("starting"),
    SILENT: N_("gives no sign of life"),
    NOT_RUNNING: N_("not running"),
}


class Server(NamedTuple):
    """The state of a server. `events` are those that are stored; `waiting` deliveries wait in the inbox.

    `trouble` is the engine's own sentence, in English, '' if it can work. `is_behind` is whether the oldest live event
    has waited for long.
    """

    health: str
    is_well: bool
    busy_with: str
    trouble: str
    is_behind: bool
    behind_seconds: float
    dirty_days: int
    waiting: int
    waiting_bytes: int
    set_aside: int
    events: int
    disk: DiskUse
    version: str
    database: str
    database_version: str


def server_of(services: Services) -> Server:
    """The state of the server now, from its files."""
    backlog = Backlog(services.folder, services.series, services.inboxes)
    health = engine_health(services.folder, backlog, services.settings)
    engine = backlog.engine if health == RUNNING else None
    events = _events(services)
    database = dialect_of(services.series)
    return Server(
        health=HEALTH[health],
        is_well=health in (RUNNING, STARTING) and not (engine and engine.trouble),
        busy_with=engine.busy_with if engine else "",
        trouble=engine.trouble if engine else "",
        is_behind=backlog.behind_seconds > _BEHIND_SECONDS,
        behind_seconds=backlog.behind_seconds,
        dirty_days=backlog.dirty_days,
        waiting=backlog.deliveries,
        waiting_bytes=backlog.inbox_bytes,
        set_aside=backlog.set_aside,
        events=events,
        disk=disk_use(services.folder),
        version=__version__,
        database=database.NAME,
        database_version=database.version(services.series),
    )


def _events(services: Services) -> int:
    """How many events are stored: on this machine, or elsewhere."""
    if identity := read_identity(services.folder.events):
        return identity.events
    with services.series.connect() as connection:
        return count_stored(connection)
