"""What tables and databases are called on the servers of a cluster.

Our SQL names the tables of the event store `quotidian.X`. On a cluster they are in the database that the address says,
with its prefix before their names. Each connection has a database of its own beside it, for tables that only it needs.
"""

import re
from typing import Final, NamedTuple

_OURS: Final = re.compile(r"\bquotidian\.(\w+)")
_WRITTEN: Final = re.compile(r"\b(?:INSERT INTO|ALTER TABLE) quotidian\.(\w+)")
_EPOCH: Final = re.compile(r"epoch_([0-9]+)(?:_[0-9]+)?")


class Names(NamedTuple):
    """The names of a database with a prefix."""

    database: str
    prefix: str

    def of(self, sql: str) -> str:
        """A statement with the names of the cluster; its values are bound afterwards."""
        return _OURS.sub(rf"`{self.database}`.`{self.prefix}\1`", sql)

    def table(self, name: str) -> str:
        """The name of a table in the database."""
        return f"{self.prefix}{name}"

    @property
    def family(self) -> str:
        """What the names of all databases of connections begin with."""
        return f"{self.database}_{self.prefix}"

    def of_epoch(self, epoch: int) -> str:
        """The database of the first connection of the engine that leads."""
        return f"{self.family}epoch_{epoch}"

    def of_reader(self, reader: str) -> str:
        """The database of the first connection of one that only reads."""
        return f"{self.family}reader_{reader}"

    def epoch_in(self, database: str) -> int | None:
        """The epoch of the engine whose connection a database is of; None if it is of none."""
        found = _EPOCH.fullmatch(database.removeprefix(self.family)) if database.startswith(self.family) else None
        return int(found[1]) if found else None


def written_by(sql: str) -> str | None:
    """The table of the event store that a statement writes to, if it writes to any."""
    found = _WRITTEN.search(sql)
    return found[1] if found else None
