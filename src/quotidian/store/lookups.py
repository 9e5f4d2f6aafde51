"""Lookups: the queries behind most requests, without what SQLAlchemy takes to run one: more than SQLite itself."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.exc import OperationalError


class Lookup:
    """A SELECT of Core, put into SQL once and run by the driver, whose parameters have no names but an order.

    Its rows are plain tuples of the driver's types.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._sql = ""
        self._order: list[str] = []
        self._constants: dict[str, Any] = {}

    def rows(self, connection: Connection, **values: object) -> Sequence[tuple[Any, ...]]:
        """All rows at once, of the transaction that the connection is in: one by one they cost more than to find them.

        Raises OperationalError, as SQLAlchemy would.
        """
        if not connection.in_transaction():
            connection.begin()
        if not self._sql:
            compiled = self._statement.compile(connection)
            self._sql, self._order = str(compiled), compiled.positiontup or []
            self._constants = dict(compiled.params)
        given = self._constants | values
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._sql, [given[name] for name in self._order])
            return cursor.fetchall()
        except connection.dialect.loaded_dbapi.OperationalError as error:
            raise OperationalError(self._sql, values, error) from error
        finally:
            cursor.close()
