"""The stores in the data folder: who may open them, and that the series can be made again from the events."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from commands import QUOTIDIAN, Command, event, message, session, some_sessions
from conftest import Quotidian
from test_whole_path import SEGMENTS
from worlds import make_world

from quotidian.catalogue import CatalogueFile
from quotidian.control.dirty_days import ACTIVITY, CAMPAIGNS, CANVASES, TALLIES, days_with_events, mark_days
from quotidian.domain.errors import FolderInUse, NewerStore, UserError
from quotidian.engine.opening import open_stores
from quotidian.settings import load_settings
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series, writing
from quotidian.store.sqlite import driver
from quotidian.store.stores import open_event_store
from quotidian.store.tables import metadata

DAY = "2024-03-30"
# Each before what it refers to.
ROLLUPS = ("points", "totals", "facts", "hours", "names", "listed", "gaps", "apps", "series", "event_days")


# Versions


def test_a_newer_event_store_is_not_opened(quotidian: Quotidian) -> None:
    quotidian.events.run("INSERT INTO quotidian.schema VALUES (99)")
    quotidian.events.close()
    with pytest.raises(NewerStore, match="event store has schema 99, and this version of Quotidian knows 4"):
        open_event_store(quotidian.folder, load_settings(quotidian.folder.path), 0)


def test_an_event_store_of_an_earlier_layout_is_refused_with_what_to_do(quotidian: Quotidian) -> None:
    quotidian.events.run("TRUNCATE TABLE quotidian.schema")
    quotidian.events.run("INSERT INTO quotidian.schema VALUES (1)")
    quotidian.events.close()
    with pytest.raises(UserError, match=r"schema 1, of an earlier .*`quotidian init`, and ingest"):
        open_event_store(quotidian.folder, load_settings(quotidian.folder.path), 0)


def test_a_newer_series_store_is_not_opened(quotidian: Quotidian) -> None:
    change(quotidian.folder, "UPDATE meta SET schema_version = 99")
    with pytest.raises(NewerStore, match="series store has schema 99, and this version of Quotidian knows 6"):
        open_series(quotidian.folder)


def test_a_series_store_of_an_earlier_layout_is_refused_with_what_to_do(quotidian: Quotidian) -> None:
    change(quotidian.folder, "UPDATE meta SET schema_version = 1")
    with pytest.raises(UserError, match=r"series store has schema 1, of an earlier .*`quotidian init`, and ingest"):
        open_series(quotidian.folder)


def change(folder: DataFolder, statement: str) -> None:
    with driver.connect(folder.series) as connection:
        connection.execute(statement)
    connection.close()


def test_commands_refuse_a_newer_store_without_a_traceback(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    change(DataFolder(command.data), "UPDATE meta SET schema_version = 99")
    for words in (["series", "dau"], ["serve"], ["ingest", tmp_path], ["rebuild"], ["keys", "list"]):
        assert "schema 99" in command.here(*words, status=2).stderr


def test_a_series_store_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    folder.series.write_bytes(b"something else" * 1000)
    with pytest.raises(UserError, match=r"series\.sqlite"):
        open_series(folder)


def test_an_empty_series_store_is_refused_by_name(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    folder.series.touch()
    with pytest.raises(UserError, match=r"series\.sqlite"):
        open_series(folder)


def test_a_folder_that_was_not_initialised_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="init"), open_stores(DataFolder(tmp_path / "data"), "ingest"):
        pass


def test_what_was_loaded_is_there_when_the_stores_are_opened_again(folder: Path) -> None:
    for dau in (0, 1):
        opened = Quotidian(folder) if not dau else reopened(folder)
        assert opened.kpi("dau", DAY) == [dau]
        opened.deliver(session("ana", DAY))
        assert opened.kpi("dau", DAY) == [1]
        opened.close()


def reopened(folder: Path) -> Quotidian:
    """A Quotidian on a folder that has its workspace already: the new one is called otherwise."""
    change(DataFolder(folder), "UPDATE workspaces SET name = 'first', app_group_id = 'first'")
    opened = Quotidian(folder)
    change(DataFolder(folder), "DELETE FROM keys WHERE workspace_id = 1")
    change(DataFolder(folder), "UPDATE keys SET workspace_id = 1")
    change(DataFolder(folder), "DELETE FROM workspaces WHERE id = 2")
    change(DataFolder(folder), "UPDATE workspaces SET name = 'default', app_group_id = 'default'")
    return opened


# Who holds the folder


def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with (
        folder.hold("events", "ingest march/"),
        pytest.raises(FolderInUse, match=r"`quotidian ingest march/` \(process \d+, since 20"),
        folder.hold("events", "rebuild"),
    ):
        pass


def test_a_folder_is_free_again_when_its_holder_ends(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.hold("events", "ingest"):
        pass
    with folder.hold("events", "rebuild"):
        pass


def test_a_lock_file_that_a_dead_process_left_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "events.lock").write_text(json.dumps({"command": "ingest", "pid": 1, "since": "2024-03-30"}))
    with DataFolder(tmp_path).hold("events", "rebuild"):
        pass


def test_serving_and_loading_hold_different_things(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.hold("serve", "serve"), folder.hold("events", "ingest"):
        pass


def test_a_command_on_a_held_folder_says_who_holds_it(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    file = some_sessions(tmp_path / "e.jsonl", ["ana"])
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text("[rates]\nEUR = 1.08\n")
    with DataFolder(command.data).hold("events", "ingest the first"):
        for words in (["ingest", file], ["rebuild"], ["catalogue", "import", catalogue]):
            assert "in use by `quotidian ingest the first`" in command.here(*words, status=2).stderr
        assert command.kpi("dau", DAY) == [0]
    command.here("ingest", file)


def test_a_key_is_made_while_the_events_are_held(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    with DataFolder(command.data).hold("events", "ingest"):
        assert command.here("keys", "create", "--name", "k", "--all").stdout.startswith("qk_")


# Rebuilding


def tables(quotidian: Quotidian) -> Mapping[str, list[tuple[object, ...]]]:
    """All that a rebuild makes again, without the numbers that series happen to have."""
    found = {}
    with quotidian.engine.connect() as connection:
        ids = {row[0]: row[1:7] for row in connection.exec_driver_sql("SELECT * FROM series")}
        for name in ROLLUPS:
            columns = "series_id, day, point" if name == "points" else "*"
            rows = connection.exec_driver_sql(f"SELECT {columns} FROM {name}").all()
            if name in ("series", "points", "totals", "facts", "hours"):
                rows = [(ids[number], *map(decoded, others)) for number, *others in rows]  # type: ignore[misc]
            found[name] = sorted(map(tuple, rows), key=repr)
    return found


def mark_everything_dirty(quotidian: Quotidian) -> None:
    with writing(quotidian.engine) as connection:
        for family in (ACTIVITY, TALLIES, CAMPAIGNS, CANVASES):
            days = days_with_events(connection, quotidian.workspace().id, family)
            mark_days(connection, quotidian.workspace().id, family, days)


def decoded(value: object) -> object:
    """Structures compare by what they hold, not by the order in which names became known."""
    return json.loads(value) if isinstance(value, bytes) and value.startswith(b"[") else value


@pytest.mark.parametrize("parts", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_a_rebuild_makes_every_table_again_as_it_was(quotidian: Quotidian, parts: int) -> None:
    world = make_world(31, users=12, days=25, campaigns=4)
    quotidian.import_catalogue(CatalogueFile(segments=SEGMENTS))
    for part in range(parts):
        quotidian.deliver(*world.events[part::parts])
    before = tables(quotidian)
    assert all(before.values())
    quotidian.rebuild()
    assert tables(quotidian) == before


def test_a_rebuild_heals_series_that_were_lost(quotidian: Quotidian) -> None:
    quotidian.deliver(*[session("ana", DAY, app_id="tea"), message("email.Send", "ana", DAY, send_id="s")])
    before = tables(quotidian)
    with quotidian.engine.begin() as connection:
        for name in ROLLUPS:
            connection.exec_driver_sql(f"DELETE FROM {name}")
    quotidian.rebuild()
    assert tables(quotidian) == before


def test_a_rebuild_takes_in_what_an_interrupted_load_left_dirty(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", DAY))
    mark_everything_dirty(quotidian)
    quotidian.rebuild()
    with quotidian.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dirty_days").scalar_one() == 0


def test_a_rebuild_keeps_what_users_said(quotidian: Quotidian) -> None:
    kept = [table.name for table in metadata.sorted_tables if table.name not in (*ROLLUPS, "meta", "turn")]
    quotidian.deliver(session("ana", DAY), {**session("bo", DAY), "id": None})

    def rows() -> list[object]:
        with quotidian.engine.connect() as connection:
            return [connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in kept]

    before = rows()
    quotidian.rebuild()
    assert rows() == before


def test_a_rebuild_of_nothing_is_nothing(quotidian: Quotidian) -> None:
    quotidian.rebuild()
    assert quotidian.kpi("dau", DAY) == [0]


def test_rebuilding_one_workspace_keeps_the_others_apart(quotidian: Quotidian) -> None:
    key = quotidian.add_workspace("other", "Asia/Tokyo")
    quotidian.deliver(session("ana", f"{DAY}T23:30"), event("behaviors.Uninstall", "ana", DAY))
    quotidian.deliver(session("ana", f"{DAY}T23:30"), workspace="other")
    quotidian.rebuild()
    assert quotidian.kpi("dau", DAY, length=1) == [1]
    assert quotidian.kpi("dau", "2024-03-31", key=key) == [1]
    assert quotidian.kpi("uninstalls", DAY, key=key) == [0]


# A load that was interrupted


def test_what_was_stored_but_not_computed_is_computed_by_the_next_load(quotidian: Quotidian) -> None:
    """The events are there and their days dirty, as when a load ends between storing and computing."""
    quotidian.deliver(session("ana", DAY), message("email.Send", "ana", DAY))
    before = tables(quotidian)
    mark_everything_dirty(quotidian)
    with quotidian.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM points")
        connection.exec_driver_sql("DELETE FROM facts")
    quotidian.deliver(session("ana", DAY))
    assert {name: tables(quotidian)[name] for name in ("points", "facts")} == {
        name: before[name] for name in ("points", "facts")
    }


def test_the_program_is_installed_beside_its_python() -> None:
    assert QUOTIDIAN.exists()
