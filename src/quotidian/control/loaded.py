"""Which sources have been loaded: what `quotidian ingest --watch` need not load again."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, select

from quotidian.control.unknown import Unknown, note_unknown
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import now_micros
from quotidian.store.batches import note_stored
from quotidian.store.series import replace, writing
from quotidian.store.stores import Stores
from quotidian.store.tables import loaded_files

_ASKED_AT_ONCE: Final = 500


def remember(
    stores: Stores, workspace: Workspace, sources: Sequence[tuple[str, str]], unknown: Sequence[Unknown]
) -> None:
    """Note that sources, as (origin, version) when they were found, are in the event store, and what was unknown."""
    if not sources and not unknown:
        return
    with writing(stores.series) as connection:
        note_stored(connection, stores.events.batch)
        rows = ({"origin": origin, "version": version} for origin, version in sources)
        more = {"workspace_id": workspace.id, "loaded_at": now_micros()}
        replace(connection, loaded_files, ({**row, **more} for row in rows))
        note_unknown(connection, workspace.id, unknown)


def loaded_versions(connection: Connection, workspace: Workspace, origins: Iterable[str]) -> dict[str, str]:
    """Those of the origins that were loaded, and the version of each that was."""
    found: dict[str, str] = {}
    columns = loaded_files.c
    for asked in chunks(origins, _ASKED_AT_ONCE):
        wanted = (columns.workspace_id == workspace.id) & columns.origin.in_(asked)
        rows = connection.execute(select(columns.origin, columns.version).where(wanted))
        found.update((row.origin, row.version) for row in rows)
    return found
