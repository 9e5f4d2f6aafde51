"""Statements for many rows, without what SQLAlchemy takes for each row: as much as SQLite takes to write it."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Insert

Rows = Sequence[Mapping[str, Any]]
"""Rows of a table, by the names of its columns: all of the same columns, with values of types that the driver takes."""


def run_for_all(connection: Connection, statement: Insert, rows: Rows) -> None:
    """Run an insert for each of the rows. Raises DBAPIError, as SQLAlchemy would."""
    if not connection.in_transaction():
        connection.begin()
    key = connection.dialect.name, statement, tuple(rows[0])
    if key not in _COMPILED:
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
        _COMPILED[key] = str(compiled), compiled.positiontup or []
    sql, order = _COMPILED[key]
    dbapi = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    # Of a single column itemgetter would make no tuple.
    values_of = itemgetter(*order) if len(order) > 1 else lambda row: (row[order[0]],)
    try:
        cursor.executemany(sql, list(map(values_of, rows)))
    except dbapi.Error as error:
        raise DBAPIError.instance(sql, None, error, dbapi.Error) from error
    finally:
        cursor.close()


def merging(upsert: Any, table: Table, merges: Mapping[str, Callable[[Any, Any], Any]]) -> Insert:
    """A dialect's insert, so that it joins rows with those of the same primary key, as each column says."""
    key = [column.name for column in table.primary_key]
    others = {
        column.name: merges[column.info["merged"]](column, upsert.excluded[column.name])
        for column in table.c
        if column.name not in key
    }
    made: Insert = upsert.on_conflict_do_update(index_elements=key, set_=others)
    return made


_COMPILED: Final[dict[tuple[str, Insert, tuple[str, ...]], tuple[str, Sequence[str]]]] = {}
"""By database, statement and columns: the SQL, and the order of its parameters."""
