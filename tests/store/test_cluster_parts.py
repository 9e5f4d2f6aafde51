"""What the event store on a cluster consists of, without servers: addresses, names, tables, identities, files."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from quotidian.domain.errors import LostEvents, UserError
from quotidian.store.cluster.address import Host, read_address
from quotidian.store.cluster.identity import Noted, of_all
from quotidian.store.cluster.layout import TABLES, made_like, replicated
from quotidian.store.cluster.names import Names, written_by
from quotidian.store.cluster.native import blocks_of
from quotidian.store.cluster.spread import Spreader
from quotidian.store.slots import SLOT, slots_of_shards
from quotidian.store.sql import statement

MEMORY = 1 << 30

# Addresses


def test_an_address_says_hosts_database_cluster_and_who_asks() -> None:
    found = read_address("clickhouse://me:p%40ss%3Aw%2Frd%25@one:9001,two,[::1]:7/events?cluster=all&prefix=p_")
    assert found.hosts == (Host("one", 9001), Host("two", 9000), Host("::1", 7))
    assert (found.database, found.cluster, found.prefix) == ("events", "all", "p_")
    assert (found.user, found.password) == ("me", "p@ss:w/rd%")
    assert read_address("clickhouse://one/x?cluster=c&secure=1").hosts == (Host("one", 9440),)


def test_an_address_does_not_tell_its_password() -> None:
    found = read_address("clickhouse://me:hu%40sh@one:9001/events?cluster=all")
    assert not any(each in f"{found} {found!r}" for each in ("hu@sh", "hu%40sh"))


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://me:pass@one/x?cluster=c", "must be like clickhouse://user"),
        ("clickhouse://me:pass@one:0/x?cluster=c", "not 'one:0'"),
        ("clickhouse://me:pass@one:65536/x?cluster=c", "not 'one:65536'"),
        ("clickhouse://me:pass@one,/x?cluster=c", "not ''"),
        ("clickhouse://me:pass@one?cluster=c", "a database"),
        ("clickhouse://me:pass@one/x-y?cluster=c", "not 'x-y'"),
        ("clickhouse://me:pass@one/x", "cluster=name"),
        ("clickhouse://me:pass@one/x?cluster=c'; DROP", "letters"),
        ("clickhouse://me:pass@one/x?cluster=c&prefix=a.b", "not 'a.b'"),
        ("clickhouse://me:pass@one/x?cluster=c&secure=yes", "secure='yes'"),
        ("clickhouse://me:pass@one/x?cluster=c&replicas=2", "'replicas'"),
    ],
)
def test_an_address_that_cannot_be_one_is_told_with_what_is_wrong(url: str, wrong: str) -> None:
    with pytest.raises(UserError) as raised:
        read_address(url)
    assert wrong in str(raised.value)
    assert "pass@" not in str(raised.value).replace("user:password@", "")


# Names and tables


def test_tables_of_the_event_store_are_named_as_the_address_says_and_others_are_left_alone() -> None:
    names = Names("main", "p_")
    assert names.of("SELECT * FROM quotidian.events, batch") == "SELECT * FROM `main`.`p_events`, batch"
    assert names.epoch_in(names.of_epoch(12)) == names.epoch_in(f"{names.of_epoch(12)}_3") == 12
    assert names.epoch_in(names.of_reader("ab")) is None
    assert names.epoch_in(Names("main", "").of_epoch(1)) is None


def test_a_statement_that_writes_to_a_table_of_the_event_store_is_known() -> None:
    assert written_by("/* store */ INSERT INTO quotidian.events SELECT 1") == "events"
    assert written_by("ALTER TABLE quotidian.first_days REPLACE PARTITION 1 FROM made") == "first_days"
    assert written_by("INSERT INTO new_events SELECT * FROM quotidian.events") is None


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_replicated_and_can_be_made_without_that(table: str) -> None:
    sql = statement("quotidian.store", f"create_{table}")
    assert "MergeTree('/path', 'here'" in replicated(sql, "/path", "here")
    assert "ENGINE = Replicated" in replicated(sql, "/path", "here")
    assert "CREATE TABLE IF NOT EXISTS own\n" in made_like("own", table)


# Identities


def noted(batch: int, shard: int, shards: int = 2, fingerprint: str = "ours") -> Noted:
    return Noted(fingerprint, batch, 1, 0, 10, shard, shards)


def test_a_batch_is_stored_when_every_shard_has_it() -> None:
    found = of_all([noted(4, 0), noted(3, 1)])
    assert found
    assert (found.fingerprint, found.batch, found.events) == ("ours", 3, 20)
    assert of_all([None, None]) is None


@pytest.mark.parametrize(
    ("shards", "wrong"),
    [
        ([noted(1, 0), noted(1, 1, fingerprint="theirs")], "ours, theirs"),
        ([noted(1, 1), noted(1, 0)], "Shard 1 of the cluster has the events of shard 2"),
        ([noted(1, 0), noted(1, 1), None], "spread over 2 shards, and the cluster has 3"),
        ([noted(1, 0)], "spread over 2 shards, and the cluster has 1"),
    ],
)
def test_shards_that_do_not_belong_together_are_refused(shards: list[Noted | None], wrong: str) -> None:
    with pytest.raises(UserError, match=wrong):
        of_all(shards)


def test_a_shard_that_has_lost_its_events_is_told() -> None:
    with pytest.raises(LostEvents, match="Shard 2 of the cluster has no events"):
        of_all([noted(1, 0), None])


# Files

ROWS = """
SELECT
    toLowCardinality(toString(number %% %(words)s)) AS word, sipHash128(toString(number)) AS user,
    arrayMap(each -> toLowCardinality(toString(each)), range(number %% 3)) AS details,
    toDecimal128(number, 12) AS price, toInt32(-number) AS day, repeat('x', number %% 300) AS text,
    '' AS empty, toUInt64(number) * 11400714819323198485 AS id_hash
