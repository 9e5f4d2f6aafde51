"""Copies events to another event store, a partition after the other.

A partition has arrived if both stores have as many events of each of its days, with the same checksums. So progress is
what is there, and nothing has to be noted: a copy that was killed goes on where it was. A partition that is there only
in part, or has changed since, is dropped and copied again.

Of what the event store keeps beside the events nothing is copied: all of it is made of the events, and the engine makes
it again of days that are in doubt (series/activity/active_days.py, series/segments/fulfilment.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from quotidian.domain.chunks import weighed_chunks
from quotidian.domain.days import Day, date_of
from quotidian.domain.errors import TaskFailed, UserError
from quotidian.domain.progress import Progress
from quotidian.move.partitions import Content, contents, sizes
from quotidian.store.events import EventStore
from quotidian.store.identity import Identity
from quotidian.store.slots import SLOT, SLOTS, slots_of_shards
from quotidian.store.sql import statement

MOST_EVENTS: Final = 2_000_000
"""Events in a file, about: some 400 MB."""

_PLAIN_DETAILS: Final = "CAST(details, 'Array(String)') AS details"
_SHOWN_DAYS: Final = 5


class _Chunk(NamedTuple):
    """Events that go in one file to one shard: of some days, and of the users of some slots."""

    shard: int
    first_day: Day
    last_day: Day
    first_slot: int
    last_slot: int


def copy_events(source: EventStore, target: EventStore, scratch: Path) -> Iterator[Progress]:
    """Copy all events that the target does not have yet, through files in a folder; counts events.

    Nobody may write to either store meanwhile. Raises UserError if the target has events of its own, TaskFailed if what
    has arrived is not what was sent, and StatementFailed; after the last two it can be called again. Until `finish` the
    target is taken for older than the series, so that no engine opens it.
    """
    _begin(source, target)
    wanted, there = sizes(source), sizes(target)
    for partition in there.keys() - wanted.keys():
        _drop(target, partition)
    total, done = wanted.total(), 0
    for partition, events in sorted(wanted.items()):
        content = contents(source, partition)
        if there[partition] != events or contents(target, partition) != content:
            _drop(target, partition)
            for copied in _copy(source, target, content, scratch):
                yield Progress(done + min(events, copied), total)
            _require_same(partition, content, contents(target, partition))
        done += events
        yield Progress(done, total)


def finish(source: EventStore, target: EventStore) -> None:
    """Say that the target has all that the source has."""
    target.identify(_identity(source))


def _begin(source: EventStore, target: EventStore) -> None:
    own, found = _identity(source), target.identity
    if found is None and not sizes(target):
        target.identify(Identity(own.fingerprint))
    elif found is None or found.fingerprint != own.fingerprint or found.batch not in (0, own.batch):
        raise UserError(
            "The event store that is moved to has other events already; a move needs one that is empty, or that has "
            "what an interrupted move of these events left there"
        )


def _identity(source: EventStore) -> Identity:
    if source.identity is None:
        raise RuntimeError("events are moved only where it is known to whom they belong: stores.open_events")
    return Identity(source.identity.fingerprint, source.identity.batch)


def _drop(target: EventStore, partition: int) -> None:
    target.run("ALTER TABLE quotidian.events DROP PARTITION %(partition)s", {"partition": partition})


def _copy(source: EventStore, target: EventStore, content: Mapping[Day, Content], scratch: Path) -> Iterator[int]:
    """Copy the events of some days; yields about how many were copied so far."""
    chunks = list(_chunks({day: each.events for day, each in content.items()}, slots_of_shards(target.shards)))
    events = sum(each.events for each in content.values())
    details = _PLAIN_DETAILS if source.exports_plain_arrays else "details"
    select = statement(__package__, "select_events").replace("{slot}", SLOT).replace("{details}", details)
    scratch.mkdir(exist_ok=True)
    for done, chunk in enumerate(chunks, start=1):
        with TemporaryDirectory(dir=scratch, prefix="move-") as folder:
            files = [Path(folder) / f"{number}.native" for number in range(source.shards)]
            source.export(select, chunk._asdict(), files)
            for file in files:
                with suppress(FileNotFoundError):
                    if file.stat().st_size:
                        target.insert_at(chunk.shard, "quotidian.events", file)
        yield events * done // len(chunks)


def _chunks(events: Mapping[Day, int], shards: Sequence[range]) -> Iterator[_Chunk]:
    """All events of some days, by the shards that have the ranges of slots."""
    for days in weighed_chunks(sorted(events), lambda day: events[day], MOST_EVENTS):
        number = sum(events[day] for day in days)
        for shard, slots in enumerate(shards):
            for piece in _pieces(slots, number * len(slots) // SLOTS // MOST_EVENTS + 1):
                yield _Chunk(shard, days[0], days[-1], piece[0], piece[-1])


def _pieces(slots: range, number: int) -> Iterator[range]:
    number = min(number, len(slots))
    for place in range(number):
        yield slots[len(slots) * place // number : len(slots) * (place + 1) // number]


def _require_same(partition: int, sent: Mapping[Day, Content], arrived: Mapping[Day, Content]) -> None:
    differing = sorted(day for day in sent.keys() | arrived.keys() if sent.get(day) != arrived.get(day))
    if differing:
        none = Content(0, 0)
        told = ", ".join(
            f"{date_of(day)}: {sent.get(day, none).events:,} sent, {arrived.get(day, none).events:,} arrived"
            for day in differing[:_SHOWN_DAYS]
        )
        raise TaskFailed(
            f"partition {partition} of the events has not arrived as it was ({told}); give the command again"
        )
