"""The nodes of one series store: servers on several machines, each of which says every few seconds how it is.

Where the series store is a file there is one node, and nothing is noted. The clock of the database decides who lives:
those of the machines may differ.
"""

from typing import Final

import msgspec
from sqlalchemy import Connection, Engine, delete, select

from quotidian.control.leader import Leader
from quotidian.domain.days import Micros
from quotidian.domain.errors import UserError
from quotidian.store.series import replace
from quotidian.store.series_dialect import dialect_of
from quotidian.store.tables import nodes
from quotidian.store.transactions import changing
from quotidian.telemetry.heartbeat import EngineState

BEAT_SECONDS: Final = 2
"""How often a node says how it is."""

LIVE_SECONDS: Final = 12
"""For how long a node is taken for alive after it has said so."""

_FORGOTTEN_SECONDS: Final = 30 * 86_400
_EMPTY_FORGOTTEN_SECONDS: Final = 3_600
_MICROS: Final = 1_000_000


class NodeState(msgspec.Struct, frozen=True):
    """What a node says of itself.

    `silent_seconds` is for how long its engine has given no sign of life, and `waiting…` what its own inbox has.
    """

    role: str
    version: str
    host: str
    pid: int
    silent_seconds: float
    waiting: int
    waiting_bytes: int
    waiting_seconds: float
    engine: EngineState


class Node(msgspec.Struct, frozen=True):
    """A node; `identity` is that of its inbox, and `seen_seconds` how long ago it said how it is."""

    name: str
    identity: str
    seen_seconds: float
    state: NodeState

    @property
    def is_live(self) -> bool:
        """Whether it is taken for alive."""
        return self.seen_seconds < LIVE_SECONDS

    def leads(self, leader: Leader | None) -> bool:
        """Whether it is the one that leads, and can: one that was killed or stopped has not said that it does not."""
        is_named = leader is not None and leader.node == self.name
        return is_named and self.is_live and self.state.engine.leads


def all_nodes(connection: Connection) -> list[Node]:
    """All nodes that were seen in the last hour, and those of the last month in whose inbox something waits; by name.

    Where machines come and go, each with a name of its own, those are missed that have something.
    """
    now = _now(connection)
    query = select(nodes.c.name, nodes.c.identity, nodes.c.seen_at, nodes.c.told).order_by(nodes.c.name)
    found = [
        Node(name, identity, max(0.0, (now - seen_at) / _MICROS), msgspec.json.decode(told, type=NodeState))
        for name, identity, seen_at, told in connection.execute(query)
    ]
    return [each for each in found if each.state.waiting or each.seen_seconds < _EMPTY_FORGOTTEN_SECONDS]


def note_node(series: Engine, name: str, identity: str, state: NodeState) -> None:
    """Note how a node is. Raises UserError if another that lives has the same name."""
    with changing(series) as connection:
        now = _now(connection)
        _require_name(connection, name, identity)
        told = msgspec.json.encode(state)
        replace(connection, nodes, [{"name": name, "identity": identity, "seen_at": now, "told": told}])
        connection.execute(delete(nodes).where(nodes.c.seen_at < now - _FORGOTTEN_SECONDS * _MICROS))


def require_name(series: Engine, name: str, identity: str) -> None:
    """Raise UserError if another node that lives has the name."""
    with series.connect() as connection:
        _require_name(connection, name, identity)


def _require_name(connection: Connection, name: str, identity: str) -> None:
    alive = _now(connection) - LIVE_SECONDS * _MICROS
    query = select(nodes.c.told).where(nodes.c.name == name, nodes.c.identity != identity, nodes.c.seen_at > alive)
    if told := connection.execute(query).scalar_one_or_none():
        other = msgspec.json.decode(told, type=NodeState)
        raise UserError(
            f"Another node is called {name!r} and lives: process {other.pid} on {other.host}; give this one a name of "
            "its own with the setting `node`"
        )


def forget_node(series: Engine, name: str, identity: str) -> None:
    """A node has ended as it should: it is no longer expected."""
    with changing(series) as connection:
        connection.execute(delete(nodes).where(nodes.c.name == name, nodes.c.identity == identity))


def _now(connection: Connection) -> Micros:
    return dialect_of(connection.engine).clock(connection)
