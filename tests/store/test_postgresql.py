"""What is PostgreSQL's alone: how a database is made and refused, passwords, TLS, and a server that goes and comes."""

import random
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from commands import Command, event, key_in, message
from conftest import Quotidian
from databases.certificates import Certificate
from databases.postgres import PASSWORD, Postgres
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DBAPIError
from test_whole_path import (
    assert_equal_canvases,
    assert_equal_segments,
    assert_equal_to_oracle,
    catalogue_of,
    dump,
    oracle_of,
)
from worlds import make_world

from quotidian.domain.errors import NewerStore, UserError
from quotidian.settings import load_settings
from quotidian.store.folder import DataFolder
from quotidian.store.passing import can_pass
from quotidian.store.place import SeriesPlace, read_url
from quotidian.store.series import creating, data_version, open_series, writing
from quotidian.store.series_dialect import dialect_of
from quotidian.store.tables import turn
from quotidian.store.turn import take_over

DAY = "2024-03-30"


def folder_of(path: Path, url: str) -> DataFolder:
    """The data folder of a node, whose settings name a database."""
    path.mkdir(exist_ok=True)
    (path / "quotidian.toml").write_text(f"database_url = '{url}'\n")
    return DataFolder(path)


@pytest.fixture
def folder(tmp_path: Path, database_url: str) -> DataFolder:
    folder = folder_of(tmp_path / "data", database_url)
    with creating(folder):
        pass
    return folder


@pytest.fixture
def engine(folder: DataFolder) -> Iterator[Engine]:
    engine = open_series(folder)
    yield engine
    engine.dispose()


# Making


def test_of_two_that_make_the_same_at_once_one_makes_and_one_finds(tmp_path: Path, database_url: str) -> None:
    nodes = [Command(folder_of(tmp_path / name, database_url).path) for name in ("one", "other")]
    begun = [node.start("init", "--timezone", "Europe/Paris") for node in nodes]
    told = [process.communicate(timeout=60) for process in begun]
    made, found = sorted(range(2), key=lambda n: begun[n].returncode)
    assert (begun[made].returncode, begun[found].returncode) == (0, 2), told
    assert "Workspace 'default' exists already (time zone Europe/Paris)" in told[found][1]
    key = key_in(told[made][0])
    assert key[:8] in nodes[found].here("keys", "list").stdout


def test_a_database_that_has_tables_of_others_is_refused(tmp_path: Path, postgres: Postgres, database_url: str) -> None:
    name = database_url.rpartition("/")[2]
    postgres.run("CREATE TABLE orders (id int); CREATE TABLE customers (id int)", name)
    command = Command(folder_of(tmp_path / "data", database_url).path)
    told = command.here("init", status=2).stderr
    assert f"The database {name} on 127.0.0.1 has other tables: customers, orders; the series need a database" in told


