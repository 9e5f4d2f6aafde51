"""`quotidian status`: whether the server is alive, and how far its series are behind."""

from typing import Any, Literal

import msgspec
from sqlalchemy import func, select

from quotidian.cli.context import Context, Given
from quotidian.cli.unknown import print_unknown, told_of_unknown
from quotidian.control.dirty_days import count_kept
from quotidian.domain.days import date_of
from quotidian.domain.errors import LostEvents
from quotidian.inbox.backlog import Backlog
from quotidian.inbox.store import Inbox
from quotidian.store.batches import Noted, noted
from quotidian.store.folder import DataFolder
from quotidian.store.lineage import check_events
from quotidian.store.series_dialect import dialect
from quotidian.store.tables import dead_letters, event_days
from quotidian.telemetry.visible import visible, visible_json

_ALIVE_SECONDS = 15


def status(*, format: Literal["text", "json"] = "text", context: Given) -> int:
    """Say whether the server runs and how far its series are behind. Exit status 1 if not all of it is alive.

    Parameters
    ----------
    format
        text or json.
    """
    told, is_alive = _status(context)
    if format == "json":
        print(visible_json(msgspec.json.encode(told).decode()))
    else:
        width = max(map(len, told))
        for name, value in told.items():
            if name != "unknown":
                print(f"{name.replace('_', ' '):{width}}  {_shown(value)}")
        print_unknown(told["unknown"])
    return 0 if is_alive else 1


def _status(context: Context) -> tuple[dict[str, Any], bool]:
    folder, engine, settings = context.folder, context.series(), context.settings
    inbox = Inbox(folder)
    backlog = Backlog(folder, engine, inbox)
    inbox.close()
    with engine.connect() as connection:
        trouble = _trouble(folder, noted(connection))
        kept = count_kept(connection)
        last_day = connection.execute(select(func.max(event_days.c.day))).scalar_one()
        unknown = told_of_unknown(connection)
        letters = connection.execute(select(func.count()).select_from(dead_letters)).scalar_one()
    is_served = folder.is_held("serve")
    silent = backlog.engine_silent_seconds
    is_busy = bool(backlog.engine and backlog.engine.busy_with)
    patience = settings.engine_stuck_seconds if is_busy else _ALIVE_SECONDS
    engine_lives = is_served and silent is not None and silent < patience
    if engine_lives and backlog.engine:
        trouble = trouble or backlog.engine.trouble
    told = {
        "data_folder": str(folder.path),
        "server": "running" if is_served else "not running",
        "engine": ("running" if engine_lives else "gives no sign of life") if is_served else "not running",
        "trouble": trouble,
        "engine_busy_with": backlog.engine.busy_with if backlog.engine and engine_lives else "",
        "engine_silent_seconds": silent if is_served else None,
        "inbox_deliveries": backlog.deliveries,
        "inbox_bytes": backlog.inbox_bytes,
        "inbox_age_seconds": backlog.inbox_seconds,
        "set_aside_deliveries": backlog.set_aside,
        "behind_seconds": backlog.behind_seconds,
        "dirty_days": backlog.dirty_days,
        "days_kept_as_published": kept,
        "newest_day": None if last_day is None else date_of(last_day).isoformat(),
        "dead_letters": letters,
        "events_of_unknown_types": sum(each["events"] for each in unknown if each["kind"] == "type"),
        "unknown_fields_seen": sum(each["events"] for each in unknown if each["kind"] == "field"),
        dialect.NAME: dialect.danger() or dialect.version(),
        "unknown": unknown,
    }
    return told, engine_lives and not trouble


def _trouble(folder: DataFolder, known: Noted) -> str:
    """Why the event store cannot be opened; '' if no reason is known."""
    try:
        check_events(folder, known)
    except LostEvents as error:
        return str(error)
    return ""


def _shown(value: object) -> str:
    if value is None or value == "":
        return "-"
    return (
        f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else visible(str(value))
    )
