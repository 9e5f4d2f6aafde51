"""Processes that are killed, stopped and started again under load: nothing is lost, and nothing counts twice.

Each run draws a new seed and prints it; CHAOS_SEED repeats one, CHAOS_ROUNDS changes how many kills there are.
So what a run leaves out another does.
"""

import json
import os
import re
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from commands import Command, session, some_sessions
from conftest import Quotidian, days_between
from currents import write_avro, write_jsonl
from load import DAY, Connector, Loader, assert_all_counted, batches_of, numbered_batches, post, users_of
from oracle import SESSION
from servers import Server, answers, is_running, kill_group, serving, wait_until
from sqlalchemy import Engine, select
from test_whole_path import assert_equal_to_oracle, catalogue_of, dump, oracle_of
from worlds import World, make_world

from quotidian.domain.days import day_of
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series
from quotidian.store.tables import dead_letters, workspaces

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("CHAOS_SEED") or secrets.randbits(32))
ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or 8)
SMALL_STEPS = {"QUOTIDIAN_LOAD_BYTES": "20000"}


# A folder with two workspaces, and their worlds


class Tenant:
    """A workspace, the world that happens in it, and its way to the server: some by files, some live, some by both."""

    def __init__(self, quotidian: Quotidian, name: str, world: World, random: Random) -> None:
        self.name = name
        self.world = world
        self.files = quotidian.folder.path.parent / f"{name}-files"
        self.key = quotidian.key if name == "default" else quotidian.add_workspace(name, world.timezone, name)
        quotidian.import_catalogue(catalogue_of(world), workspace=name)
        half, either = len(world.events) // 2, len(world.events) // 10
        first, rest = world.events[: half + either], world.events[half:]
        write_avro(self.files / "avro", first[:half], records_per_file=20)
        for number, start in enumerate(range(half, len(first), 50)):
            write_jsonl(self.files / "lines" / f"{number}.jsonl.gz", first[start : start + 50], gzip=True)
        live = [*rest, *world.json_only, *world.duplicates, *world.broken, *world.unknown]
        # Events of all days in any order, and those that are late at the end.
        self.batches = batches_of([*random.sample(live, len(live)), *world.late], random, most=20)

    def assert_whole(self, server: Server, others: int = 0) -> None:
        """Every number is the oracle's beside that of `others`, and the dead letters are the bad events."""
        oracle = oracle_of(self.world)
        oracle.deliver(self.world.everything)
        days = days_between(self.world.first_day - timedelta(days=2), self.world.last_day + timedelta(days=16))
        assert_equal_to_oracle(Asking(server, self.key, self.world, others), oracle, days)
        with series_of(server.command.data) as engine:
            assert dead_records(engine, self.name) == sorted(map(canonical, self.world.broken))


class Asking:
    """A server, asked with a key; so many others, who had a session on each of a world's days, are left out."""

    def __init__(self, server: Server, key: str, world: World, others: int = 0) -> None:
        self._server = server
        self._key = key
        self._world = world
        self._others = others

    def data(self, path: str, **parameters: object) -> list[dict[str, Any]]:
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        response = self._server.client.get(path, params=given, headers={"Authorization": f"Bearer {self._key}"})
        assert response.status_code == 200, response.text
        points: list[dict[str, Any]] = response.json()["data"]
        key, days_after = COUNTING_OTHERS.get(path, ("", 0))
        first, last = self._world.first_day, self._world.last_day + timedelta(days=days_after)
        for point in points if key and "app_id" not in given else ():
            if str(first) <= point["time"] <= str(last):
                point[key] -= self._others
        return points


COUNTING_OTHERS = {
    "/kpi/dau/data_series": ("dau", 0),
    "/kpi/mau/data_series": ("mau", 29),
    "/sessions/data_series": ("sessions", 0),
}
"""The numbers that others are in, and for how many days after their last session: they use no app that has an id."""


