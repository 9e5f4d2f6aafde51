"""Disk: what the data folder takes, beside the files that were loaded; and what the past values of points add."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from random import Random

from benchmarks.tools.events import Event, event, start_of
from benchmarks.tools.outcome import Outcome
from benchmarks.tools.quotidian import Quotidian
from benchmarks.tools.world import World
from quotidian.demo.campaigns import CAMPAIGNS
from quotidian.store.sqlite import driver

_PIECES, _FEW_PIECES = 24, 4
_USERS = 100_000


def measure(world: World) -> Iterator[Outcome]:
    """Everything in the data folder counts: events, series, and what ClickHouse has not cleared away yet."""
    data = world.load
    ours, theirs = world.loaded.bytes / data.events, data.bytes / data.events
    pieces = _PIECES if world.is_full else _FEW_PIECES
    past, values = _history(world, data.events // 60, pieces)
    whole = ours + past
    yield Outcome(
        "disk",
        f"{ours:.0f} bytes an event",
        "the input's bytes (deflate)",
        f"{theirs:.0f} bytes an event",
        f"{ours / theirs:.2f} ×",
        "≤ 48 bytes an event",
        ours <= 48 if world.is_full else None,
    )
    yield Outcome(
        f"with the past of a day that comes in {pieces} pieces, {values:,} values of points",
        f"{past:.1f} bytes an event more",
        "the folder",
        f"{ours:.0f} bytes an event",
        f"{whole / ours:.2f} ×",
        "≤ 48 bytes an event together",
        whole <= 48 if world.is_full else None,
    )


def _history(world: World, events: int, pieces: int) -> tuple[float, int]:
    """Bytes of history for each of so many events of the last day, which come in pieces; and how many rows it has.

    The day is long past, so that each piece restates it: a day that is filled in time keeps a value an hour.
    """
    quotidian = Quotidian(world.folder / "restated", world.loaded.key)
    shutil.rmtree(quotidian.folder, ignore_errors=True)
    shutil.copytree(world.loaded.folder, quotidian.folder, symlinks=True)
    random = Random(1)
    for piece in range(pieces):
        file = world.folder / f"piece-{piece}.json"
        file.write_text(json.dumps({"events": list(_piece(world, random, piece, events // pieces))}))
        quotidian.ingest(file)
    with closing(driver.connect(quotidian.folder / "series.sqlite")) as connection:
        (values,) = connection.execute("SELECT count(*) FROM history").fetchone()
        sizes = []
        for forget in ("DELETE FROM history WHERE 0", "DELETE FROM history"):
            connection.execute(forget)
            connection.commit()
            connection.execute("VACUUM")
            ((pages, page_bytes),) = connection.execute("SELECT * FROM pragma_page_count, pragma_page_size").fetchall()
            sizes.append(pages * page_bytes)
    return (sizes[0] - sizes[1]) / events, values


def _piece(world: World, random: Random, piece: int, events: int) -> Iterator[Event]:
    """An hour of the last day: sends, opens and sessions of all campaigns."""
    first = start_of(world.load.last_day) + piece * 3600
    for number in range(events):
        kind = random.choices(("messages.email.Send", "messages.email.Open", "behaviors.app.SessionStart"), (3, 1, 4))[
            0
        ]
        named = {} if kind.startswith("behaviors") else {"campaign_id": random.choice(CAMPAIGNS).id}
        yield event(kind, f"{piece}-{number}", first + number % 3600, f"piece-{random.randrange(_USERS)}", **named)
