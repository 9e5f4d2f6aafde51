"""The tables of the event store on the servers of a cluster: replicated ones, made on each server."""

import re
from typing import Final

from quotidian.store.cluster.names import Names
from quotidian.store.cluster.replica import Replica
from quotidian.store.event_dialects import CLUSTER
from quotidian.store.sql import statement

TABLES: Final = ("schema", *(name.removeprefix("create_") for name in CLUSTER.making))
"""All tables that are replicated, as our SQL names them."""

_ENGINE: Final = re.compile(r"^ENGINE = (\w*)MergeTree(?:\((.*)\))?$", re.MULTILINE)


def make(replica: Replica, names: Names, cluster: str, shard: int) -> None:
    """Make the tables of a server that are not there. Repeating it after a crash is safe, and so are two at once."""
    replica.rows(f"CREATE DATABASE IF NOT EXISTS `{names.database}`")
    for table in TABLES:
        path = f"/quotidian/{cluster}/{names.database}/{names.prefix}{shard}/{table}"
        replica.rows(names.of(replicated(statement("quotidian.store", f"create_{table}"), path, str(replica.host))))


def replicated(sql: str, path: str, replica: str) -> str:
    """The statement that makes a table, for a replica of it; `path` is where its keepers have it."""

    def engine(found: re.Match[str]) -> str:
        arguments = ", ".join((f"'{path}'", f"'{replica}'", *filter(None, [found[2]])))
        return f"ENGINE = Replicated{found[1]}MergeTree({arguments})"

    return _ENGINE.sub(engine, sql)


def made_like(name: str, table: str) -> str:
    """The statement that makes a table of a connection's own, like one of the event store, and not replicated."""
    return statement("quotidian.store", f"create_{table}").replace(f"quotidian.{table}\n", f"{name}\n")
