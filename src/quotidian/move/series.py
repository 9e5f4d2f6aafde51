"""Copies a series store to another database, in one transaction there: either all of it is in the target, or nothing.

So a copy that is killed leaves nothing that could be taken for a series store, and begins anew. The source is read in
one transaction too, which also keeps others from writing to it; it is rolled back, so that the source stays as it was.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, insert, select

from quotidian.domain.errors import TaskFailed, UserError
from quotidian.domain.progress import Progress
from quotidian.move.fingerprints import Fingerprint
from quotidian.store.many import run_for_all
from quotidian.store.tables import metadata, workspaces

_ROWS: Final = 2_000
"""Read and written at once: of points of campaigns that is some megabytes."""


def copied_tables() -> list[Table]:
    """The tables of a series store, those that others refer to first."""
    return list(metadata.sorted_tables)


def require_empty(target: Connection, name: str) -> None:
    """Raise UserError if a store, which messages call `name`, has been given workspaces."""
    if target.execute(select(func.count()).select_from(workspaces)).scalar_one():
        raise UserError(f"{name} has workspaces already; a move needs a database that nobody uses yet: name another")


def copy_series(source: Connection, target: Connection) -> Iterator[Progress]:
    """Copy all tables into those of the target, which are as `quotidian init` makes them, and compare what is there.

    Raises TaskFailed if the target has other rows afterwards: then its transaction must not be committed.
    """
    total = 2 * sum(_count(source, table) for table in copied_tables())
    done = 0
    for table in copied_tables():
        target.execute(delete(table))
        copied = Fingerprint()
        for rows in _rows(source, table):
            run_for_all(target, insert(table), [dict(zip(table.c.keys(), row, strict=True)) for row in rows])
            copied = copied.of_more(rows)
            done += len(rows)
            yield Progress(done, total)
        found = Fingerprint()
        for rows in _rows(target, table):
            found = found.of_more(rows)
            done += len(rows)
            yield Progress(done, total)
        if found != copied:
            raise TaskFailed(
                f"the table {table.name} did not arrive as it was: {copied.rows:,} rows were sent, and {found.rows:,} "
                "are there, or their contents differ; nothing was kept of the copy"
            )


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _rows(connection: Connection, table: Table) -> Iterator[list[Sequence[Any]]]:
    """All rows of a table in lists, by primary key: a database writes them fastest in that order."""
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=_ROWS)
    with connection.execute(statement) as result:
        for rows in result.partitions():
            yield [tuple(row) for row in rows]
