"""How fresh numbers are: when events last came, and what is still being loaded or computed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from quotidian.control.arrivals import last_arrival
from quotidian.control.dirty_days import count_whole_days_out_of_date
from quotidian.control.loaded import last_load
from quotidian.dashboard.visit import Visit
from quotidian.domain.days import Day, Micros, day_of
from quotidian.engine.tasks import LOADING, Ingest
from quotidian.telemetry.heartbeat import EngineState, read_state

_RECENT_DAYS: Final = 7
_MICROS: Final = 1_000_000


@dataclass(frozen=True)
class Freshness:
    """How fresh the numbers of a workspace are.

    `last_came` is when events of recent days or of a load came last, in the workspace's time; None if that is not
    known, or for a key without the permission `data`. `days` are still to be computed. `loaded` and `computed` are how
    far a load has come with its events, and then with their days, as ratios; None if there is no load.
    """

    last_came: datetime | None
    days: int
    loaded: float | None
    computed: float | None


def freshness_of(connection: Connection, visit: Visit) -> Freshness:
    """How fresh the numbers of the visit's workspace are now."""
    load = _load_of(visit)
    ratio = None if load is None else load.done / load.total if load.total else 0.0
    is_loading = load is not None and load.step in ("", LOADING)
    return Freshness(
        _last_came(connection, visit) if visit.may("data") else None,
        count_whole_days_out_of_date(connection, visit.workspace.id),
        ratio if is_loading else None,
        None if is_loading else ratio,
    )


def _load_of(visit: Visit) -> EngineState | None:
    """The engine's state if it loads files into the workspace."""
    state = read_state(visit.services.folder.engine_state)
    if state is None or (state.busy_with, state.workspace) != (Ingest.__name__, visit.workspace.name):
        return None
    # What an engine has left behind that was killed says nothing.
    silent = state.silent_seconds()
    return state if silent is not None and silent < visit.services.settings.engine_stuck_seconds else None


def _last_came(connection: Connection, visit: Visit) -> datetime | None:
    workspace = visit.workspace
    today = day_of(workspace.today)
    load = last_load(connection, workspace)
    live = last_arrival(connection, workspace.id, Day(today - _RECENT_DAYS), Day(today + 1))
    known = [came for came in (live, Micros(load.at) if load and load.new else None) if came is not None]
    return datetime.fromtimestamp(max(known) / _MICROS, UTC).astimezone(workspace.zone) if known else None
