"""Lookups: the queries behind most requests, without what SQLAlchemy takes to run one: more than SQLite itself."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError


class Lookup:
    """A SELECT of Core, put into SQL once and run by the driver, whose parameters have no names but an order.

    Its rows are plain tuples of the driver's types.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._texts: dict[str, _Text] = {}

    def rows(self, connection: Connection, **values: object) -> Sequence[tuple[Any, ...]]:
        """All rows at once, of the transaction that the connection is in: one by one they cost more than to find them.

        Raises DBAPIError, as SQLAlchemy would.
        """
        if not connection.in_transaction():
            connection.begin()
        asked = self._texts.get(connection.dialect.name) or self._compile(connection)
        given = {**asked.constants, **values}
        cursor, dbapi = connection.connection.cursor(), connection.dialect.loaded_dbapi
        try:
            cursor.execute(asked.sql, [given[name] for name in asked.order])
            return cursor.fetchall()
        except dbapi.Error as error:
            raise DBAPIError.instance(asked.sql, values, error, dbapi.Error) from error
        finally:
            cursor.close()

    def _compile(self, connection: Connection) -> "_Text":
        compiled = self._statement.compile(connection)
        asked = _Text(str(compiled), compiled.positiontup or [], dict(compiled.params))
        self._texts[connection.dialect.name] = asked
        return asked


class _Text(NamedTuple):
    """A statement in a database's SQL, the order of its parameters, and those that are always the same."""

    sql: str
    order: Sequence[str]
    constants: Mapping[str, Any]
