"""The curve: what new events cost in dense stores of growing sizes, beside the smallest."""

from collections.abc import Callable, Iterator

from benchmarks.rows.new_events import loaded
from benchmarks.rows.posted import AGES, posted
from benchmarks.rows.stream import streamed
from benchmarks.tools.outcome import Outcome
from benchmarks.tools.stores import LargeStore, dense_stores
from benchmarks.tools.world import World

_FLAT = 1.3  # so much more is noise


def measure(world: World) -> Iterator[Outcome]:
    """The figures of the rows before this one, which are measured here if they were not."""
    lines: dict[str, Callable[[LargeStore], float]] = {
        f"a load of {world.sizes.new_events:,} new events": lambda store: loaded(world, store).seconds,
        f"CPU of a load of {world.sizes.new_events:,} new events": lambda store: loaded(world, store).cpu_seconds,
        **{f"one posted event, {age} days old, the slowest kind": _slowest(world, age) for age in AGES},
        **{f"CPU of one posted event, {age} days old, on average": _cpu(world, age) for age in AGES},
        "1,000 events/s, fresh at the 99th percentile": lambda store: streamed(world, store).fresh_p99,
        "1,000 events/s, answers at the 99th percentile": lambda store: (
            streamed(world, store).latency_p99_millis / 1000
        ),
    }
    stores = dense_stores(world)
    for name, figure in lines.items():
        figures = [figure(store) for store in stores]
        ratio = figures[-1] / figures[0]
        yield Outcome(
            f"curve: {name}",
            "; ".join(f"{store}: {_told(seconds)}" for store, seconds in zip(stores, figures, strict=True)),
            str(stores[0]),
            _told(figures[0]),
            f"{ratio:.2f} ×",
            f"≤ {_FLAT} ×",
            ratio <= _FLAT if world.is_full else None,
        )


def _slowest(world: World, age: int) -> Callable[[LargeStore], float]:
    return lambda store: posted(world, store, age).slowest


def _cpu(world: World, age: int) -> Callable[[LargeStore], float]:
    return lambda store: posted(world, store, age).cpu_seconds


def _told(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
