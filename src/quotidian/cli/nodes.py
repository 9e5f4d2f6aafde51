"""The nodes of one series store, for `quotidian status`."""

from collections.abc import Iterator, Sequence
from time import perf_counter

import msgspec
from rich.filesize import decimal
from sqlalchemy import Engine, select

from quotidian.control.leader import Leader
from quotidian.control.nodes import Node
from quotidian.domain.counts import counted
from quotidian.domain.days import iso_of
from quotidian.engine.leading import node_name
from quotidian.settings import Settings
from quotidian.store.place import SeriesPlace
from quotidian.store.series_dialect import dialect_of
from quotidian.store.tables import turn


class ToldDatabase(msgspec.Struct, frozen=True):
    """The database of the series: where it is, its version, what is known against it, how long it takes to answer."""

    place: str
    version: str
    danger: str
    milliseconds: float

    def lines(self) -> list[str]:
        """As a person reads it."""
        return [f"{self.place}: {self.danger or self.version}, answers in {self.milliseconds:,.1f} ms"]


class ToldLeader(msgspec.Struct, frozen=True):
    """Who leads, or led last: the node, its command, since when, and how many have led until then."""

    node: str
    command: str
    since: str
    epoch: int

    def lines(self) -> list[str]:
        """As a person reads it."""
        return [f"{self.node}, with `quotidian {self.command}`, since {self.since} (epoch {self.epoch})"]


class ToldNode(msgspec.Struct, frozen=True):
    """A node, by what it said last, which was `seen_seconds` ago."""

    name: str
    role: str
    version: str
    host: str
    is_live: bool
    seen_seconds: float
    leads: bool
    busy_with: str
    trouble: str
    waiting: int
    waiting_bytes: int
    waiting_seconds: float

    def lines(self) -> list[str]:
        """As a person reads it."""
        does = "leads" if self.leads else "follows"
        state = does if self.is_live else f"not seen for {self.seen_seconds:,.0f} s"
        busy = f", busy with {self.busy_with}" if self.busy_with and self.is_live else ""
        trouble = f"; {self.trouble}" if self.trouble else ""
        waits = (
            f"; in its inbox {counted(self.waiting, 'request')}, {decimal(self.waiting_bytes)}" if self.waiting else ""
        )
        return [f"{self.name} ({self.role}, {self.version}, on {self.host}): {state}{busy}{waits}{trouble}"]


def told_of_database(place: SeriesPlace, series: Engine) -> ToldDatabase:
    """Ask the database. Raises DatabaseError if it does not answer."""
    dialect = dialect_of(series)
    with series.connect() as connection:
        begun = perf_counter()
        connection.execute(select(turn.c.version)).one()
        milliseconds = (perf_counter() - begun) * 1_000
    return ToldDatabase(
        place.name, f"{dialect.NAME} {dialect.version(series)}", dialect.danger(series), round(milliseconds, 3)
    )


def told_of_leader(leader: Leader | None) -> ToldLeader | None:
    """The leader, with its time as text."""
    return leader and ToldLeader(leader.node, leader.command, iso_of(leader.since), leader.epoch)


def told_of_node(node: Node, leader: Leader | None) -> ToldNode:
    """A node."""
    state, engine = node.state, node.state.engine
    return ToldNode(
        name=node.name,
        role=state.role,
        version=state.version,
        host=state.host,
        is_live=node.is_live,
        seen_seconds=round(node.seen_seconds, 1),
        leads=node.leads(leader),
        busy_with=engine.busy_with,
        trouble=engine.trouble,
        waiting=state.waiting,
        waiting_bytes=state.waiting_bytes,
        waiting_seconds=round(state.waiting_seconds, 1),
    )


def problems_of_nodes(nodes: Sequence[ToldNode], settings: Settings, version: str) -> Iterator[str]:
    """What is wrong among the nodes of a database, a sentence each."""
    live = [each for each in nodes if each.is_live]
    if live and not any(each.leads for each in live):
        yield "No node leads: events are acknowledged and wait, and no series change"
    for each in nodes:
        if not each.is_live:
            kept = f", with {counted(each.waiting, 'acknowledged request')} in its inbox" if each.waiting else ""
            yield f"The node {each.name!r} has not been seen for {each.seen_seconds:,.0f} seconds{kept}"
        elif each.trouble and each.name != node_name(settings):
            yield f"The node {each.name!r}: {each.trouble}"
    if others := sorted({each.version for each in live} - {version}):
        yield f"Nodes have other versions than this one's {version}: {', '.join(others)}"
