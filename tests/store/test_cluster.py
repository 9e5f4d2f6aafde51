"""The event store on a ClickHouse cluster of real servers: two shards of two replicas, and three keepers."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from databases.clickhouse import ClickHouse, ClickHouseCluster

from quotidian.domain.errors import Deposed, UserError
from quotidian.store.cluster import shard as shards
from quotidian.store.cluster.address import Address, read_address
from quotidian.store.cluster.cluster import Cluster
from quotidian.store.cluster.opening import Opening
from quotidian.store.cluster.replica import ConnectionLost, Replica
from quotidian.store.cluster.topology import servers_of
from quotidian.store.events import NoTables, StatementFailed
from quotidian.store.identity import Identity
from quotidian.store.passing import can_pass

pytestmark = pytest.mark.slow

Open = Callable[..., Cluster]
INSERT = "INSERT INTO quotidian.counted_days SELECT 'w', 1, toFixedString(%(user)s, 16), 1, maxState(toUInt32(1))"
MOST_TRIES = 30
"""Of a second each: a replica that is back has to begin a new session with its keepers."""
COUNT = "SELECT count() FROM quotidian.counted_days"


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for in these tests comes soon, or not at all."""
    monkeypatch.setattr(shards, "_SECOND_SECONDS", 1.0)
    monkeypatch.setattr(shards, "_SYNC_SECONDS", 5.0)


