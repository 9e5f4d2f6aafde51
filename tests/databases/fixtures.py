"""Servers that tests share: each begins once a process that needs it, and every test has a database of its own.

A test may kill, pause or stop any of them: the next test's fixtures start what is down.
"""

from collections.abc import Iterator

import pytest

from databases.certificates import Certificate, make_certificate
from databases.clickhouse import ClickHouseCluster, clickhouse_cluster
from databases.daemon import started
from databases.postgres import Postgres, postgres_folder
from databases.redis_server import Redis


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """What servers with TLS show on loopback."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def shared_postgres(certificate: Certificate) -> Iterator[Postgres]:
    with postgres_folder() as folder, started(Postgres(folder, certificate)) as server:
        yield server


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Redis]:
    with started(Redis(tmp_path_factory.mktemp("redis"), certificate)) as server:
        yield server


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[ClickHouseCluster]:
    with clickhouse_cluster(tmp_path_factory.mktemp("cluster"), certificate=certificate) as cluster:
        yield cluster


@pytest.fixture
def postgres(shared_postgres: Postgres) -> Postgres:
    """PostgreSQL, which runs."""
    shared_postgres.start()
    return shared_postgres


@pytest.fixture
def database_url(postgres: Postgres) -> str:
    """The URL of a new and empty database."""
    return postgres.new_database()


@pytest.fixture
def redis(shared_redis: Redis) -> Redis:
    """Redis, which runs and has no keys."""
    shared_redis.start()
    shared_redis.empty()
    return shared_redis


@pytest.fixture
def cluster(shared_cluster: ClickHouseCluster) -> ClickHouseCluster:
    """ClickHouse with 2 shards of 2 replicas, which all run."""
    shared_cluster.start()
    return shared_cluster


@pytest.fixture
def events_url(cluster: ClickHouseCluster) -> Iterator[str]:
    """The URL of a new and empty database of the cluster."""
    name = cluster.new_database()
    yield cluster.url(name)
    cluster.start()
    cluster.drop(name)
