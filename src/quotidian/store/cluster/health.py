"""How each server of a cluster is, as it tells itself: for who runs it to see, whether or not an engine leads."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Final

import msgspec
from clickhouse_driver.util.escape import escape_params

from quotidian.store.cluster.address import Address, Host
from quotidian.store.cluster.names import Names
from quotidian.store.cluster.replica import Replica
from quotidian.store.cluster.topology import servers_of
from quotidian.store.event_health import ReplicaHealth
from quotidian.store.events import StatementFailed
from quotidian.store.plain import plain

_TABLES: Final = """
SELECT max(is_readonly), max(absolute_delay), sum(queue_size) FROM system.replicas
WHERE database = %(database)s AND startsWith(table, %(prefix)s)
"""
_PARTS: Final = """
SELECT name, rows FROM system.parts WHERE active AND database = %(database)s AND table = %(table)s
"""
_PLACE: Final = """
SELECT zookeeper_path, replica_name FROM system.replicas WHERE database = %(database)s AND table = %(table)s
"""
_CHILDREN: Final = "SELECT name FROM system.zookeeper WHERE path = %(path)s"


def health_of(address: Address) -> list[ReplicaHealth]:
    """All servers of a cluster, shard by shard. Raises as `servers_of` does."""
    servers = [(shard, host) for shard, hosts in enumerate(servers_of(address), 1) for host in hosts]
    with ThreadPoolExecutor(len(servers)) as threads:
        return list(threads.map(lambda server: _look(address, *server), servers))


def _look(address: Address, shard: int, host: Host) -> ReplicaHealth:
    names = Names(address.database, address.prefix)
    with closing(Replica(address, host, "quotidian-health")) as replica:
        try:
            replica.connect()
            return _told(replica, names, shard)
        except StatementFailed as error:
            return ReplicaHealth(shard, str(host), plain(str(error)))


def _told(replica: Replica, names: Names, shard: int) -> ReplicaHealth:
    ((read_only, delay, queue),) = _rows(replica, _TABLES, database=names.database, prefix=names.prefix)
    parts = dict(_rows(replica, _PARTS, database=names.database, table=names.table("events")))
    told = ReplicaHealth(shard, str(replica.host), "", sum(parts.values()), 0, int(delay or 0), int(queue or 0))
    if read_only:
        return msgspec.structs.replace(told, trouble="it is read-only, because it has no keeper")
    return msgspec.structs.replace(told, events_only_here=_only_here(replica, names, parts))


def _only_here(replica: Replica, names: Names, parts: dict[str, int]) -> int:
    """Events of parts that reach beyond all that any other replica has of their partition; 0 if there is no other."""
    place = _rows(replica, _PLACE, database=names.database, table=names.table("events"))
    if not place:
        return 0
    path, own = place[0]
    others = [name for (name,) in _rows(replica, _CHILDREN, path=f"{path}/replicas") if name != own]
    if not others:
        return 0
    there: dict[str, int] = {}
    for other in others:
        found = [name for (name,) in _rows(replica, _CHILDREN, path=f"{path}/replicas/{other}/parts")]
        for partition, last in _reach(found):
            there[partition] = max(last, there.get(partition, -1))
    return sum(
        rows
        for (partition, last), rows in zip(_reach(parts), parts.values(), strict=True)
        if last > there.get(partition, -1)
    )


def _reach(parts: Iterable[str]) -> list[tuple[str, int]]:
    """The partition of each part, and its last block: names are partition, first block, last block, level."""
    return [(partition, int(last)) for partition, _, last, *_ in (name.split("_") for name in parts)]


def _rows(replica: Replica, sql: str, **values: str) -> list[tuple[Any, ...]]:
    return replica.rows(sql % escape_params(values, None))
