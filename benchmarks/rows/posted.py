"""One posted event of each kind into large stores, of the last day and of one 40 days before, until it is served."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from time import perf_counter, sleep

from benchmarks.tools.events import CUSTOM_EVENT, Event, event, start_of
from benchmarks.tools.outcome import Outcome, Wrong
from benchmarks.tools.posting import (
    Number,
    custom_event,
    entries,
    kpi,
    of_campaign,
    of_emails,
    post,
    purchases,
    sessions,
    size,
    until_quiet,
)
from benchmarks.tools.processes import cpu_seconds
from benchmarks.tools.quotidian import Server
from benchmarks.tools.stores import LAST_DAY, LargeStore, kept, large_stores, new_store
from benchmarks.tools.world import World

AGES = {0: 2.0, 40: 5.0}
"""Days before the last, and in how many seconds an event of such a day is to be served."""

_PATIENCE = 600
_LOOK_SECONDS = 0.02
_LONGEST_REST = 5.0
_PRICE = 10.0
_RESTING = 1_000  # users whose numbers are multiples of this have no sessions on the two days (stores/*.sql)


@dataclass(frozen=True)
class Times:
    """Seconds by kind of event, until it was served; and the seconds of CPU of the engine meanwhile, on average."""

    seconds: dict[str, float]
    cpu_seconds: float

    @property
    def slowest(self) -> float:
        """The seconds of the slowest kind."""
        return max(self.seconds.values())

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {seconds:.2f}" for name, seconds in self.seconds.items())
        return f"{self.slowest:.2f} s ({kinds}), {self.cpu_seconds:.2f} s of CPU each"


@dataclass(frozen=True)
class _Kind:
    """A kind of event to post, at a second of the day, and the numbers that it adds so much to."""

    name: str
    type: str
    second: int
    properties: Mapping[str, object]
    adds: tuple[tuple[Number, float], ...]
    by_someone_new: bool = False


def measure(world: World) -> Iterator[Outcome]:
    """Each kind is posted by itself, when the engine is idle; beside the same in a data folder without events."""
    for store in large_stores(world):
        for age, most in AGES.items():
            ours, theirs = posted(world, store, age), posted(world, store, age, without_events=True)
            yield Outcome(
                f"one posted event, {age} days old, into {store}" if age else f"one posted event of today into {store}",
                str(ours),
                "no events",
                str(theirs),
                f"{ours.slowest / theirs.slowest:.1f} ×",
                f"≤ {most:.0f} s",
                ours.slowest <= most if world.is_full else None,
            )


def posted(world: World, store: LargeStore, age: int, *, without_events: bool = False) -> Times:
    """Medians of the seconds until an event of each kind is served."""
    name = store.name if without_events else str(store)
    return world.once(("posted", name, without_events), lambda: _post_all(world, store, without_events))[age]


def _post_all(world: World, store: LargeStore, without_events: bool) -> dict[int, Times]:
    quotidian = new_store(world, store) if without_events else kept(world, store).copy(world)
    with quotidian.serve() as server:
        if without_events:
            # Campaigns, canvases and names must be known, to be asked for.
            _post_each(server, store, LAST_DAY, 0)
        return {age: _post_some(world, server, store, LAST_DAY - timedelta(days=age)) for age in AGES}


def _post_some(world: World, server: Server, store: LargeStore, day: date) -> Times:
    cpu_before = cpu_seconds(server.engine)
    runs = [_post_each(server, store, day, run + 1) for run in range(world.sizes.runs)]
    cpu = cpu_seconds(server.engine) - cpu_before
    seconds = {name: median(run[name] for run in runs) for name in runs[0]}
    return Times(seconds, cpu / len(runs) / len(seconds))


def _post_each(server: Server, store: LargeStore, day: date, run: int) -> dict[str, float]:
    """Post an event of each kind by a user that the store has; what each waits for includes what it explains."""
    user = f"user-{run * _RESTING % store.users}"
    seconds: dict[str, float] = {}
    for kind in _kinds(store):
        run_id = secrets.token_hex(8)
        by = f"new-{run_id}" if kind.by_someone_new else user
        new = event(kind.type, run_id, start_of(day) + kind.second, by, **kind.properties)
        until_quiet(server, _PATIENCE)
        # After a rollup the engine rests as long as it took; an event that is alone does not come then.
        sleep(min(_LONGEST_REST, max(seconds.values(), default=0.0)))
        seconds[kind.name] = _until_served(server, day, kind, new)
    until_quiet(server, _PATIENCE)
    return seconds


def _until_served(server: Server, day: date, kind: _Kind, new: Event) -> float:
    expected = [number(server, day) + more for number, more in kind.adds]
    started = perf_counter()
    post(server, [new])
    while perf_counter() - started < _PATIENCE:
        found = [number(server, day) for number, _ in kind.adds]
        if all(abs(one - other) < 1e-6 for one, other in zip(found, expected, strict=True)):
            return perf_counter() - started
        sleep(_LOOK_SECONDS)
    raise Wrong(f"a posted {kind.name} of {day}: {found} instead of {expected} is served")


def _kinds(store: LargeStore) -> Iterator[_Kind]:
    campaign = {"campaign_id": store.campaign, "message_variation_id": f"{store.campaign}-0"}
    noon, minute = 43_200, 60
    yield _Kind("session", "behaviors.app.SessionStart", noon, {}, ((sessions, 1), (kpi("dau"), 1)))
    yield _Kind("send", "messages.email.Send", noon, campaign, ((of_emails(store.campaign, "sent"), 1),))
    yield _Kind("open", "messages.email.Open", noon + minute, campaign, ((of_emails(store.campaign, "opens"), 1),))
    yield _Kind(
        "conversion",
        "campaigns.Conversion",
        noon + 2 * minute,
        {**campaign, "conversion_behavior_index": 0},
        ((of_campaign(store.campaign, "conversions"), 1), (of_campaign(store.campaign, "conversions_by_send_time"), 1)),
    )
    yield _Kind(
        "purchase",
        "behaviors.Purchase",
        noon + 3 * minute,
        {"product_id": "product-0", "price": _PRICE, "currency": "USD"},
        ((purchases, 1), (of_campaign(store.campaign, "revenue"), _PRICE)),
    )
    canvas = {"canvas_id": "canvas", "canvas_variation_id": "variant-0"}
    yield _Kind("canvas entry", "canvas.Entry", noon, canvas, ((entries("canvas"), 1),))
    name = {"name": CUSTOM_EVENT}
    yield _Kind("custom event", "behaviors.CustomEvent", noon, name, ((custom_event(CUSTOM_EVENT), 1),))
    yield _Kind("segment's member", "messages.email.Send", noon, campaign, ((size("reached"), 1),), by_someone_new=True)
