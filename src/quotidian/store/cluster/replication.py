"""Whether a replica has all that the others have: what servers tell of it is in their keepers.

A replica reads the log of its table from its own place on, and queues what it finds: parts to fetch, to drop or to
replace, and merges. Place and queue change in one transaction, and an entry leaves the queue when it is done. So a
replica that has read the whole log, and has nothing but merges in its queue, has all that was written before it was
looked at. ClickHouse's own `insert_quorum` is not used: after a partition was replaced that a replica had still to
fetch, 18.16 refuses all inserts of a table for ever (286).
"""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, Final

from clickhouse_driver.util.escape import escape_params

from quotidian.store.cluster.names import Names
from quotidian.store.cluster.replica import Replica
from quotidian.store.events import StatementFailed

_FIRST_LOOK_SECONDS: Final = 0.01
_LAST_LOOK_SECONDS: Final = 0.5
"""Between two looks: more and more."""

_LOG_END: Final = "SELECT max(toUInt64(substring(name, 5)) + 1) FROM system.zookeeper WHERE path = %(path)s"
_CHILDREN: Final = "SELECT name, value FROM system.zookeeper WHERE path = %(path)s"
_QUEUED: Final = "SELECT count() FROM system.zookeeper WHERE path = %(path)s AND position(value, '\\nmerge\\n') = 0"
_OF_TABLE: Final = """
SELECT zookeeper_path, replica_name FROM system.replicas WHERE database = %(database)s AND table = %(table)s
"""


class Replicated:
    """A replicated table, as one of its replicas sees it."""

    def __init__(self, replica: Replica, names: Names, table: str) -> None:
        self._replica = replica
        self._table = table
        found = self._rows(_OF_TABLE, database=names.database, table=names.table(table))
        if not found:
            raise StatementFailed(f"{replica.host}: Code: 60. it has no table {names.database}.{names.table(table)}")
        self._path, self._own = found[0]

    def require_all(self, seconds: float) -> None:
        """Wait until this replica has all that any has. Raises StatementFailed if it has not after some seconds."""
        if not _until(lambda: self._has_all(self._own), seconds):
            raise StatementFailed(
                f"{self._replica.host}: Code: 234. {self._table} has there not all that another replica has, which "
                "cannot be asked for it; it must come back first"
            )

    def require_second(self, seconds: float, *, of_active: bool) -> None:
        """Wait until another replica has all, too. Raises StatementFailed if none has after some seconds.

        With `of_active` none is waited for that has lost touch with its keepers.
        """
        others = [name for name, _ in self._rows(_CHILDREN, path=f"{self._path}/replicas") if name != self._own]
        if of_active:
            others = [name for name in others if "is_active" in self._state(name)]
        if others and not _until(lambda: any(map(self._has_all, others)), seconds):
            raise StatementFailed(
                f"{self._replica.host}: Code: 319. what was written to {self._table} is on this replica only; it waits "
                f"for {' or '.join(others)}"
            )

    def _has_all(self, replica: str) -> bool:
        ((end,),) = self._rows(_LOG_END, path=f"{self._path}/log")
        pointer = self._state(replica).get("log_pointer", "")
        if not pointer.isdigit() or int(pointer) < end:
            return False
        ((waiting,),) = self._rows(_QUEUED, path=f"{self._path}/replicas/{replica}/queue")
        return not waiting

    def _state(self, replica: str) -> dict[str, str]:
        return dict(self._rows(_CHILDREN, path=f"{self._path}/replicas/{replica}"))

    def _rows(self, sql: str, **values: str) -> list[tuple[Any, ...]]:
        return self._replica.rows(sql % escape_params(values, None))


def _until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether something is so, at the latest after some seconds."""
    give_up, rest = monotonic() + seconds, _FIRST_LOOK_SECONDS
    while not is_so():
        if monotonic() > give_up:
            return False
        sleep(rest)
        rest = min(2 * rest, _LAST_LOOK_SECONDS)
    return True
