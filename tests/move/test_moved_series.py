"""A series store that is copied to another database is the same there, and goes on there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Quotidian, filled
from sqlalchemy import Connection, Table, select
from test_whole_path import catalogue_of
from worlds import make_world

from quotidian.control.workspaces import create_workspace
from quotidian.domain.errors import TaskFailed, UserError
from quotidian.move import series as moving
from quotidian.move.series import copy_series, require_unused
from quotidian.store.folder import DataFolder
from quotidian.store.place import SeriesPlace, read_url
from quotidian.store.series import add_missing, creating_at, holding
from quotidian.store.tables import metadata, points, workspaces

HOSTILE = "a\0b\x01c – 'd\""


def load(quotidian: Quotidian) -> None:
    world = make_world(5, users=20, days=40, campaigns=3)
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.deliver(*world.events, *world.json_only)
    quotidian.add_workspace(HOSTILE)


@pytest.fixture
def loaded(folder: Path) -> Iterator[Quotidian]:
    with filled(folder, load) as opened:
        yield opened


@contextmanager
def copied(quotidian: Quotidian, place: SeriesPlace) -> Iterator[Connection]:
    with holding(quotidian.engine) as source, creating_at(place) as target:
        require_unused(target, place.name)
        assert [*copy_series(source, target)][-1].done > 1_000
        yield target


def contents(connection: Connection) -> dict[str, list[object]]:
    return {
        table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
        for table in metadata.sorted_tables
        if table.name not in ("turn", "leader", "nodes")
    }


@pytest.mark.slow
def test_a_store_arrives_as_it_was_in_postgresql_and_back_in_a_file(
    loaded: Quotidian, database_url: str, tmp_path: Path
) -> None:
    with loaded.engine.connect() as connection:
        before = contents(connection)
    server = SeriesPlace(loaded.folder, read_url(database_url))
    with copied(loaded, server) as target:
        assert contents(target) == before
    other = DataFolder(tmp_path / "other")
    other.create()
    engine = server.open("test")
    with holding(engine) as source, creating_at(SeriesPlace(other, None)) as target:
        for _ in copy_series(source, target):
            pass
        assert contents(target) == before
    engine.dispose()


def test_new_rows_get_ids_of_their_own_after_a_copy(loaded: Quotidian, database_url: str) -> None:
    with copied(loaded, SeriesPlace(loaded.folder, read_url(database_url))) as target:
        create_workspace(target, "new", "UTC", "new")
        ids = [row.id for row in target.execute(select(workspaces.c.id).order_by(workspaces.c.id))]
    assert ids == [1, 2, 3]


def test_nobody_writes_to_a_store_while_it_is_copied_and_it_stays_as_it_was(loaded: Quotidian, tmp_path: Path) -> None:
    other = DataFolder(tmp_path / "other")
    other.create()
    with loaded.engine.connect() as connection:
        before = contents(connection)
    with copied(loaded, SeriesPlace(other, None)):
        pass
    with loaded.engine.connect() as connection:
        assert contents(connection) == before
    with pytest.raises(UserError, match="is in use: it has workspaces"), copied(loaded, SeriesPlace(other, None)):
        pass


def test_a_row_that_does_not_arrive_is_noticed_and_nothing_of_the_copy_is_kept(
    loaded: Quotidian, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losing(target: Connection, table: Table, rows: list[dict[str, object]]) -> None:
        add_missing(target, table, rows[1:] if table is points else rows)

    monkeypatch.setattr(moving, "add_missing", losing)
    place = SeriesPlace(loaded.folder, read_url(database_url))
    with pytest.raises(TaskFailed, match="the table points has not arrived as it was"), copied(loaded, place):
        pass
    with creating_at(place) as target:
        require_unused(target, place.name)
