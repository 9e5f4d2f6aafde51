"""Inserts of many rows into PostgreSQL: an array a column, which takes a fifth of what a statement a row takes."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Float, Insert, Table, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import Insert as Upsert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError

from quotidian.store.many import Rows, merging, run_for_all

Columns = tuple[str, ...]
Maker = Callable[[Table, Columns], Insert]


def add_missing(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows whose primary key is not there yet. Raises DBAPIError, as SQLAlchemy would."""
    _run(connection, _adding_missing, table, rows)


def replace(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or overwrite those with the same primary key. Raises DBAPIError, as SQLAlchemy would."""
    key = [column.name for column in table.primary_key]
    # A statement cannot write a row twice; if a row is given twice, the last counts.
    _run(connection, _replacing, table, list({tuple(row[name] for name in key): row for row in rows}.values()))


def merge(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or join them with those with the same primary key, as each column says. Raises DBAPIError."""
    # A statement each: rows of the same key are joined with each other.
    run_for_all(connection, _merging(table), rows)


@cache
def _merging(table: Table) -> Insert:
    return merging(upsert(table), table, _MERGES)


_MERGES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "sum": lambda here, given: here + given,
    "least": func.least,
    "greatest": func.greatest,
    "bits": lambda here, given: here.op("|")(given),
}


def _sql(connection: Connection, make: Maker, table: Table, columns: Columns) -> str:
    key = make, table, columns
    if key not in _COMPILED:
        # Arrays go as bytes: as text each value would be quoted and parsed.
        _COMPILED[key] = str(make(table, columns).compile(connection)).replace("%s", "%b")
    return _COMPILED[key]


def _adding_missing(table: Table, columns: Columns) -> Insert:
    return _inserting(table, columns).on_conflict_do_nothing()


def _replacing(table: Table, columns: Columns) -> Insert:
    statement = _inserting(table, columns)
    others = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others)


def _inserting(table: Table, columns: Columns) -> Upsert:
    """An insert of rows from an array a column, in the columns' order."""
    # Without the collation, which is the column's own.
    arrays = (cast(bindparam(name), ARRAY(type(table.c[name].type)())) for name in columns)
    rows = func.unnest(*arrays).table_valued(*columns).render_derived()
    return upsert(table).from_select(columns, select(*(rows.c[name] for name in columns)))


def _run(connection: Connection, make: Maker, table: Table, rows: Rows) -> None:
    if not connection.in_transaction():
        connection.begin()
    columns = tuple(rows[0])
    sql = _sql(connection, make, table, columns)
    arrays = [_array(table, name, rows) for name in columns]
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, arrays)
    except psycopg.Error as error:
        raise DBAPIError.instance(sql, None, error, psycopg.Error, dialect=connection.dialect) from error
    finally:
        cursor.close()


def _array(table: Table, name: str, rows: Rows) -> list[Any]:
    values = [row[name] for row in rows]
    if isinstance(table.c[name].type, Float):
        # The driver makes no array of floats and integers.
        return [None if value is None else float(value) for value in values]
    return values


_COMPILED: Final[dict[tuple[Maker, Table, Columns], str]] = {}
"""By what is made of which columns: the SQL."""