class series_of:  # noqa: N801 - it reads like a function
    """The series store of a data folder that others have open too."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = open_series(DataFolder(folder))

    def __enter__(self) -> Engine:
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()


def dead_records(engine: Engine, workspace: str) -> list[str]:
    query = select(dead_letters.c.record).join(workspaces).where(workspaces.c.name == workspace)
    with engine.connect() as connection:
        return sorted(canonical(json.loads(record)) for record in connection.execute(query).scalars())


def canonical(record: object) -> str:
    """A record as text; integers beyond 64 bits are read as floats by some."""
    return json.dumps(record, sort_keys=True, default=str).replace(str(10**30), "1e+30")


# Kills


def kill_engine(server: Server) -> None:
    with suppress(ProcessLookupError):
        os.kill(server.engine() or 1 << 22, signal.SIGKILL)


def kill_worker(server: Server) -> None:
    with suppress(ProcessLookupError, IndexError):
        os.kill(server.workers()[0], signal.SIGKILL)


def kill_server(server: Server) -> None:
    server.kill()
    server.start()


def kill_first_process(server: Server) -> None:
    """The kernel ends the others; the port must be free then, and the event store too."""
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not server_is_left(server))
    server.start()


def server_is_left(server: Server) -> bool:
    group = os.fsencode(str(server.process.pid))
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_bytes().rpartition(b") ")[2].split()
            if fields[2] == group and fields[0] != b"Z":
                return True
    return False


KILLS: tuple[Callable[[Server], None], ...] = (kill_engine, kill_engine, kill_engine, kill_worker, kill_server)


def kills(random: Random, rounds: int) -> Iterator[Callable[[Server], None]]:
    """Kills in any order, but the server's among them often enough that the engine's back-off stays short."""
    for start in range(0, rounds, len(KILLS)):
        some = [*KILLS[:4], random.choice((kill_server, kill_first_process))]
        yield from random.sample(some, len(some))[: rounds - start]


def test_kills_at_any_moment_under_load_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    print(f"CHAOS_SEED={SEED}")
    random = Random(SEED)
    quotidian = Quotidian(tmp_path / "data")
    worlds = {
        "default": make_world(random.randrange(1 << 30), users=6, days=15, campaigns=3),
        "other": make_world(random.randrange(1 << 30), users=6, days=15, campaigns=2, timezone="America/New_York"),
    }
    tenants = [Tenant(quotidian, name, world, random) for name, world in worlds.items()]
    quotidian.close()
    command = Command(tmp_path / "data")
    with serving(command, tenants[0].key, **SMALL_STEPS) as server, ExitStack() as stack:
        connectors = [Connector(server, each.key, each.batches, Random(random.random())) for each in tenants]
        loaders = [Loader(command, each.files, "--workspace", each.name, **SMALL_STEPS) for each in tenants]
        threads: list[Connector | Loader] = [*connectors, *loaders]
        for thread in threads:
            stack.callback(thread.abandon)
            thread.start()
        for kill in kills(random, ROUNDS):
            time.sleep(random.choice((0.1, 1.0, 2.5)) * random.random())
            kill(server)
        for thread in threads:
            thread.stop()
        server.wait_until_drained()
        for tenant in tenants:
            tenant.assert_whole(server)
        assert_a_rebuild_changes_nothing(server)


OTHERS = 60_000
PUT_OTHERS = """
INSERT INTO quotidian.events (workspace, type, day, campaign_id, channel, variation_id, user, time, id_hash)
SELECT
    'default', arrayJoin([%(session)s, %(send)s]) AS type, %(first_day)s + intDiv(number, %(others)s) AS day,
    if(type = %(send)s, 'camp-others', ''), if(type = %(send)s, 'email', ''), if(type = %(send)s, 'v', ''),
    reinterpretAsFixedString(toUInt128(number %% %(others)s + 1)), day * 86400000000 + 43200000000, number
