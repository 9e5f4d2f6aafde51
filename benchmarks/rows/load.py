"""Load: Currents files to published series, beside chDB alone and beside a loop over fastavro's records."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.processes import Finished, in_turns, middle, python
from benchmarks.tools.quotidian import Quotidian
from benchmarks.tools.world import DAYS, World
from quotidian.domain.channels import CHANNEL_BY_KEY, Count
from quotidian.domain.days import day_of


def measure(world: World) -> Iterator[Outcome]:
    """All processes are timed whole, with the start of Python."""
    data = world.load
    alone = world.folder / "chdb-alone"

    def ours() -> Finished:
        return world.new("load").ingest(data.folder)

    def chdb_alone() -> Finished:
        shutil.rmtree(alone, ignore_errors=True)
        return python("benchmarks.opponents.chdb_alone", data.folder, alone)

    def loop() -> Finished:
        return python("benchmarks.opponents.loop", data.folder)

    loaded, inserted = in_turns(world.sizes.runs, ours, chdb_alone)
    (looped,) = in_turns(world.sizes.loop_runs, loop)
    shutil.rmtree(alone, ignore_errors=True)
    _check_against(json.loads(looped[0].out), Quotidian(world.folder / "load", ""), world)
    seconds = middle(loaded)
    for name, theirs, least in (("chDB alone", middle(inserted), 0.55), ("a fastavro loop", middle(looped), 10.0)):
        yield Outcome(
            f"load, {data.events:,} events",
            f"{seconds:.1f} s ({data.events / seconds:,.0f} events/s)",
            name,
            f"{theirs:.1f} s",
            f"{theirs / seconds:.2f} ×",
            f"≥ {least} ×",
            theirs / seconds >= least if world.is_full else None,
        )


def _check_against(loop: dict[str, dict[str, Any]], quotidian: Quotidian, world: World) -> None:
    """What Quotidian published must be what the loop found."""
    first, last = map(day_of, (world.load.first_day, world.load.last_day))
    for name in ("dau", "mau", "new_users", "uninstalls"):
        found = [point[name] for point in quotidian.series(name, ending=world.load.last_day, days=DAYS)]
        check(name, found, [loop[name].get(str(day), 0) for day in range(first, last + 1)])
    for campaign in sorted({key.partition("/")[0] for key in loop["recipients"]}):
        points = quotidian.series("campaign", campaign, ending=world.load.last_day, days=DAYS)
        for day, point in enumerate(points, start=first):
            _check_point(loop, f"{campaign}/{day}", point)


def _check_point(loop: dict[str, dict[str, Any]], where: str, point: dict[str, Any]) -> None:
    check(f"recipients {where}", point["unique_recipients"], loop["recipients"].get(where, 0))
    check(f"revenue {where}", point["revenue"], loop["revenue"].get(where, 0) / 1_000_000)
    for index, suffix in enumerate(("", "1", "2", "3")):
        converted = [loop[name].get(f"{where}/{index}", 0) for name in ("conversions", "by_send_time")]
        keys = (f"conversions{suffix}", f"conversions{suffix}_by_send_time")
        check(f"{keys} {where}", [point.get(key, 0) for key in keys], converted)
    for key, elements in point["messages"].items():
        channel = CHANNEL_BY_KEY[key]
        for element in elements:
            if "enrolled" in element:
                continue
            for name, statistic in channel.statistics.items():
                if not isinstance(statistic, Count) or statistic.key == statistic.event:
                    of = f"{where}/{key}/{element['variation_api_id']}/{channel.family}.{statistic.event}"
                    counts = loop["counts" if isinstance(statistic, Count) else "uniques"]
                    check(f"{name} {of}", element[name], counts.get(of, 0))
