"""Every campaign's year as JSON lines in one answer, beside SQLite's own command that dumps the same rows."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from statistics import median

from benchmarks.tools.campaigns import LAST_DAY, SERIES_DAYS, campaign_id, served
from benchmarks.tools.outcome import Outcome, Skipped, check
from benchmarks.tools.processes import child_running, cpu_seconds, in_turns, peak_bytes, run
from benchmarks.tools.quotidian import HOST, Quotidian, Server
from benchmarks.tools.world import World
from quotidian.store.sqlite import driver

_DAYS = 365
_PATH = "/v1/campaigns/export"
_MIB = 2**20
_MB_A_SECOND = 100

# The days of the campaigns once more, earlier: a point is a text, and how it came to be does not matter here.
_EARLIER = """
INSERT OR IGNORE INTO points (series_id, day, workspace_id, kind_number, version, at, events, point)
SELECT series_id, day - :shift, workspace_id, kind_number, version, at, events,
    CAST('{"time":"' || date((day - :shift) * 86400, 'unixepoch') || substr(point, 20) AS BLOB)
FROM points WHERE day > :last - 100 AND series_id IN (SELECT id FROM series WHERE kind = 'campaign')
"""
_SAME_ROWS = """
SELECT '{"campaign_id":"' || subject || '",' || substr(point, 2)
FROM series JOIN points ON series_id = id WHERE kind = 'campaign' AND day > %d ORDER BY subject, day
"""


@dataclass(frozen=True)
class Sent:
    """All rows: their bytes and lines, and the processor time that it took to send or dump them."""

    size: int
    lines: int
    cpu_seconds: float


def measure(world: World) -> Iterator[Outcome]:
    """Processor time, not time: what a client takes from a socket is no work of the server."""
    if not shutil.which("sqlite3"):
        raise Skipped("there is no command sqlite3")
    quotidian = _with_a_year(world)
    with quotidian.serve() as server:
        worker = child_running(server.process, "quotidian.server.api_worker")
        _check(server)
        before = peak_bytes(worker)
        exports, dumps = in_turns(world.sizes.runs, lambda: _export(server, worker), lambda: _dumped(quotidian))
        memory = peak_bytes(worker) - before
    lines = world.sizes.campaigns * _DAYS
    check("lines and bytes", {(each.lines, each.size) for each in (*exports, *dumps)}, {(lines, exports[0].size)})
    ours, theirs = median(each.cpu_seconds for each in exports), median(each.cpu_seconds for each in dumps)
    rate = exports[0].size / 1e6 / ours
    yield Outcome(
        f"{world.sizes.campaigns:,} campaigns × {_DAYS} days as JSON lines, {exports[0].size / 1e9:.2f} GB",
        f"{ours:.1f} s of CPU, {rate:,.0f} MB/s, {memory / _MIB:.0f} MiB more",
        "`sqlite3` dumps the same rows",
        f"{theirs:.1f} s of CPU",
        f"{ours / theirs:.2f} ×",
        f"≥ {_MB_A_SECOND} MB/s",
        rate >= _MB_A_SECOND if world.is_full else None,
    )


def _with_a_year(world: World) -> Quotidian:
    """A copy of the campaigns' folder in which each has a point on each day of a year."""
    original = served(world)
    folder = original.folder.with_name(f"{original.folder.name}-year")
    if not folder.exists():
        shutil.copytree(original.folder, folder)
        with closing(driver.connect(folder / "series.sqlite")) as connection, connection:
            last = (LAST_DAY - LAST_DAY.replace(year=1970, month=1, day=1)).days
            for shift in range(SERIES_DAYS, _DAYS, SERIES_DAYS):
                connection.execute(_EARLIER, {"shift": shift, "last": last})
    return Quotidian(folder, original.key)


def _dumped(quotidian: Quotidian) -> Sent:
    first = (LAST_DAY - LAST_DAY.replace(year=1970, month=1, day=1)).days - _DAYS
    words = ("sqlite3", "-readonly", str(quotidian.folder / "series.sqlite"), _SAME_ROWS % first)
    count = run("sh", "-c", f"{shlex.join(words)} | wc -lc")
    lines, size = map(int, count.out.split())
    return Sent(size, lines, run("sh", "-c", f"{shlex.join(words)} > /dev/null").cpu_seconds)


def _check(server: Server) -> None:
    """Raise Wrong unless the last days of a campaign are what /campaigns/data_series says."""
    asked = {"campaign_id": campaign_id(1), "length": SERIES_DAYS, "ending_at": LAST_DAY}
    _, one = server.get("/campaigns/data_series", **asked)
    first = LAST_DAY - timedelta(days=SERIES_DAYS - 1)
    _, exported = server.get(_PATH, campaign_id=campaign_id(1), **{"from": first, "to": LAST_DAY})
    check("exported", exported.replace(b'"campaign_id":"%s",' % campaign_id(1).encode(), b""), one)


def _export(server: Server, worker: int) -> Sent:
    before, size, lines = cpu_seconds(worker), 0, 0
    first = LAST_DAY - timedelta(days=_DAYS - 1)
    connection = HTTPConnection(HOST, server.port, timeout=600)
    connection.request("GET", f"{_PATH}?format=ndjson&from={first}&to={LAST_DAY}", headers=server.headers)
    answer = connection.getresponse()
    while piece := answer.read(_MIB):
        size += len(piece)
        lines += piece.count(b"\n")
    connection.close()
    return Sent(size, lines, cpu_seconds(worker) - before)
