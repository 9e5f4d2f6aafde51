"""The costs of the parts, from loads that were measured."""

from collections.abc import Callable
from typing import Final, NamedTuple

from benchmarks.scaling.parts import Parts
from benchmarks.tools.metered import NODE, READER
from benchmarks.tools.metered_loads import FIRST, KEEPER, POSTGRESQL, SECOND, Load

_MILLION: Final = 1_000_000
_NANOS: Final = 1_000_000_000


class Pair(NamedTuple):
    """Two loads of the same days; the second has several times the events."""

    small: Load
    large: Load

    def per_million(self, cost: Callable[[Load], float]) -> float:
        """What a million more events cost, on the days that there were."""
        more = self.large.told.events - self.small.told.events
        return max(0.0, (cost(self.large) - cost(self.small)) * _MILLION / more)

    def per_point(self, cost: Callable[[Load], float]) -> float:
        """What is left of the small load's cost without its events, in millionths for each point it published."""
        rest = cost(self.small) - self.per_million(cost) * self.small.told.events / _MILLION
        return max(0.0, rest) * _MILLION / self.small.told.points


class Loads(NamedTuple):
    """Loads on one shard and on two, on one with a second replica, and with the series in PostgreSQL.

    After the large one on one shard, `stored` events were stored of one more day, and a few new ones of it loaded.
    """

    one: Pair
    two: Pair
    replicated: Load
    in_postgresql: Load
    stored: int
    events_per_batch: float


def parts_of(loads: Loads, measured_on: str) -> Parts:
    """The costs of a million events, and the others."""
    one, two, replicated, in_postgresql = loads.one, loads.two, loads.replicated, loads.in_postgresql
    published = in_postgresql.told.points
    taking = _statements("take", NODE)
    take, dedup, insert = (one.per_million(_statements(kind, FIRST)) for kind in ("take", "dedup", "insert"))
    return Parts(
        read=one.per_million(lambda load: load.of(READER)),
        node=one.per_million(_phase("load", NODE)),
        spread=max(0.0, two.per_million(taking) - one.per_million(taking)),
        roll_up_on_node=one.per_million(_phase("roll_up", NODE)),
        take=take,
        dedup=dedup,
        insert=insert,
        mark=max(0.0, one.per_million(_phase("load", FIRST)) - take - dedup - insert),
        roll_up=one.per_million(_phase("roll_up", FIRST)),
        merge=one.per_million(_phase("merge", FIRST)),
        fetch=replicated.of(SECOND) * _MILLION / replicated.told.events,
        keepers=replicated.of(KEEPER) * _MILLION / replicated.told.events,
        dedup_nanos_per_stored=_NANOS * one.large.beside_stored("dedup", FIRST) / loads.stored,
        events_per_batch=loads.events_per_batch,
        bytes_per_event=one.small.bytes_per_event,
        points_per_million=one.small.told.points * _MILLION / one.small.told.events,
        node_micros_per_point=one.per_point(_phase("roll_up", NODE)),
        shard_micros_per_point=one.per_point(_phase("roll_up", FIRST)),
        postgresql_micros_per_point=_MILLION * in_postgresql.in_phase("roll_up", POSTGRESQL) / published,
        measured_on=measured_on,
    )


def _phase(phase: str, end: str) -> Callable[[Load], float]:
    return lambda load: load.in_phase(phase, end)


def _statements(kind: str, end: str) -> Callable[[Load], float]:
    return lambda load: load.in_statements(kind, end)
