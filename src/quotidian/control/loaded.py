"""Which sources have been loaded: what `quotidian ingest --watch` need not load again. And what the last load did."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from quotidian.control.arrivals import Arrival, note_arrivals
from quotidian.control.file_hours import note_files
from quotidian.control.unknown import Unknown, note_unknown
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Micros
from quotidian.store.batches import note_stored
from quotidian.store.series import replace, writing
from quotidian.store.stores import Stores
from quotidian.store.tables import last_loads, loaded_files

_ASKED_AT_ONCE: Final = 500


class Load(NamedTuple):
    """What a load of files has done by the instant `at`.

    `place` is a file, or the folder or prefix that all its files have in common, with / at its end. `files` were
    loaded, `failed` were not; `new` is the number of events.
    """

    at: int
    place: str
    files: int
    failed: int
    new: int


class Brought(NamedTuple):
    """What sources brought beside the events that are stored: unknown types, and arrivals by workspace id.

    It is counted when the sources are noted. Of those that a crash keeps from it nothing but their events counts.
    """

    unknown: Sequence[Unknown]
    arrivals: Mapping[int, Sequence[Arrival]]


def remember(
    stores: Stores,
    workspace: Workspace,
    sources: Sequence[tuple[str, str]],
    load: Load,
    brought: Brought,
) -> None:
    """Note that sources, as (origin, version) when they were found, are in the event store, and what they brought.

    What the load has done so far is noted, too.
    """
    with writing(stores.series) as connection:
        note_stored(connection, stores.events.batch)
        replace(connection, last_loads, [{"workspace_id": workspace.id, **load._asdict()}])
        rows = ({"origin": origin, "version": version} for origin, version in sources)
        more = {"workspace_id": workspace.id, "loaded_at": load.at}
        replace(connection, loaded_files, ({**row, **more} for row in rows))
        note_files(connection, workspace.id, (origin for origin, _ in sources))
        note_unknown(connection, workspace, brought.unknown, Micros(load.at))
        for workspace_id, found in brought.arrivals.items():
            note_arrivals(connection, workspace_id, found)


def last_load(connection: Connection, workspace: Workspace) -> Load | None:
    """What the last load of files into a workspace has done, so far; None if there was none."""
    query = select(*(last_loads.c[name] for name in Load._fields)).where(last_loads.c.workspace_id == workspace.id)
    row = connection.execute(query).one_or_none()
    return None if row is None else Load(*row)


def loaded_versions(connection: Connection, workspace: Workspace, origins: Iterable[str]) -> dict[str, str]:
    """Those of the origins that were loaded, and the version of each that was."""
    found: dict[str, str] = {}
    columns = loaded_files.c
    for asked in chunks(origins, _ASKED_AT_ONCE):
        wanted = (columns.workspace_id == workspace.id) & columns.origin.in_(asked)
        rows = connection.execute(select(columns.origin, columns.version).where(wanted))
        found.update((row.origin, row.version) for row in rows)
    return found