@pytest.fixture
def opened(events_url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the cluster as an engine does that leads in an epoch, or as one that reads; closed at the end."""
    found: list[Cluster] = []

    def open_it(epoch: int | None = 1, *, waits: bool = True, **changed: str) -> Cluster:
        address = Address(**{**vars(read_address(events_url)), **changed})
        found.append(Cluster(address, Opening(tmp_path, 1 << 30, epoch, "test", waits=waits)))
        return found[-1]

    yield open_it
    for each in found:
        each.close()


def add(store: Cluster, user: str) -> None:
    """Add a row to each shard."""
    store.run(INSERT, {"user": user})


def counts(store: Cluster) -> list[int]:
    """How many rows each shard has."""
    return [number for (number,) in store.rows(COUNT, {}, tuple[int])]


def assert_passes(what: Callable[[], object], code: int) -> None:
    """It fails with a code, in a way that passes by itself."""
    with pytest.raises(StatementFailed, match=rf"Code: {code}\b") as raised:
        what()
    assert can_pass(raised.value)


# Who leads


def test_an_engine_that_no_longer_leads_changes_nothing(opened: Open) -> None:
    before = opened(1)
    before.identify(Identity("ours"))
    before.run("CREATE TABLE found (user FixedString(16)) ENGINE = Memory")
    before.run("INSERT INTO found SELECT toFixedString('ana', 16)")
    opened(2)
    put = "INSERT INTO quotidian.counted_days SELECT 'w', 1, user, 1, maxState(toUInt32(1)) FROM found GROUP BY user"
    with pytest.raises(Deposed, match="epoch"):
        before.run(put)
    with pytest.raises(Deposed):
        before.note_batch(1)
    again = opened(3)
    assert (counts(again), again.batch) == ([0, 0], 0)
    with pytest.raises(Deposed):
        opened(2)


def test_a_cluster_knows_again_which_events_it_has_and_how_far_they_go(opened: Open) -> None:
    with pytest.raises(NoTables):
        opened(None)
    store = opened(1)
    assert not store.has_identity
    with pytest.raises(RuntimeError, match="to whom they belong"):
        store.note_batch(1)
    store.identify(Identity("ours"))
    store.note_batch(2)
    reading = opened(None)
    assert reading.identity
    assert (reading.identity.fingerprint, reading.batch) == ("ours", 2)


def test_a_prefix_keeps_two_event_stores_of_one_database_apart(opened: Open) -> None:
    one, other = opened(5, prefix="p_"), opened(1)
    add(one, "ana")
    assert (counts(one), counts(other)) == ([1, 1], [0, 0])


# What fails


def test_when_a_home_dies_its_sibling_answers_and_storing_waits_until_it_is_back(
    opened: Open, cluster: ClickHouseCluster, tmp_path: Path
) -> None:
    store = opened(1)
    add(store, "ana")
    home, sibling = cluster.replicas[0]
    home.kill()
    assert_passes(lambda: counts(store), 210)
    assert counts(store) == [1, 1]
    assert_passes(lambda: add(store, "bo"), 319)
    begin_batch(store, tmp_path, 319)
    cluster.start()
    begin_batch(store, tmp_path)
    sibling.kill()
    assert_passes(lambda: counts(store), 210)
    # What was stored while nobody could tell where is there, once.
    assert counts(store) == [2, 2]


def begin_batch(store: Cluster, folder: Path, code: int = 0) -> None:
    """Begin the same batch again, as a retry does, which finds all of it stored."""
    store.run("CREATE TABLE IF NOT EXISTS found (number UInt8) ENGINE = Memory")
    if code:
        assert_passes(lambda: store.insert_at(0, "found", folder / "nothing"), code)
        return
    for _ in range(MOST_TRIES):
        with suppress(StatementFailed):
            store.insert_at(0, "found", folder / "nothing")
            return
    pytest.fail("the replica that is back does not fetch what was stored meanwhile")


def test_with_two_replicas_it_can_go_on_with_one(opened: Open, cluster: ClickHouseCluster) -> None:
    store = opened(1, waits=False)
    cluster.replicas[1][1].kill()
    until_gone(cluster.replicas[1][0])
    add(store, "ana")
    cluster.start()
    add(store, "bo")
    cluster.replicas[1][0].kill()
    assert_passes(lambda: counts(store), 210)
    assert counts(store) == [2, 2]


def until_gone(sibling: ClickHouse) -> None:
    """Wait until the keepers have given a dead replica up, as its sibling sees it."""
    while sibling.rows("SELECT min(active_replicas) FROM system.replicas") != [(1,)]:
        pass


def test_a_replica_that_lacks_what_a_dead_one_has_answers_nothing(opened: Open, cluster: ClickHouseCluster) -> None:
    store = opened(1, waits=False)
    home, sibling = cluster.replicas[0]
    sibling.kill()
    until_gone(home)
    add(store, "ana")
    home.kill()
    sibling.start()
    assert_passes(lambda: counts(store), 210)
    with pytest.raises(ConnectionLost, match=r"Shard 1 cannot be asked.*Code: 234"):
        counts(store)
    home.start()
    assert counts(store) == [1, 1]


def test_without_a_shard_there_is_no_answer(opened: Open, cluster: ClickHouseCluster) -> None:
    store = opened(1)
    add(store, "ana")
    for each in cluster.replicas[1]:
        each.kill()
    assert_passes(lambda: counts(store), 210)
    with pytest.raises(ConnectionLost, match="Shard 2 cannot be asked"):
        add(store, "bo")
    with pytest.raises(ConnectionLost, match="Shard 2 cannot be asked"):
        opened(2)
    cluster.start()
    assert counts(store)[1] == 1


def test_without_keepers_events_are_read_and_not_stored(opened: Open, cluster: ClickHouseCluster) -> None:
    store = opened(1)
    add(store, "ana")
    cluster.keepers.kill()
    with pytest.raises(StatementFailed) as raised:
        add(store, "bo")
    assert can_pass(raised.value)
    assert counts(store) == [1, 1]
    cluster.start()
    add(store, "cy")
    assert counts(store)[0] >= 2


def test_a_paused_server_is_taken_for_dead(
    opened: Open, cluster: ClickHouseCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quotidian.store.cluster.replica._PING_SECONDS", 1)
    monkeypatch.setattr("quotidian.store.cluster.replica._HELLO_SECONDS", 1)
    monkeypatch.setattr("quotidian.store.cluster.replica._CONNECT_SECONDS", 1)
    store = opened(1)
    add(store, "ana")
    cluster.replicas[0][0].pause()
    assert_passes(store.tidy, 210)
    assert counts(store) == [1, 1]


def test_what_a_server_refuses_is_told_with_its_code_and_the_next_statement_works(opened: Open, tmp_path: Path) -> None:
    store = opened(1)
    nothing = tmp_path / "nothing.native"
    nothing.write_bytes(b"no blocks")
    with pytest.raises(StatementFailed, match=r"Code: 60\b.*absent"):
        store.run("SELECT * FROM quotidian.absent")
    with pytest.raises(StatementFailed, match="ends within a block"):
        store.insert_at(0, "quotidian.events", nothing)
    with pytest.raises(StatementFailed, match=r"Code: 60\b"):
        store.insert_at(1, "absent", nothing)
    assert counts(store) == [0, 0]


# What is said wrong


def test_a_wrong_password_cluster_or_host_is_told_without_the_password(
    events_url: str, cluster: ClickHouseCluster
) -> None:
    address = read_address(events_url)
    with pytest.raises(UserError, match="does not let the user quotidian in") as raised:
        servers_of(read_address(cluster.url("x", password="p@ss:w/rd%")))
    assert "p@ss" not in str(raised.value)
    with pytest.raises(UserError, match=r"knows no cluster 'other'.*it knows of_tests"):
        servers_of(Address(**{**vars(address), "cluster": "other"}))
    with pytest.raises(ConnectionLost, match=r"No server of events_url answers.*nowhere\.invalid"):
        servers_of(read_address("clickhouse://a:secret@nowhere.invalid:1,127.0.0.1:1/x?cluster=of_tests"))


def test_servers_are_asked_over_tls(cluster: ClickHouseCluster) -> None:
    server = cluster.replicas[0][0]
    url = cluster.url("x", replicas=[server], secure="1")
    trusting = read_address(f"{url}&verify=0")
    with closing(Replica(trusting, trusting.hosts[0], "test")) as replica:
        replica.connect()
        assert replica.rows("SELECT 1") == [(1,)]
    suspicious = read_address(url)
    with closing(Replica(suspicious, suspicious.hosts[0], "test")) as replica, pytest.raises(ConnectionLost):
        replica.connect()
