"""`quotidian status`: what the data folder holds, whether its server is alive, how far its series are behind."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DatabaseError

from quotidian import __version__
from quotidian.cli.context import Context, Given
from quotidian.cli.nodes import (
    ToldDatabase,
    ToldLeader,
    ToldNode,
    problems_of_nodes,
    told_of_database,
    told_of_leader,
    told_of_node,
)
from quotidian.cli.shards import ToldReplica, problems_of_shards, told_of_shards
from quotidian.cli.stored import ToldDisk, ToldLoad, ToldWorkspace, what_is_stored
from quotidian.cli.terminal import columns, folded, words
from quotidian.cli.unknown import print_unknown, told_of_unknown
from quotidian.control.dirty_days import count_kept
from quotidian.control.leader import Leader
from quotidian.domain.errors import LostEvents, UserError
from quotidian.engine.leading import node_name
from quotidian.inbox.backlog import Backlog
from quotidian.inbox.engine_health import NOT_RUNNING, RUNNING, SILENT, engine_health
from quotidian.inbox.inboxes import open_inboxes
from quotidian.settings import Settings
from quotidian.store.batches import Noted, noted
from quotidian.store.events import StatementFailed
from quotidian.store.folder import DataFolder
from quotidian.store.lineage import check_events
from quotidian.store.passing import one_line
from quotidian.store.place import SeriesPlace
from quotidian.store.series_dialect import dialect_of
from quotidian.store.stores import name_of_events
from quotidian.store.tables import dead_letters
from quotidian.telemetry.visible import visible, visible_json

_LEAST_ROOM: Final = 30
_BEHIND_SECONDS: Final = 300


def status(*, format: Literal["text", "json"] = "text", context: Given) -> int:
    """Say what the data folder holds, whether its server runs, and how far its series are behind.

    Exit status 1 if something is wrong, which it names: events that cannot be opened, requests that are set aside, or a
    server whose engine is silent or more than five minutes behind. That no server runs is not wrong.

    Parameters
    ----------
    format
        text or json.
    """
    told = _status(context)
    if format == "json":
        print(visible_json(msgspec.json.encode(told).decode()))
    else:
        _show({name: value for name, value in told.items() if name != "unknown"})
        print_unknown(told["unknown"])
    return 1 if told["problems"] else 0


def _status(context: Context) -> dict[str, Any]:
    folder, engine, settings = context.folder, context.series(), context.settings
    backlog = _backlog(context)
    with engine.connect() as connection:
        lost = _lost(folder, settings, noted(connection))
        kept = count_kept(connection)
        stored = what_is_stored(folder, connection)
        unknown = told_of_unknown(connection)
        letters = connection.execute(select(func.count()).select_from(dead_letters)).scalar_one()
    state = engine_health(folder, backlog, settings)
    nodes = [told_of_node(each, backlog.leader) for each in backlog.nodes]
    if any(each.leads and each.name != node_name(settings) for each in nodes):
        # The events are with the node that leads.
        lost = ""
    shards = told_of_shards(settings)
    problems = [
        *_problems(backlog, state, lost),
        *problems_of_nodes(nodes, settings, __version__),
        *problems_of_shards(shards),
    ]
    database = dialect_of(engine)
    shared = _shared(context, engine, backlog.leader, nodes) if settings.database_url else {}
    return {
        "version": __version__,
        "data_folder": str(folder.path),
        **shared,
        **({"event_store": name_of_events(folder, settings), "shards": shards} if settings.events_url else {}),
        "server": NOT_RUNNING if state == NOT_RUNNING else RUNNING,
        "engine": state,
        "problems": problems,
        "engine_busy_with": backlog.engine.busy_with if backlog.engine and state == RUNNING else "",
        "engine_silent_seconds": None if state == NOT_RUNNING else backlog.engine_silent_seconds,
        **stored._asdict(),
        "inbox_deliveries": backlog.deliveries,
        "inbox_bytes": backlog.inbox_bytes,
        "inbox_age_seconds": backlog.inbox_seconds,
        "set_aside_deliveries": backlog.set_aside,
        "behind_seconds": backlog.behind_seconds,
        "dirty_days": backlog.dirty_days,
        "days_kept_as_published": kept,
        "dead_letters": letters,
        "events_of_unknown_types": sum(each["events"] for each in unknown if each["kind"] == "type"),
        "unknown_fields_seen": sum(each["events"] for each in unknown if each["kind"] == "field"),
        **({} if shared else {database.NAME: database.danger(engine) or database.version(engine)}),
        "unknown": unknown,
    }


def _shared(context: Context, series: Engine, leader: Leader | None, nodes: list[ToldNode]) -> dict[str, Any]:
    """What is told where several servers share the series store."""
    return {
        "node": node_name(context.settings),
        "role": context.settings.role,
        "database": told_of_database(SeriesPlace.of(context.folder), series),
        "leader": told_of_leader(leader),
        "nodes": nodes,
    }


def _backlog(context: Context) -> Backlog:
    try:
        series = context.series()
        with closing(open_inboxes(context.folder, context.settings, series)) as inboxes:
            return Backlog(context.folder, series, inboxes)
    except DatabaseError as error:
        raise UserError(f"{context.folder.inbox} cannot be read: {error.orig}") from error


def _problems(backlog: Backlog, state: str, lost: str) -> Iterator[str]:
    """What is wrong, a sentence each."""
    if lost:
        yield lost
    elif state == RUNNING and backlog.engine and backlog.engine.trouble:
        yield backlog.engine.trouble
    if state == SILENT:
        yield "The engine of the server gives no sign of life; see the server's log"
    if state != NOT_RUNNING and backlog.behind_seconds > _BEHIND_SECONDS:
        busy = backlog.engine.busy_with if backlog.engine else ""
        at_it = f", which is busy with {busy}" if busy else ""
        yield f"The oldest live event has waited for {backlog.behind_seconds:,.0f} seconds for the engine{at_it}"
    if backlog.set_aside:
        yield (
            f"The event store refuses requests that were accepted, and they are set aside: {backlog.set_aside:,}; "
            "the server's log says why"
        )


def _lost(folder: DataFolder, settings: Settings, known: Noted) -> str:
    """Why the event store cannot be opened; '' if no reason is known."""
    try:
        check_events(folder, settings, known)
    except LostEvents as error:
        return str(error)
    except StatementFailed as error:
        return f"{name_of_events(folder, settings)} cannot be asked: {one_line(error)}"
    return ""


def _show(told: dict[str, Any]) -> None:
    """A line a value, or several: of a list, and of what is too long for the terminal."""
    label = max(map(len, told)) + 2
    # Where the terminal is narrow, values stand below their headings.
    indent = label if columns() >= label + _LEAST_ROOM else 2
    for name, value in told.items():
        if name.startswith("engine_") and not value:
            continue
        heading = name.replace("_", " ")
        if indent < label:
            print(heading)
            heading = ""
        for text in _texts(value):
            first, *others = words(text)
            print(folded([f"{heading:{indent}}{first}", *others], indent=indent + 2, between=""))
            heading = ""


def _texts(value: object) -> list[str]:
    match value:
        case list():
            return [text for each in value for text in _texts(each)] or ["none"]
        case ToldDisk() | ToldLoad() | ToldWorkspace() | ToldDatabase() | ToldLeader() | ToldNode() | ToldReplica():
            return list(map(visible, value.lines()))
        case None | "":
            return ["-"]
        case float():
            return [f"{value:,.1f}"]
        case int():
            return [f"{value:,}"]
    return [visible(str(value))]
