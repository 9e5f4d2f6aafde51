"""The series store is the same on SQLite and on PostgreSQL: what is kept, who writes when, and who may."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import DatabaseError

from quotidian.domain.errors import Deposed
from quotidian.store.folder import DataFolder
from quotidian.store.functions import Position, sum_of
from quotidian.store.lookups import Lookup
from quotidian.store.series import add_missing, creating, data_version, merge, open_series, replace, writing
from quotidian.store.tables import arrivals, catalogue, meta, names, totals, turn, workspaces
from quotidian.store.transactions import changing
from quotidian.store.turn import take_over

TEXTS = [
    "",
    "\0",
    "\0b",
    "\1",
    "\1\2",
    "\2",
    "A",
    "B",
    "a",
    "a\0",
    "a\0b",
    "a ",
    "ab",
    "e",
    "z",
    "ä",
    "é",
    "\ue000",
    "😀",
]


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> DataFolder:
    """An initialised data folder, with its series in a file or in PostgreSQL, and a workspace."""
    folder = DataFolder(tmp_path / "data")
    folder.create()
    if request.param == "postgresql":
        url = request.getfixturevalue("database_url")
        (folder.path / "quotidian.toml").write_text(f"database_url = '{url}'\n")
    with creating(folder) as connection:
        connection.execute(insert(workspaces), {"name": "w", "timezone": "UTC", "app_group_id": "w"})
    return folder


@pytest.fixture
def engine(folder: DataFolder) -> Iterator[Engine]:
    engine = open_series(folder)
    yield engine
    engine.dispose()


# What is kept


def named(name: str, item: bytes = b"{}") -> dict[str, object]:
    return {"workspace_id": 1, "kind": "event", "name": name, "sought": name, "tags": "", "item": item}


def test_any_text_and_any_bytes_come_back_as_they_were(engine: Engine) -> None:
    every_byte = bytes(range(256))
    with writing(engine) as connection:
        add_missing(connection, names, [named(text, every_byte) for text in TEXTS])
    with engine.connect() as connection:
        found = connection.execute(select(names.c.name, names.c.sought, names.c.item)).all()
        looked_up = Lookup(select(names.c.name, names.c.sought, names.c.item)).rows(connection)
    assert sorted(map(tuple, found)) == sorted((text, text, every_byte) for text in TEXTS) == sorted(looked_up)


def test_texts_are_in_the_order_of_their_characters_whatever_the_language(engine: Engine) -> None:
    with writing(engine) as connection:
        add_missing(connection, names, map(named, reversed(TEXTS)))
    with engine.connect() as connection:
        assert list(connection.execute(select(names.c.name).order_by(names.c.name)).scalars()) == sorted(TEXTS)
        beyond = select(func.count()).where(names.c.name > "a")
        assert connection.execute(beyond).scalar_one() == len([text for text in TEXTS if text > "a"])


def test_a_text_is_found_in_another_as_it_is_and_not_as_a_pattern(engine: Engine) -> None:
    with writing(engine) as connection:
        add_missing(connection, names, map(named, ("50% off", "50 off", "a_b", "aXb", "AB")))
    with engine.connect() as connection:
        for sought, found in (("%", ["50% off"]), ("_", ["a_b"]), ("ab", []), ("", None)):
            query = select(names.c.name).where(Position(names.c.name, sought) > 0)
            got = set(connection.execute(query).scalars())
            assert got == ({"50% off", "50 off", "a_b", "aXb", "AB"} if found is None else set(found)), sought


def test_large_numbers_fractions_and_nothing_come_back_as_they_were(engine: Engine) -> None:
    none = dict.fromkeys(column.name for column in totals.c)
    rows = [
        {**none, "series_id": 1, "channel": "email", "days": 1, "day": day, "sent": sent, "revenue": revenue}
        for day, sent, revenue in ((1, 1 << 62, 0.1), (2, -5, 3), (3, None, None), (4, 0, 1e300))
    ]
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO series (id, workspace_id, kind, subject, shape, zero) VALUES (1, 1, 'campaign', 'c', '', '')"
        )
        replace(connection, totals, rows)
    columns = totals.c
    with engine.connect() as connection:
        found = connection.execute(select(columns.day, columns.sent, columns.revenue).order_by(columns.day)).all()
        summed = connection.execute(select(func.sum(columns.sent))).scalar_one()
    assert list(map(tuple, found)) == [(1, 1 << 62, 0.1), (2, -5, 3.0), (3, None, None), (4, 0, 1e300)]
    assert (summed, type(summed)) == ((1 << 62) - 5, int)


def test_dollars_add_up_as_decimals_do(engine: Engine) -> None:
    none = dict.fromkeys(column.name for column in totals.c)
    dollars = [0.1, 0.2, 12.3, *[0.1] * 10]
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO series (id, workspace_id, kind, subject, shape, zero) VALUES (1, 1, 'campaign', 'c', '', '')"
        )
        key = {**none, "series_id": 1, "channel": "", "days": 1}
        replace(connection, totals, [{**key, "day": day, "revenue": each} for day, each in enumerate(dollars)])
        assert connection.execute(select(sum_of(totals.c.revenue))).scalar_one() == 13.6
        assert connection.execute(select(sum_of(totals.c.revenue)).where(totals.c.day < 0)).scalar_one() is None


def test_a_number_beyond_a_columns_is_compared_and_not_refused(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(select(workspaces.c.id).where(workspaces.c.id < 1 << 62).limit(1 << 62)).all()
        assert not connection.execute(select(workspaces.c.id).where(workspaces.c.id == (1 << 63) - 1)).all()


# Rows of which some are there


def entry(id: str, text: str) -> dict[str, object]:
    return {"workspace_id": 1, "kind": "app", "id": id, "entry": text.encode(), "added_at": 0, "changed_at": 0}


def entries(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        query = select(catalogue.c.id, catalogue.c.entry)
        return {id: kept.decode() for id, kept in connection.execute(query)}


def test_rows_that_are_missing_are_added_and_the_others_stay(engine: Engine) -> None:
    with writing(engine) as connection:
        add_missing(connection, catalogue, [entry("a", "first"), entry("a", "second")])
        add_missing(connection, catalogue, [entry("a", "third"), entry("b", "first")])
    assert entries(engine) == {"a": "first", "b": "first"}


def test_rows_that_are_replaced_are_what_was_given_last(engine: Engine) -> None:
    with writing(engine) as connection:
        replace(connection, catalogue, [entry("a", "first"), entry("b", "first")])
        replace(connection, catalogue, [entry("a", "second"), entry("c", "first"), entry("a", "third")])
    assert entries(engine) == {"a": "third", "b": "first", "c": "first"}


def test_rows_that_are_merged_are_sums_firsts_and_lasts(engine: Engine) -> None:
    key = {"workspace_id": 1, "day": 1, "event_type": "t", "fate": "stored", "reason": ""}
    with writing(engine) as connection:
        for given in ([(3, 50, 60)], [(4, 20, 30), (5, 40, 90)]):
            told = ({"records": n, "first_arrival": first, "last_arrival": last} for n, first, last in given)
            merge(connection, arrivals, ({**key, **numbers} for numbers in told))
    columns = arrivals.c
    with engine.connect() as connection:
        query = select(columns.records, columns.first_arrival, columns.last_arrival)
        assert tuple(connection.execute(query).one()) == (12, 20, 90)


# Who writes when


def test_a_reader_sees_one_state_while_another_writes(folder: DataFolder, engine: Engine) -> None:
    other = open_series(folder)
    query = select(func.count()).select_from(catalogue)
    with engine.connect() as reading:
        assert reading.execute(query).scalar_one() == 0
        with writing(other) as connection:
            add_missing(connection, catalogue, [entry("a", "first")])
        assert reading.execute(query).scalar_one() == 0
    assert len(entries(engine)) == 1
    other.dispose()


def test_writers_of_many_connections_come_one_after_the_other(folder: DataFolder) -> None:
    """Each reads a number and writes one more: at the same time, one would be lost."""

    def count(engine: Engine) -> None:
        for _ in range(10):
            with writing(engine) as connection:
                seen = connection.execute(select(meta.c.markings)).scalar_one()
                connection.execute(update(meta).values(markings=seen + 1))

    engines = [open_series(folder) for _ in range(3)]
    threads = [threading.Thread(target=count, args=(engine,)) for engine in engines for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engines[0].connect() as connection:
        assert connection.execute(select(meta.c.markings)).scalar_one() == 60
    for engine in engines:
        engine.dispose()


def test_what_is_not_committed_never_was(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine) as connection:
            add_missing(connection, catalogue, [entry("a", "first")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert entries(engine) == {}


def test_the_version_of_the_data_changes_when_another_has_written(folder: DataFolder, engine: Engine) -> None:
    version = data_version(folder)
    first = version.look()
    entries(engine)
    assert version.look() == first
    with writing(engine) as connection:
        add_missing(connection, catalogue, [entry("a", "first")])
    assert version.look() != first
    version.close()


# Who leads


def test_an_engine_that_another_followed_writes_nothing(folder: DataFolder, engine: Engine) -> None:
    other, of_nobody = open_series(folder), open_series(folder)
    assert [take_over(engine), take_over(other)] == [1, 2]
    with pytest.raises(Deposed, match="its epoch is 2, and this one's 1"), writing(engine) as connection:
        add_missing(connection, catalogue, [entry("a", "of the first")])
    for each in (other, of_nobody):
        with writing(each) as connection:
            add_missing(connection, catalogue, [entry("a", "of the second")])
            assert connection.execute(select(turn.c.epoch)).scalar_one() == 2
    assert entries(engine) == {"a": "of the second"}
    assert take_over(engine) == 3
    with writing(engine) as connection:
        replace(connection, catalogue, [entry("a", "of the third")])
    assert entries(engine) == {"a": "of the third"}
    other.dispose()
    of_nobody.dispose()


def test_what_is_not_served_is_written_without_the_turn(folder: DataFolder, engine: Engine) -> None:
    version, other = data_version(folder), open_series(folder)
    take_over(engine)
    take_over(other)
    before = version.look()
    with changing(engine) as connection:
        add_missing(connection, catalogue, [entry("a", "first")])
        assert connection.execute(select(turn.c.epoch)).scalar_one() == 2
    if engine.dialect.name == "postgresql":
        assert version.look() == before
    version.close()
    other.dispose()


def test_an_error_of_a_statement_is_one_of_the_store(engine: Engine) -> None:
    with writing(engine) as connection, pytest.raises(DatabaseError):
        replace(connection, catalogue, [{**entry("a", "first"), "added_at": None}])