FROM numbers(%(rows)s)
"""


@pytest.fixture(scope="module")
def spreader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spreader]:
    with closing(Spreader(tmp_path_factory.mktemp("scratch"), MEMORY, "own")) as opened:
        yield opened


def write(spreader: Spreader, file: Path, rows: int, words: int = 5) -> None:
    sql = f"INSERT INTO FUNCTION file(%(file)s, 'Native') {ROWS}"
    settings = " SETTINGS max_block_size = 7000, min_insert_block_size_rows = 1, min_insert_block_size_bytes = 1"
    spreader.statements.run(sql + settings, {"file": str(file), "rows": rows, "words": words})


@pytest.mark.parametrize(("rows", "words"), [(1, 5), (20_000, 5), (20_000, 300), (70_000, 70_000)])
def test_a_file_is_cut_into_its_blocks(spreader: Spreader, tmp_path: Path, rows: int, words: int) -> None:
    write(spreader, tmp_path / "whole", rows, words)
    blocks = [bytes(block) for block in blocks_of(tmp_path / "whole")]
    assert len(blocks) == -(-rows // 7000)
    assert b"".join(blocks) == (tmp_path / "whole").read_bytes()
    for number, block in enumerate(blocks):
        (tmp_path / str(number)).write_bytes(block)
    one = "SELECT count() FROM file(%(file)s, 'Native')"
    found = [spreader.statements.rows(one, {"file": str(tmp_path / str(n))}, tuple[int]) for n in range(len(blocks))]
    assert sum(number for ((number,),) in found) == rows


def test_a_file_that_ends_within_a_block_is_refused_and_one_that_is_not_there_has_none(
    spreader: Spreader, tmp_path: Path
) -> None:
    write(spreader, tmp_path / "whole", 10)
    (tmp_path / "half").write_bytes((tmp_path / "whole").read_bytes()[:-5])
    with pytest.raises(ValueError, match="ends within a block"):
        list(blocks_of(tmp_path / "half"))
    assert list(blocks_of(tmp_path / "nothing")) == []


@pytest.mark.parametrize("shards", [2, 3])
def test_rows_go_to_the_shards_that_have_their_slots(spreader: Spreader, tmp_path: Path, shards: int) -> None:
    write(spreader, tmp_path / "whole", 5_000)
    looked = f"SELECT count(), min({SLOT}), max({SLOT}) FROM file(%(file)s, 'Native')"
    with spreader.of_file(tmp_path / "whole", shards) as files:
        assert len(files) == shards
        for file, slots in zip(files, slots_of_shards(shards), strict=True):
            ((number, least, most),) = spreader.statements.rows(looked, {"file": str(file)}, tuple[int, int, int])
            assert number > 1_000
            assert slots[0] <= least < most <= slots[-1]
    assert not files[0].exists()
