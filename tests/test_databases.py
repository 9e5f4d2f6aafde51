"""The servers of tests do what tests expect of them: they come back on the same port with the same data."""

import socket
import ssl

import pytest
from clickhouse_driver.errors import Error
from databases.certificates import Certificate
from databases.clickhouse import CLUSTER, ClickHouseCluster
from databases.ports import HOST
from databases.postgres import Postgres
from databases.redis_server import Redis


def test_postgresql_that_was_killed_comes_back_with_what_was_committed(postgres: Postgres) -> None:
    postgres.run("CREATE TABLE kept AS SELECT 1 AS number")
    postgres.kill()
    assert not postgres.is_running
    postgres.start()
    assert postgres.run("SELECT number FROM kept") == "1"
    postgres.run("DROP TABLE kept")


def test_postgresql_that_is_paused_answers_nobody_until_it_goes_on(postgres: Postgres) -> None:
    postgres.pause()
    assert not postgres.is_ready()
    postgres.resume()
    assert postgres.is_ready()


def test_redis_that_was_killed_comes_back(redis: Redis) -> None:
    redis.kill()
    redis.start()
    assert redis.is_ready()


def test_servers_speak_tls(certificate: Certificate, redis: Redis, cluster: ClickHouseCluster) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate.certificate))
    for port in (redis.tls_port, *(each.ports.secure for each in cluster.each)):
        with socket.create_connection((HOST, port)) as plain, trusting.wrap_socket(plain, server_hostname=HOST) as tls:
            assert tls.version()


def test_postgresql_speaks_tls_to_whoever_trusts_its_certificate(certificate: Certificate, postgres: Postgres) -> None:
    encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    named = f"dbname=postgres sslmode=verify-full sslrootcert={certificate.certificate}"
    assert postgres.run(encrypted, named) == "t"


@pytest.mark.slow
def test_a_replica_and_a_keeper_that_were_killed_come_back(cluster: ClickHouseCluster) -> None:
    database = cluster.new_database()
    for shard, replicas in enumerate(cluster.replicas):
        for number, each in enumerate(replicas):
            path = f"'/test/{database}/{shard}/kept', '{number}'"
            each.rows(f"CREATE TABLE {database}.kept (n UInt8) ENGINE = ReplicatedMergeTree({path}) ORDER BY n")
    first, second = cluster.replicas[0]
    first.kill()
    with pytest.raises((Error, OSError)):
        first.rows("SELECT 1")
    second.rows(f"INSERT INTO {database}.kept SELECT 1")
    cluster.keepers.kill(cluster.keepers.each[:1])
    cluster.start()
    first.rows(f"SYSTEM SYNC REPLICA {database}.kept")
    assert first.rows(f"SELECT n FROM {database}.kept") == [(1,)]
    cluster.drop(database)


@pytest.mark.slow
def test_a_cluster_knows_its_shards_and_replicas(cluster: ClickHouseCluster) -> None:
    shards = {(number, each.ports.tcp) for number, shard in enumerate(cluster.replicas, 1) for each in shard}
    asked = f"SELECT shard_num, port FROM system.clusters WHERE cluster = '{CLUSTER}'"
    assert all({*found} == shards for found in cluster.on_each(asked))