FROM numbers(%(others)s * %(days)s)
"""


def put_others(quotidian: Quotidian, world: World) -> None:
    """Put a session and a message of others on every day of a world into the store, as if they had been loaded."""
    values = {
        "first_day": day_of(world.first_day),
        "days": len(world.days),
        "others": OTHERS,
        "session": SESSION,
        "send": "users.messages.email.Send",
    }
    quotidian.events.run(PUT_OTHERS, values)
    quotidian.rebuild()


def test_kills_where_a_step_takes_long_enough_to_be_overtaken_lose_nothing_either(tmp_path: Path) -> None:
    """Nearly two million events of others on the same days: loads, live events and rollups come in between."""
    print(f"CHAOS_SEED={SEED}")
    random = Random(SEED)
    quotidian = Quotidian(tmp_path / "data")
    world = make_world(random.randrange(1 << 30), users=6, days=15, campaigns=3)
    tenant = Tenant(quotidian, "default", world, random)
    put_others(quotidian, world)
    quotidian.close()
    command = Command(tmp_path / "data")
    with serving(command, tenant.key, **SMALL_STEPS) as server, ExitStack() as stack:
        connector = Connector(server, tenant.key, tenant.batches, Random(random.random()))
        loader = Loader(command, tenant.files, **SMALL_STEPS)
        for thread in (connector, loader):
            stack.callback(thread.abandon)
            thread.start()
        for kill in kills(random, max(1, ROUNDS // 3)):
            time.sleep(3 * random.random())
            kill(server)
        connector.stop()
        loader.stop()
        server.wait_until_drained(timeout=180)
        tenant.assert_whole(server, OTHERS)
        sent = Asking(server, tenant.key, world).data(
            "/campaigns/data_series", campaign_id="camp-others", length=len(world.days), ending_at=world.last_day
        )
        assert [point["messages"]["email"][0]["sent"] for point in sent] == [OTHERS] * len(world.days)


def assert_a_rebuild_changes_nothing(server: Server) -> None:
    with series_of(server.command.data) as engine:
        before = dump(engine)
        server.command.run("rebuild")
        for was, is_now in zip(before, dump(engine), strict=True):
            assert is_now == was


# Stops


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "data")


def test_a_server_told_to_end_under_load_ends_in_time_and_has_counted_all_that_it_acknowledged(
    command: Command, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    for number in range(40):
        some_sessions(files / f"{number}.jsonl", [f"loaded {number} {n}" for n in range(100)], day="2024-03-29")
    with serving(command, command.init(), **SMALL_STEPS) as server, ExitStack() as stack:
        connectors = [Connector(server, server.key, numbered_batches(2_000)[n::2], Random(n)) for n in range(2)]
        loader = Loader(command, files, **SMALL_STEPS)
        threads: list[Connector | Loader] = [*connectors, loader]
        for thread in threads:
            stack.callback(thread.abandon)
            thread.start()
        wait_until(lambda: all(len(each.acknowledged) > 500 for each in connectors))
        server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=10)
        for connector in connectors:
            connector.abandon()
        server.start()
        loader.stop()
        server.wait_until_drained()
        assert_all_counted(server, *connectors)
        assert server.dau("2024-03-29") == 4_000


def test_an_engine_that_is_stuck_is_replaced(command: Command) -> None:
    with serving(command, command.init(), QUOTIDIAN_ENGINE_STUCK_SECONDS="8") as server:
        wait_until(server.engine)
        stuck = server.engine()
        os.kill(stuck, signal.SIGSTOP)
        post(server, session("ana", DAY))
        wait_until(lambda: server.dau() == 1)
        assert server.engine() != stuck
        assert not is_running(stuck)


def test_a_worker_that_is_stuck_is_replaced_and_the_others_stay(command: Command) -> None:
    with serving(command, command.init(), QUOTIDIAN_WORKER_STUCK_SECONDS="8") as server:
        wait_until(lambda: len(server.workers()) == 2)
        stuck, other = server.workers()
        os.kill(stuck, signal.SIGSTOP)
        wait_until(lambda: stuck not in server.workers() and len(server.workers()) == 2)
        assert other in server.workers()
        for _ in range(20):
            with server.client_of(server.key) as client:
                assert answers(client)


def test_an_engine_that_cannot_run_is_tried_ever_less_often_and_events_wait_for_it(command: Command) -> None:
    key = command.init()
    # Where the event store's folder should be.
    (command.data / "events").write_text("in the way")
    with serving(command, key) as server:
        wait_until(lambda: len(rests(server)) >= 5)
        post(server, session("ana", DAY))
        (command.data / "events").unlink()
        wait_until(lambda: server.dau() == 1)
        assert rests(server)[:5] == [0.0, 0.2, 0.5, 1.0, 2.0]


def rests(server: Server) -> list[float]:
    """Seconds before each of the engine's new beginnings, from the log."""
    return [float(each) for each in re.findall(r"it is started again in ([0-9.]+) s", server.log.read_text())]


def test_a_posted_event_is_soon_in_the_series_also_while_a_load_runs(command: Command, tmp_path: Path) -> None:
    files = tmp_path / "files"
    for number in range(224):
        day = f"2024-02-{number % 28 + 1:02}"
        some_sessions(files / f"{number}.jsonl", [f"{number} {n}" for n in range(100)], day=day)
    with serving(command, command.init(), **SMALL_STEPS) as server:
        assert_soon_in_the_series(server, "before", timeout=20)
        load = command.start("ingest", files)
        try:
            wait_until(lambda: '"engine_busy_with":"Ingest"' in command.here("status", "--format", "json").stdout)
            for number in range(3):
                assert_soon_in_the_series(server, f"meanwhile {number}", timeout=30)
            assert load.poll() is None
            out, err = load.communicate(timeout=300)
            assert load.returncode == 0, out + err
        finally:
            kill_group(load)
        assert server.dau("2024-02-01") == 800


def assert_soon_in_the_series(server: Server, app: str, timeout: float) -> None:
    post(server, session("ana", DAY, app_id=app))
    wait_until(lambda: users_of(server, app) == 1, timeout)
