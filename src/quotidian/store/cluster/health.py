"""How the servers of a cluster are, asked one by one: who looks need not lead, and a server that is away is told."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from clickhouse_driver.util.escape import escape_params

from quotidian.store.cluster.address import Address, Host
from quotidian.store.cluster.names import Names
from quotidian.store.cluster.replica import Replica
from quotidian.store.cluster.topology import servers_of
from quotidian.store.events import StatementFailed
from quotidian.store.health import ReplicaHealth
from quotidian.store.plain import plain

_SILENT_SECONDS: Final = 5

# Nothing for which a server asks its keepers: they may be away.
_HEALTH: Final = """
SELECT
    version(),
    max(is_readonly),
    max(absolute_delay),
    sum(queue_size),
    (SELECT sum(rows) FROM system.parts WHERE active AND database = %(database)s AND table = %(events)s)
FROM system.replicas
WHERE database = %(database)s AND startsWith(table, %(prefix)s)
"""


def health(address: Address) -> list[ReplicaHealth]:
    """Each server of a cluster, by shard. Raises as topology.servers_of, if none of those of the address answers."""
    servers = [(shard, host) for shard, hosts in enumerate(servers_of(address), 1) for host in hosts]
    with ThreadPoolExecutor(len(servers), "health") as threads:
        return list(threads.map(lambda server: _of(address, *server), servers))


def _of(address: Address, shard: int, host: Host) -> ReplicaHealth:
    names = Names(address.database, address.prefix)
    asked = {"database": names.database, "prefix": names.prefix, "events": names.table("events")}
    replica = Replica(address, host, "quotidian-health", silent_seconds=_SILENT_SECONDS)
    try:
        replica.connect()
        ((version, is_read_only, delay, queue, events),) = replica.rows(_HEALTH % escape_params(asked, None))
    except StatementFailed as error:
        return ReplicaHealth(shard, str(host), trouble=plain(str(error)))
    finally:
        replica.close()
    return ReplicaHealth(shard, str(host), "", version, bool(is_read_only), delay, queue, events or 0)
