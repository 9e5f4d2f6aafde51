"""On which days each user fulfils each filter: kept in the event store, so that no rollup reads the events behind it.

Events are only added, so that whoever fulfils a filter on a day does so for ever, and what is put twice is put. Storing
a batch goes in steps: `find` notes who had events of which filter (did), and the caller notes these days as
doubtful, before the events are stored; afterwards `fulfil` finds what these users gained, the caller publishes or marks
what this changes (growth.py), and `put` keeps it; the days are trusted again. After a crash, and for a filter that is
new in the catalogue, `settle` takes the same steps for all events of the days in doubt, and marks what they change.
What takes events away must doubt everything, and then `forget` it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate, chain
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from quotidian.catalogue import segments_of
from quotidian.control.dirty_days import SEGMENTS, days_with_events
from quotidian.control.dirty_segments import SIZE, TALLIES, changing_days, mark
from quotidian.control.doubtful_filters import Doubt, doubt, doubtful, forget_filters, trust
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.channels import CUSTOM_EVENT, PURCHASE, RECEIPT_TYPES, SESSION_START
from quotidian.domain.chunks import weighed_chunks
from quotidian.domain.day_bits import BLOCK_DAYS, days_of_bits
from quotidian.domain.days import Day
from quotidian.domain.progress import Progress
from quotidian.domain.segments import ACTED, TYPES, Acted, Filter, Segment, filters_of
from quotidian.store.events import EventStore, Statements
from quotidian.store.series import writing
from quotidian.store.sql import statement
from quotidian.store.stores import Stores
from quotidian.store.sums import largest_of_each

ENDLESS_BLOCK: Final = -1_000_000
"""The block of filters that look back for ever: before the blocks of all days that there can be."""

FOR_EVER: Final = 2_147_483_647
"""A day after all days."""

_AT_ONCE: Final = 6_000_000
_DAYS_AT_ONCE: Final = 31
_STAGED: Final = ("did", "spans", "gained")
_KEPT: Final = (("fulfilled", "block"), ("counted_days", "intDiv(day, 64)"))
"""Tables of what is kept, and what their partitions are."""

Filters = Mapping[int, Filter | Acted]
"""Filters by key."""


Span = tuple[Day, Day]
"""A first day, and the day after the last."""


class Gained(NamedTuple):
    """What users gained, by the key of a filter: how many fulfil it anew in a span, and on which days these acted."""

    users: Mapping[int, Mapping[Span, int]]
    acted: Mapping[int, set[Day]]


class Looked(NamedTuple):
    """The events that are looked at: of some days in a table, all events or those of a batch (new_events).

    Of all users, or of those whose hash begins with a byte of a range.
    """

    workspace: str
    days: tuple[Day, ...]
    table: str = "quotidian.events"
    first_byte: int = 0
    last_byte: int = 255


def find(events: Statements, filters: Filters, looked: Looked) -> set[Doubt]:
    """Note who did what; returns the filters and days."""
    for name in _STAGED:
        empty(events, name)
    did_on_days = statement(__package__, "did_on_days").replace("{events}", looked.table)
    events.run(did_on_days, {**_values_of(filters), **looked._asdict()})
    rows = events.rows("SELECT DISTINCT filter, day FROM did", {}, tuple[int, Day])
    return {Doubt(key, day) for key, day in rows}


def fulfil(events: Statements, workspace: str, filters: Filters, did: Collection[Doubt]) -> Gained:
    """What those who did something gained; their events must be stored. It is staged for `put`."""
    of_did = {key: filters[key] for key in {each.filter for each in did}}
    several = {key: each for key, each in of_did.items() if each.at_least > 1}
    _find_spans(events, of_did.keys() - several.keys(), of_did)
    if several:
        _count_several(events, workspace, several, {each.day for each in did if each.filter in several})
    blocks = _blocks_of(of_did, did)
    values = {"workspace": workspace, "blocks": blocks, "blocks_in": tuple(blocks), "for_ever": FOR_EVER}
    values["endless_block"] = ENDLESS_BLOCK
    events.run(statement(__package__, "gained_days"), {**values, "keys_in": tuple(of_did)})
    return _gained(events, workspace)


def _find_spans(events: Statements, keys: Collection[int], filters: Filters) -> None:
    if keys:
        values = {"keys_in": tuple(keys), "for_ever": FOR_EVER, **_lists({key: filters[key] for key in keys})}
        events.run(statement(__package__, "spans_of_one"), values)


def _count_several(events: Statements, workspace: str, filters: Filters, days: Collection[Day]) -> None:
    values = {**_values_of(filters), "workspace": workspace, "for_ever": FOR_EVER}
    events.run(statement(__package__, "count_did"), {**values, "keys_in": tuple(filters), "days": tuple(days)})
    windows = {key: each.within_days for key, each in filters.items() if each.within_days}
    longest = max(windows.values(), default=0)
    # Within windows, days too far from these can change nothing.
    for keys, from_day, to_day in (
        (windows.keys(), min(days) - longest, max(days) + longest),
        (filters.keys() - windows.keys(), -FOR_EVER, FOR_EVER),
    ):
        if keys:
            looked_at = {"keys_in": tuple(keys), "from_day": from_day, "to_day": to_day}
            events.run(statement(__package__, "spans_of_several"), {**values, **looked_at})


def _blocks_of(filters: Filters, did: Iterable[Doubt]) -> list[int]:
    """The blocks with days on which events of these filters and days can make anybody fulfil them."""
    blocks: set[int] = set()
    for key, day in did:
        if within := filters[key].within_days:
            blocks.update(range(day // BLOCK_DAYS, (day + within - 1) // BLOCK_DAYS + 1))
        else:
            blocks.add(ENDLESS_BLOCK)
    return sorted(blocks)


def _gained(events: Statements, workspace: str) -> Gained:
    users: dict[int, dict[Span, int]] = defaultdict(dict)
    acted: dict[int, set[Day]] = defaultdict(set)
    values: dict[str, object] = {"acted": ACTED.key, "endless_block": ENDLESS_BLOCK}
    found = events.rows(statement(__package__, "gained_users"), values, tuple[int, Day, Day, int])
    for key, first, after, number in found:
        users[key][first, after] = users[key].get((first, after), 0) + number
    if found:
        values |= {"workspace": workspace, "first_block": min(first for _, first, _, _ in found) // BLOCK_DAYS}
        values["last_block"] = max(after - 1 for _, _, after, _ in found) // BLOCK_DAYS
        for key, block, bits in events.rows(statement(__package__, "gained_tallies"), values, tuple[int, int, int]):
            acted[key] |= days_of_bits(block, bits)
    return Gained(users, acted)


def mark_gained(connection: Connection, workspace: Workspace, gained: Gained) -> set[Day]:
    """Mark what a gain changes of which segments; returns the days that were marked."""
    known = days_with_events(connection, workspace.id, SEGMENTS)
    marks: dict[tuple[str, str], Collection[Day]] = {}
    for segment_id, segment in segments_of(connection, workspace).items():
        marks[segment_id, SIZE] = gains(gained, segment, known).keys()
        marks[segment_id, TALLIES] = acted_days(gained, segment)
    return mark(connection, workspace.id, marks)


def gains(gained: Gained, segment: Segment, known: Iterable[Day]) -> dict[Day, int]:
    """The days on which the size of a segment can change, of the days with events, and what its filters gained on each.

    A user who gained several is counted for each.
    """
    steps: dict[Day, int] = defaultdict(int)
    for key in segment.keys:
        for (first, after), users in gained.users.get(key, {}).items():
            steps[first] += users
            steps[after] -= users
    if not steps:
        return {}
    starts = sorted(steps)
    totals = [0, *accumulate(steps[start] for start in starts)]
    found = {day: totals[bisect_right(starts, day)] for day in changing_days(known, segment)}
    return {day: users for day, users in found.items() if users}


def acted_days(gained: Gained, segment: Segment) -> set[Day]:
    """The days on which those acted who fulfil a filter of a segment anew."""
    return set().union(*(gained.acted.get(key, ()) for key in segment.keys))


def put(events: Statements, workspace: str) -> None:
    """Keep what `fulfil` has found. Repeating this changes nothing."""
    events.run(statement(__package__, "put_gained"), {"workspace": workspace})
    for name in _STAGED:
        empty(events, name)


def empty(events: Statements, name: str) -> None:
    """Empty a table that only a step needs; make it if it is not there."""
    events.run(statement(__package__, f"create_{name}"))
    events.run(f"TRUNCATE TABLE {name}")


def settle(stores: Stores) -> Iterator[Progress]:
    """Find out who fulfils which filter on the days in doubt, in pieces. Repeating it after a crash is safe."""
    with stores.series.connect() as connection:
        work = [
            (workspace, found)
            for workspace in all_workspaces(connection)
            if (found := doubtful(connection, workspace.id))
        ]
    total = sum(len(set(chain(*found.values()))) for _, found in work)
    done = 0
    for workspace, found in work:
        for settled in _settle(stores, workspace, found):
            done += settled
            yield Progress(done, total)


def _settle(stores: Stores, workspace: Workspace, found: Mapping[int, list[Day]]) -> Iterator[int]:
    """Settle the doubts of a workspace; yields, after each chunk of days, how many were settled."""
    with writing(stores.series) as connection:
        filters = filters_of(segments_of(connection, workspace).values())
        forget_filters(connection, workspace.id, found.keys() - filters.keys())
    keys: dict[Day, frozenset[int]] = {}
    for key in found.keys() & filters.keys():
        for day in found[key]:
            keys[day] = keys.get(day, frozenset()) | {key}
    for together in sorted(set(keys.values()), key=sorted):
        wanted = {key: filters[key] for key in together}
        days = sorted(day for day, of_day in keys.items() if of_day == together)
        for chunk in weighed_days(stores.events, workspace.name, wanted, days):
            # No batch is stored meanwhile, of which the pieces of a chunk would see a part.
            with stores.changes.none():
                _settle_chunk(stores, workspace, wanted, chunk)
            yield len(chunk)


def _settle_chunk(stores: Stores, workspace: Workspace, filters: Filters, days: list[Day]) -> None:
    for gained in fulfil_days(stores.events, workspace.name, filters, days):
        with writing(stores.series) as connection:
            mark_gained(connection, workspace, gained)
        put(stores.events, workspace.name)
    with writing(stores.series) as connection:
        trust(connection, workspace.id, {Doubt(key, day) for key in filters for day in days})


def weighed_days(events: Statements, workspace: str, filters: Filters, days: list[Day]) -> Iterator[list[Day]]:
    """Some days (ascending), in chunks that can be looked at together."""
    weights = _weights(events, workspace, filters, days)
    return weighed_chunks(days, lambda day: weights.get(day, 0) * len(filters), _AT_ONCE, _DAYS_AT_ONCE)


def fulfil_days(events: Statements, workspace: str, filters: Filters, days: list[Day]) -> Iterator[Gained]:
    """What the events of some days give: in pieces by user, each of which is staged until the next is asked for."""
    weight = sum(_weights(events, workspace, filters, days).values())
    for first, last in pieces(weight * len(filters), _AT_ONCE):
        if did := find(events, filters, Looked(workspace, tuple(days), first_byte=first, last_byte=last)):
            yield fulfil(events, workspace, filters, did)


def _weights(events: Statements, workspace: str, filters: Filters, days: list[Day]) -> dict[Day, int]:
    """How many events the filters may look at on each day, on the shard that has most."""
    values = {"workspace": workspace, "types": _types(filters), "days": tuple(days)}
    return largest_of_each(events.rows(statement(__package__, "events_by_day"), values, tuple[Day, int]))


def pieces(weight: int, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of the first byte of users' hashes, so that each has about a share of a weight that is at most `most`."""
    number = min(256, weight // most + 1)
    for place in range(number):
        yield 256 * place // number, 256 * (place + 1) // number - 1


def doubt_all(connection: Connection, workspace: Workspace, days: Collection[Day]) -> None:
    """Doubt all filters on some days: nobody knows what was put of them."""
    filters = filters_of(segments_of(connection, workspace).values())
    doubt(connection, workspace.id, (Doubt(key, day) for key in filters for day in days))


def doubt_everything(connection: Connection) -> None:
    """Doubt all filters on all days that are known to have events."""
    for workspace in all_workspaces(connection):
        doubt_all(connection, workspace, days_with_events(connection, workspace.id, SEGMENTS))


def forget(events: EventStore) -> None:
    """Forget all that is kept: before all of it is doubted, because events may have been lost."""
    for table, partition in _KEPT:
        events.make_like("nothing", table)
        found = events.rows(f"SELECT DISTINCT {partition} FROM quotidian.{table}", {}, tuple[int])
        for each in {number for (number,) in found}:
            events.run(f"ALTER TABLE quotidian.{table} REPLACE PARTITION {each} FROM nothing")
        events.run("DROP TABLE nothing")


def _values_of(filters: Filters) -> dict[str, Any]:
    """What the statements that look for events of filters bind."""
    return {
        **_lists(filters),
        "types": _types(filters),
        "receipt_types": tuple(RECEIPT_TYPES),
        "session_start": SESSION_START,
        "custom_event": CUSTOM_EVENT,
        "purchase": PURCHASE,
    }


def _lists(filters: Filters) -> dict[str, list[Any]]:
    return {
        "keys": list(filters),
        "kinds": [each.type for each in filters.values()],
        "subjects": [each.subject for each in filters.values()],
        "within": [each.within_days or 0 for each in filters.values()],
        "enough": [each.at_least for each in filters.values()],
    }


def _types(filters: Filters) -> tuple[str, ...]:
    return tuple(sorted(set(chain(*(TYPES[each.type] for each in filters.values())))))
