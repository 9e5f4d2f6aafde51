"""The lease of who leads, on a real PostgreSQL: one has it at a time, and who loses it is told."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from databases.daemon import started
from databases.postgres import Postgres, postgres_folder
from servers import wait_until
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from quotidian.control.nodes import NodeState, all_nodes, note_node
from quotidian.store.folder import DataFolder
from quotidian.store.lease import Lease
from quotidian.store.passing import can_pass
from quotidian.store.place import read_url
from quotidian.store.series import creating, open_series
from quotidian.store.series_dialect import server
from quotidian.store.turn import take_over
from quotidian.telemetry.heartbeat import EngineState

OURS = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'quotidian lease%'"


@pytest.fixture
def series(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("QUOTIDIAN_DATABASE_URL", database_url)
    folder = DataFolder(tmp_path / "data")
    folder.create()
    with creating(folder):
        pass
    engine = open_series(folder, "engine")
    yield engine
    engine.dispose()


@pytest.fixture
def looking(series: Engine, database_url: str) -> Iterator[psycopg.Connection]:
    """A session of somebody else."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def leases(series: Engine) -> Iterator[tuple[Lease, Lease]]:
    with closing(server().lease(series)) as first, closing(server().lease(series)) as second:
        yield first, second


def test_one_of_two_has_the_lease_until_it_is_given_back(leases: tuple[Lease, Lease]) -> None:
    first, second = leases
    assert first.take()
    assert not second.take()
    first.close()
    wait_until(second.take)


def test_who_says_nothing_for_seconds_loses_the_lease(leases: tuple[Lease, Lease]) -> None:
    first, second = leases
    assert first.take()
    wait_until(second.take, timeout=10)
    assert not first.take()


def test_who_leads_is_told_that_its_session_was_ended(
    leases: tuple[Lease, Lease], series: Engine, looking: psycopg.Connection
) -> None:
    first, second = leases
    lost: list[str] = []
    assert first.take()
    first.watch(take_over(series), lost.append)
    looking.execute(f"SELECT pg_terminate_backend(pid) FROM ({OURS}) AS ours")
    wait_until(lambda: lost)
    assert "its session has ended" in lost[0]
    wait_until(second.take)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE turn SET epoch = epoch + 1", "another engine leads, with epoch 2, and this one had 1"),
        ("UPDATE meta SET schema_version = 99", "the series store has schema 99 now"),
    ],
)
def test_who_leads_is_told_that_another_does_or_that_the_store_is_another_now(
    leases: tuple[Lease, Lease], series: Engine, looking: psycopg.Connection, change: str, why: str
) -> None:
    lost: list[str] = []
    assert leases[0].take()
    leases[0].watch(take_over(series), lost.append)
    looking.execute(change)
    wait_until(lambda: lost)
    assert why in lost[0]


def test_the_servers_clock_says_who_lives(series: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    state = NodeState("all", "0.1.0", "a.example", 7, 0.0, 0, 0, 0.0, EngineState(7, 0.0, 0.0, ""))
    monkeypatch.setattr("time.time", lambda: 0.0)
    note_node(series, "alpha", "first", state)
    monkeypatch.setattr("time.time", lambda: 4e9)
    with series.connect() as connection:
        assert [each.is_live for each in all_nodes(connection)] == [True]


def test_a_server_without_a_free_connection_is_waited_for() -> None:
    small = {"max_connections": "4", "superuser_reserved_connections": "0"}
    with postgres_folder() as folder, started(Postgres(folder, None, **small)) as postgres:
        engine = server().open_server(read_url(postgres.url()), "engine")
        with closing(server().lease(engine)) as lease, ExitStack() as held:
            for _ in range(int(small["max_connections"])):
                held.enter_context(psycopg.connect(postgres.url()))
            with pytest.raises(OperationalError) as refused:
                lease.take()
            assert can_pass(refused.value)
            held.close()
            wait_until(lambda: takes(lease))


def takes(lease: Lease) -> bool:
    try:
        return lease.take()
    except OperationalError:
        return False
