"""Copies a series store to another database, in one transaction there: either all of it is in the target, or nothing.

So a copy that is killed leaves nothing that could be taken for a series store, and begins anew. Of the source one state
is read, and nobody can write to it meanwhile.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, select

from quotidian.domain.errors import TaskFailed, UserError
from quotidian.domain.progress import Progress
from quotidian.store.series import add_missing
from quotidian.store.series_dialect import dialect_of
from quotidian.store.tables import inbox, leader, metadata, nodes, workspaces

_ROWS: Final = 2_000
"""Read and written at once: of points of campaigns that is some megabytes."""


def require_unused(target: Connection, name: str) -> None:
    """Raise UserError if a store, which messages call `name`, has workspaces."""
    if target.execute(select(func.count()).select_from(workspaces)).scalar_one():
        raise UserError(
            f"{name} is in use: it has workspaces. A move needs one that is empty; name another, or remove what is "
            "there if nobody needs it (of a move that has only just ended it is what was moved)"
        )


def copy_series(source: Connection, target: Connection) -> Iterator[Progress]:
    """Copy all that is in a series store into one that was just made, and compare; counts rows, each of them twice.

    Which processes use a store is not copied, nor what waits in its inbox. Raises TaskFailed if the target has other
    rows afterwards: then its transaction must not be committed.
    """
    copied = [table for table in metadata.sorted_tables if table not in (nodes, leader, *inbox)]
    total = 2 * sum(_count(source, table) for table in copied)
    done = 0
    for table in copied:
        target.execute(delete(table))
        for rows in _rows(source, table):
            add_missing(target, table, [dict(zip(table.c.keys(), row, strict=True)) for row in rows])
            yield Progress(done := done + len(rows), total)
        for rows in _compared(source, target, table):
            yield Progress(done := done + len(rows), total)
        dialect_of(target.engine).go_on_numbering(target, table)


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _compared(source: Connection, target: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Read a table in both stores, in step; texts have the same order in all databases (TEXT in store/tables.py)."""
    for sent, arrived in zip_longest(_rows(source, table), _rows(target, table)):
        if sent != arrived:
            raise TaskFailed(f"the table {table.name} has not arrived as it was; nothing was kept of the copy")
        yield sent


def _rows(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of a table in lists, by primary key: a database writes them fastest in that order."""
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=_ROWS)
    with connection.execute(statement) as result:
        for rows in result.partitions():
            yield [tuple(row) for row in rows]