def test_a_database_that_has_not_every_character_is_refused(tmp_path: Path, postgres: Postgres) -> None:
    postgres.run("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    command = Command(folder_of(tmp_path / "data", postgres.url("latin")).path)
    assert "encoding is LATIN1; make one with ENCODING 'UTF8'" in command.here("init", status=2).stderr
    postgres.run("DROP DATABASE latin")


def test_a_schema_for_itself_is_enough(tmp_path: Path, postgres: Postgres, database_url: str) -> None:
    name = database_url.rpartition("/")[2]
    postgres.run("CREATE TABLE orders (id int); CREATE SCHEMA q", name)
    command = Command(folder_of(tmp_path / "data", f"{database_url}?options=-csearch_path%3Dq").path)
    command.init()
    assert postgres.run("SELECT count(*) FROM q.workspaces", name) == "1"


def test_an_empty_database_says_how_to_init(tmp_path: Path, database_url: str) -> None:
    with pytest.raises(UserError, match=r"database test_\w+ on 127\.0\.0\.1 is empty.*quotidian .*init"):
        open_series(folder_of(tmp_path / "data", database_url))


@pytest.mark.parametrize(("schema", "error"), [(99, NewerStore), (1, UserError)])
def test_another_schema_is_refused(folder: DataFolder, engine: Engine, schema: int, error: type[UserError]) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql(f"UPDATE meta SET schema_version = {schema}")
    with pytest.raises(error, match=f"series store has schema {schema}"):
        open_series(folder)


def test_a_node_whose_folder_has_other_things_is_refused(tmp_path: Path, folder: DataFolder) -> None:
    url = load_settings(folder.path).database_url
    other = folder_of(tmp_path / "home", url)
    (other.path / "letters.txt").touch()
    with pytest.raises(UserError, match=r"is not empty: it has letters\.txt"):
        open_series(other)


def test_what_one_node_has_written_another_reads(tmp_path: Path, folder: DataFolder) -> None:
    command, other = Command(folder.path), Command(tmp_path / "other")
    command.init()
    folder_of(other.data, load_settings(folder.path).database_url)
    key = key_in(other.here("keys", "create", "--name", "of the other", "--all").stdout)
    assert key[:8] in command.here("keys", "list").stdout


# Passwords

CLOSED = "127.0.0.1:1"
UNREADABLE = (
    f"postgresql://quotidian:{PASSWORD}@{CLOSED}/q",
    f"postgresql://quotidian:p@ss@{CLOSED}/q",
    "mysql://quotidian:w-rd-ss@127.0.0.1/q",
    "postgresql://quotidian:w-rd-ss@127.0.0.1",
    "w-rd-ss",
)
SECRETS = ("p@ss", "ss:w", "w/rd", "rd%20", "w-rd-ss", quote(PASSWORD, safe=""))


@pytest.mark.parametrize("url", UNREADABLE)
def test_a_url_that_cannot_be_read_is_not_repeated(tmp_path: Path, url: str) -> None:
    command = Command(folder_of(tmp_path / "data", url).path)
    told = command.here("status", status=2).stderr
    assert "postgresql://user:password@host:port/database" in told
    assert_secret(told)


def assert_secret(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in text], text


@pytest.mark.parametrize("words", [["init"], ["status"], ["keys", "list"], ["serve"], ["ingest", "nothing.jsonl"]])
def test_a_password_is_in_no_message_about_a_server_that_is_away(tmp_path: Path, words: list[str]) -> None:
    url = f"postgresql://quotidian:{quote(PASSWORD, safe='')}@{CLOSED}/q"
    ended = Command(folder_of(tmp_path / "data", url).path).here(*words, status=2)
    assert "The database q on 127.0.0.1" in ended.stderr
    assert "Connection refused" in ended.stderr
    assert_secret(ended.stdout + ended.stderr)


def test_a_wrong_password_is_said_and_not_shown(tmp_path: Path, postgres: Postgres, database_url: str) -> None:
    url = postgres.url(database_url.rpartition("/")[2], password="w-rd-ss")
    told = Command(folder_of(tmp_path / "data", url).path).here("status", status=2).stderr
    assert "password authentication failed" in told
    assert_secret(told)


def test_a_password_is_in_no_text_of_an_object(folder: DataFolder, engine: Engine) -> None:
    settings = load_settings(folder.path)
    assert read_url(settings.database_url).password == PASSWORD
    place = SeriesPlace.of(folder)
    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.exec_driver_sql("SELECT 1 / 0")
    told = [settings, engine, engine.url, engine.pool, raised.value, place, place.name]
    assert_secret(" ".join(f"{each!r} {each!s}" for each in told))


def test_status_names_the_server_and_not_its_password(folder: DataFolder) -> None:
    command = Command(folder.path)
    command.init()
    told = command.here("status").stdout
    assert "PostgreSQL 15." in told
    assert_secret(told)


# TLS


def test_a_connection_is_encrypted_and_checked_as_the_url_says(
    tmp_path: Path, database_url: str, certificate: Certificate
) -> None:
    checked = f"{database_url}?sslmode=verify-ca&sslrootcert={certificate.certificate}"
    folder = folder_of(tmp_path / "data", checked)
    with creating(folder) as connection:
        found = connection.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert found.scalar_one() is True
    foreign = tmp_path / "foreign.pem"
    foreign.write_text(Path(certificate.certificate).read_text()[:200])
    folder_of(tmp_path / "data", f"{database_url}?sslmode=verify-ca&sslrootcert={foreign}")
    with pytest.raises(UserError, match="certificate") as raised:
        open_series(folder)
    assert_secret(str(raised.value))


# A server that goes and comes


def test_a_server_that_was_started_again_is_found_by_the_same_engine(
    postgres: Postgres, folder: DataFolder, engine: Engine
) -> None:
    version = data_version(folder)
    seen = version.look()
    with engine.connect() as reading:
        reading.execute(select(turn)).all()
        postgres.kill()
        with pytest.raises(DBAPIError) as raised:
            reading.execute(select(turn)).all()
        assert can_pass(raised.value)
    for broken in (version.look, lambda: engine.connect().close()):
        with pytest.raises(DBAPIError) as raised:
            broken()
        assert can_pass(raised.value)
    postgres.start()
    with writing(engine):
        pass
    assert version.look() == seen + 1
    version.close()


def test_what_a_stopped_leader_holds_is_freed_by_the_next(folder: DataFolder, database_url: str) -> None:
    """The session is that of another process, which has the turn and does not go on."""
    name = "quotidian leader elsewhere:1"
    with closing(psycopg.connect(database_url, application_name=name)) as stopped:
        stopped.execute("UPDATE turn SET version = version + 1")
        leader = open_series(folder, "leader")
        assert take_over(leader) == 1
        with pytest.raises(psycopg.OperationalError):
            stopped.commit()
    with writing(leader) as connection:
        assert tuple(connection.execute(select(turn)).one()) == (3, 1)
    leader.dispose()


def test_sessions_of_other_purposes_are_left_alone(folder: DataFolder, engine: Engine) -> None:
    leader = open_series(folder, "leader")
    with engine.connect() as reading:
        reading.execute(select(turn)).all()
        take_over(leader)
        reading.execute(select(turn)).all()
    leader.dispose()


def test_who_only_reads_cannot_write(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="read-only"), engine.begin() as connection:
        connection.execute(insert(turn), {"version": 0, "epoch": 0})


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    """It takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://q:q@127.0.0.1:{silent.getsockname()[1]}/q?connect_timeout=2"
        with pytest.raises(UserError, match="timeout"):
            open_series(folder_of(tmp_path / "data", url))


def test_settings_that_lose_data_are_said(engine: Engine) -> None:
    assert "fsync is off, so that it loses commits" in dialect_of(engine).danger(engine)


# Ids as long as they like


@pytest.mark.parametrize("length", [1_200, 1_201])
def test_ids_are_as_long_as_an_index_has_room_for_and_events_with_longer_ones_dead_letters(
    tmp_path: Path, database_url: str, length: int
) -> None:
    """The characters are such that nothing packs them."""

    def text() -> str:
        return random.Random(len(said)).randbytes(length).hex()[:length]

    said: list[object] = []
    for name in ("campaign_id", "canvas_id", "send_id", "app_id"):
        said.append(message("email.Send", "ana", DAY, **{"campaign_id": text()[:1_200], name: text()}))
    said.append(event("behaviors.CustomEvent", "ana", DAY, name=text(), app_id=text()[:1_200]))
    said.append(event("behaviors.Purchase", "ana", DAY, product_id=text(), price=1, currency="USD"))
    folder_of(tmp_path / "data", database_url)
    quotidian = Quotidian(tmp_path / "data")
    report = quotidian.deliver(*said, message("email.Send", "ana", DAY))
    answer = quotidian.post_events(*said)
    quotidian.drain()
    dead = 0 if length == 1_200 else len(said)
    assert (report.total.dead, report.total.new) == (dead, len(said) + 1 - dead)
    assert [error["type"] for error in answer.get("errors", [])] == ["id or name of more than 1200 bytes"] * dead
    quotidian.close()


# The whole path


@pytest.mark.slow
def test_a_world_that_is_loaded_and_posted_gives_the_oracles_numbers(tmp_path: Path, database_url: str) -> None:
    world = make_world(7, users=10, days=12, campaigns=2)
    folder_of(tmp_path / "data", database_url)
    quotidian = Quotidian(tmp_path / "data", timezone=world.timezone)
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.deliver(*world.events[::2], *world.duplicates)
    quotidian.post_events(*world.events[1::2])
    quotidian.drain()
    quotidian.reopen()
    quotidian.deliver(*world.late)
    oracle = oracle_of(world)
    oracle.deliver([*world.events, *world.duplicates, *world.late])
    days = [world.first_day + timedelta(days=number) for number in range(-5, 25)]
    assert_equal_to_oracle(quotidian, oracle, days)
    assert_equal_canvases(quotidian, oracle, days)
    assert_equal_segments(quotidian, oracle, days)
    before = dump(quotidian.engine)
    quotidian.rebuild()
    assert dump(quotidian.engine) == before
    quotidian.close()
