"""How many events a day a cluster takes: each part by itself, and so which is the limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from benchmarks.scaling.parts import Parts

_DAY_SECONDS: Final = 86_400
_MILLION: Final = 1_000_000
_NANO: Final = 1e-9
_MOST_EVENTS: Final = 1e15

READING: Final = "reading on the leader"
STORING: Final = "storing, a batch at a time"
SHARDS: Final = "the shards' processors"


class Fit(NamedTuple):
    """Events a day that a part takes."""

    part: str
    events: float


@dataclass(frozen=True)
class Fleet:
    """A leader and shards, a server each with so many cores, of which a share may be busy on average.

    What is assumed: all cores take part in what a shard or the reader does, users are spread evenly, and all events are
    of their day. So a batch is compared, on average, with half of the day's events.
    """

    parts: Parts
    shards: int
    cores: int = 16
    busy: float = 0.5

    def fits(self) -> dict[str, float]:
        """The events a day that each part takes."""
        loads = {READING: self._reading, STORING: self._storing, SHARDS: self._on_shards}
        return {part: self._most(load) for part, load in loads.items()}

    def limit(self) -> Fit:
        """The part that takes least."""
        return min((Fit(*each) for each in self.fits().items()), key=lambda fit: fit.events)

    def busy_with(self, events: float) -> dict[str, float]:
        """How busy each part is with so many events a day: 1 is always, of all of its cores."""
        return {READING: self._reading(events), STORING: self._storing(events), SHARDS: self._on_shards(events)}

    def seconds_to_compare(self, events: float) -> float:
        """How long a batch is compared, however small it is, at the end of a day with so many events."""
        return events / self.shards * self.parts.dedup_nanos_per_stored * _NANO / self.cores

    def _reading(self, events: float) -> float:
        """Of the leader's cores but one, which stores."""
        a_million = self.parts.read + self.parts.roll_up_on_node
        return a_million * events / _MILLION / (_DAY_SECONDS * (self.cores - 1))

    def _storing(self, events: float) -> float:
        """Of the leader's thread that stores: it works, and waits for the shards."""
        waiting = (self.parts.storing / self.shards + self._comparing(events)) / self.cores
        spreading = self.parts.spread if self.shards > 1 else 0.0
        return (self.parts.node + spreading + waiting) * events / _MILLION / _DAY_SECONDS

    def _on_shards(self, events: float) -> float:
        a_million = self.parts.on_shard / self.shards + self._comparing(events)
        return a_million * events / _MILLION / (_DAY_SECONDS * self.cores)

    def _comparing(self, events: float) -> float:
        """CPU seconds that each shard takes to look through its stored events, for a million events of all shards."""
        stored = events / self.shards / 2
        batches = _MILLION / self.parts.events_per_batch
        return stored * batches * self.parts.dedup_nanos_per_stored * _NANO

    def _most(self, load: Callable[[float], float]) -> float:
        """The events a day with which a part is as busy as it may be."""
        least, most = 0.0, _MOST_EVENTS
        while most - least > 1e-6 * most:
            middle = (least + most) / 2
            least, most = (middle, most) if load(middle) <= self.busy else (least, middle)
        return least


def shards_for(parts: Parts, events: float, cores: int, busy: float) -> int:
    """How many shards' processors are enough for so many events a day, whatever the leader may do."""
    shards = 1
    while Fleet(parts, shards, cores, busy).busy_with(events)[SHARDS] > busy:
        shards += 1
    return shards
