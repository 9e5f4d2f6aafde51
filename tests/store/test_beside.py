"""A second connection to the events, for another thread."""

from contextlib import closing

from conftest import Quotidian

from quotidian.engine.opening import open_stores

_LIMIT = "SELECT toUInt64(value) FROM system.settings WHERE name = 'max_memory_usage_for_user'"


def test_a_second_connection_has_the_same_events_and_tables_of_its_own(quotidian: Quotidian) -> None:
    first = quotidian.events
    with closing(first.beside()) as second:
        second.note_batch(7)
        assert first.batch == 7
        for connection, number in ((first, 1), (second, 2)):
            connection.run("CREATE TABLE staged (number UInt8) ENGINE = Memory")
            connection.run("INSERT INTO staged SELECT %(number)s", {"number": number})
        assert first.rows("SELECT number FROM staged", {}, tuple[int]) == [(1,)]
        assert second.rows("SELECT number FROM staged", {}, tuple[int]) == [(2,)]
        assert second.rows("SELECT count() FROM quotidian.events", {}, tuple[int]) == [(0,)]
    assert first.rows("SELECT number FROM staged", {}, tuple[int]) == [(1,)]


def test_both_connections_have_one_limit_of_memory(quotidian: Quotidian) -> None:
    with closing(quotidian.events.beside()) as second:
        for connection in (quotidian.events, second):
            assert connection.rows(_LIMIT, {}, tuple[int]) == [(quotidian.settings.event_memory_bytes,)]


def test_what_a_load_that_was_killed_has_staged_is_removed_when_the_events_are_opened(quotidian: Quotidian) -> None:
    with closing(quotidian.events.beside()) as second:
        second.run("CREATE TABLE staged (number UInt8) ENGINE = MergeTree ORDER BY number")
    quotidian.events.close()
    with open_stores(quotidian.folder, "ingest") as stores:
        left = stores.events.rows("SELECT name FROM system.databases WHERE name LIKE 'quotidian%%'", {}, tuple[str])
        assert left == [("quotidian",)]
