"""Deliver events as Currents does: some of them late, some of them twice, one event type a file."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quotidian.demo.avro import schema, write_container
from quotidian.demo.fields import Encoder, schema_fields
from quotidian.demo.funnels import TYPES
from quotidian.demo.people import DAY, Calendar
from quotidian.demo.records import Events, grouped, no_events

CONNECTOR = "dataexport.prod-01.S3.integration.6f1d2c3b4a5968778695a4b3"
ZONE = "us-east-1a"
SCHEMA_IDS = {True: "461", False: "468"}  # the older ones, for the first part of the demo, and the newer
OLDER_UNTIL = 0.4  # of the demo's days
MAX_RECORDS = 100_000  # a file

LATE, LATE_DAYS = 0.01, 5  # share of the events, and the longest delay in days
TWICE, TWICE_DAYS = 0.005, 2


@dataclass
class Tally:
    """What was delivered so far."""

    events: int = 0
    duplicates: int = 0
    late: int = 0
    files: int = 0
    records: int = 0


class Post:
    """Holds events until the day they arrive. After the calendar's last day comes one more delivery, of duplicates."""

    def __init__(self, calendar: Calendar, seed: int) -> None:
        self.calendar = calendar
        self.tally = Tally()
        self._random = np.random.default_rng([seed, 3])
        self._waiting: list[list[Events]] = [[] for _ in range(calendar.days + 1)]

    def accept(self, events: Events) -> None:
        """Take in events, and put each on the pile of its day: mostly the day on which it happens."""
        last = self.calendar.days - 1
        happens = (events["time"] - self.calendar.start) // DAY
        delay = self._random.integers(1, LATE_DAYS + 1, len(events)) * (self._random.random(len(events)) < LATE)
        arrives = np.minimum(happens + delay, last)
        self._put(events, arrives)
        # A copy comes on a later day, so always in another file.
        twice = self._random.random(len(events)) < TWICE
        copies = arrives[twice] + self._random.integers(1, TWICE_DAYS + 1, twice.sum())
        self._put(events[twice], np.minimum(copies, last + 1))
        self.tally.events += len(events)
        self.tally.late += int((arrives > happens).sum())
        self.tally.duplicates += int(twice.sum())

    def _put(self, events: Events, arrives: NDArray[np.int64]) -> None:
        for day, pile in grouped(events, arrives):
            self._waiting[day].append(pile)

    def collect(self, day: int) -> Iterator[tuple[str, Events]]:
        """What arrives on a day, by event type."""
        events = np.concatenate([no_events(), *self._waiting[day]])
        self._waiting[day] = []
        for code, batch in grouped(events, events["type"]):
            yield TYPES[code], batch


@dataclass(frozen=True)
class Delivery:
    """One file to be: events of one type that arrive together. `offset` counts the type's records before it."""

    event_type: str
    events: Events
    day: int
    offset: int

    def write(self, folder: Path, calendar: Calendar, encoder: Encoder) -> None:
        """Write the file at its place below `folder`."""
        older = self.day < OLDER_UNTIL * calendar.days
        path = folder / self._path(calendar, older)
        path.parent.mkdir(parents=True, exist_ok=True)
        writer_schema = schema(self.event_type, schema_fields(self.event_type, older=older))
        codec = "null" if (TYPES.index(self.event_type) + self.day) % 10 == 0 else "deflate"
        write_container(path, writer_schema, codec, encoder.blocks(self.event_type, self.events, older=older))

    def _path(self, calendar: Calendar, older: bool) -> Path:
        last = calendar.days - 1  # the delivery after it comes at noon of the same day
        when = f"date={calendar.date(min(self.day, last)).isoformat()}-{'12' if self.day > last else '00'}"
        name = f"{CONNECTOR}+0+{self.offset:010d}.avro"
        return Path(CONNECTOR, f"event_type={self.event_type}", when, SCHEMA_IDS[older], ZONE, name)


class Deliveries:
    """Cuts what arrives into files, and counts them."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self._offsets: Counter[str] = Counter()

    def of_day(self, day: int) -> Iterator[Delivery]:
        """The files of a day."""
        for event_type, events in self.post.collect(day):
            for at in range(0, len(events), MAX_RECORDS):
                batch = events[at : at + MAX_RECORDS]
                yield Delivery(event_type, batch, day, self._offsets[event_type])
                self._offsets[event_type] += len(batch)
                self.post.tally.files += 1
                self.post.tally.records += len(batch)
