"""That an engine which no longer leads changes nothing on a cluster.

Every statement that changes events reads a table of the connection's own: the new events of a batch, what users
gained, a part that was made anew. Such tables are in a database that bears the epoch of the engine. One that begins to
lead has the statements of earlier epochs killed, and drops their databases: what an earlier engine sends then is
refused by the server, which does not know the table.
"""

from typing import Final

from quotidian.domain.errors import Deposed
from quotidian.store.cluster.names import Names
from quotidian.store.cluster.replica import Replica

_KILL: Final = (
    "KILL QUERY WHERE query_id LIKE '{family}epoch\\\\_%' AND query_id NOT LIKE '{own}-%' "
    "AND query_id NOT LIKE '{own}\\\\_%' SYNC"
)
_DATABASES: Final = "SELECT name FROM system.databases"


def depose_others(replica: Replica, names: Names, epoch: int) -> None:
    """See to it that no engine of an earlier epoch changes anything on a server. Raises Deposed if this one is."""
    require_epoch(replica, names, epoch)
    own = names.of_epoch(epoch)
    replica.rows(_KILL.replace("{family}", names.family).replace("{own}", own))
    for database, other in _epochs(replica, names):
        if other <= epoch:
            replica.rows(f"DROP DATABASE IF EXISTS `{database}`")


def require_epoch(replica: Replica, names: Names, epoch: int) -> None:
    """Raise Deposed if an engine of a later epoch leads."""
    latest = max((other for _, other in _epochs(replica, names)), default=0)
    if latest > epoch:
        raise Deposed(
            f"Another engine leads now: its epoch on {replica.host} is {latest}, and this one's {epoch}; "
            "nothing is changed"
        )


def _epochs(replica: Replica, names: Names) -> list[tuple[str, int]]:
    """The databases of engines that lead or led, and their epochs."""
    found = [name for (name,) in replica.rows(_DATABASES)]
    return [(name, epoch) for name in found if (epoch := names.epoch_in(name)) is not None]
