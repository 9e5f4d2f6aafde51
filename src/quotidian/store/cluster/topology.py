"""Which servers a cluster has: what any of those that the address names says of it."""

from typing import Final

from quotidian.domain.errors import UserError
from quotidian.store.cluster.address import Address, Host
from quotidian.store.cluster.replica import ConnectionLost, Replica
from quotidian.store.events import StatementFailed

_REPLICAS: Final = """
SELECT shard_num, replica_num, host_name, port, cluster FROM system.clusters ORDER BY shard_num, replica_num
"""
_REFUSALS: Final = ("Code: 192.", "Code: 193.", "Code: 194.", "Code: 516.")
"""Users and passwords."""


def servers_of(address: Address) -> list[list[Host]]:
    """The replicas of each shard, in order.

    Raises UserError if there is no such cluster or it lets nobody in, ConnectionLost if no server answers.
    """
    refused: list[StatementFailed] = []
    for host in address.hosts:
        replica = Replica(address, host, "quotidian-topology")
        try:
            replica.connect()
            return _told(address, host, replica.rows(_REPLICAS))
        except StatementFailed as error:
            if any(each in str(error) for each in _REFUSALS):
                raise UserError(
                    f"{host} does not let the user {address.user} in; look at the user and the password of events_url"
                ) from None
            refused.append(error)
        finally:
            replica.close()
    raise ConnectionLost(f"No server of events_url answers: {'; '.join(map(str, refused))}")


def _told(address: Address, host: Host, rows: list[tuple[int, int, str, int, str]]) -> list[list[Host]]:
    shards: dict[int, list[Host]] = {}
    for shard, _, name, port, cluster in rows:
        if cluster == address.cluster:
            shards.setdefault(shard, []).append(Host(name, port))
    if not shards:
        known = ", ".join(sorted({cluster for *_, cluster in rows})) or "none"
        raise UserError(f"{host} knows no cluster {address.cluster!r}, which events_url names; it knows {known}")
    return [shards[number] for number in sorted(shards)]
