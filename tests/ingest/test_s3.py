"""Loading from buckets: a real S3 server process, and commands with AWS's settings, many as processes."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Thread

import boto3
import pytest
from buckets import Bucket, s3_server
from commands import Command, message, session, some_sessions
from conftest import Quotidian
from currents import write_avro, write_body, write_jsonl
from servers import free_port, kill_group, serving, wait_until
from test_whole_path import dump
from watching import dau, has_remembered, put, remembered, watching
from worlds import make_world

from quotidian.domain.errors import UserError
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.sources import Source
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series

DAY = "2024-03-30"
ANA, BO, CY = (session(user, DAY) for user in ("ana", "bo", "cy"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A bucket that this process can get at too."""
    bucket = Bucket(server)
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return bucket


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return initialised(tmp_path / "data")


def initialised(data: Path) -> Command:
    data.parent.mkdir(exist_ok=True)
    command = Command(data)
    command.init()
    return command


def lines(tmp_path: Path, *users: str) -> bytes:
    return some_sessions(tmp_path / "written.jsonl", users).read_bytes()


# What is read


@pytest.mark.slow
def test_a_load_from_a_bucket_equals_the_load_of_the_same_folder(bucket: Bucket, tmp_path: Path) -> None:
    world = make_world(7, users=8, days=15, campaigns=3)
    files = tmp_path / "files"
    third = len(world.events) // 3
    write_avro(files / "avro", world.events[:third], records_per_file=20)
    write_jsonl(files / "a.jsonl.gz", world.events[third : 2 * third], gzip=True)
    write_jsonl(files / "b.json", world.events[2 * third :], gzip=False)
    write_body(files / "body.json", [*world.events[::5], *world.unknown, *world.broken])
    url = bucket.put_folder(files, "some/where")
    series, told = [], []
    for name, argument in (("of files", str(files)), ("of objects", url)):
        command = initialised(tmp_path / name / "data")
        told.append(command.run("ingest", argument, QUOTIDIAN_LOAD_BYTES="20000").stdout)
        opened = open_series(DataFolder(command.data))
        series.append(dump(opened))
        opened.dispose()
    assert series[0] == series[1]
    assert len(series[0]) > 100
    assert told[0] == told[1]


def test_a_prefix_names_an_object_or_all_below_it_and_nothing_beside_it(
    bucket: Bucket, command: Command, tmp_path: Path
) -> None:
    for user, key in (("1", "in/a.jsonl"), ("2", "in/deep/b.jsonl"), ("3", "in-2/c.jsonl"), ("4", "in.jsonl")):
        bucket.put(key, lines(tmp_path, user))
    for url, users in (("in", 2), ("in/", 2), ("in/deep", 2), ("in.jsonl", 3), ("", 4)):
        command.here("ingest", bucket.url(url))
        assert dau(command) == users


def test_a_bucket_without_a_slash_is_the_whole_of_it(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    bucket.put("a.jsonl", lines(tmp_path, "ana"))
    command.here("ingest", f"s3://{bucket.name}")
    assert dau(command) == 1


@pytest.mark.slow
def test_more_objects_than_a_page_lists_are_all_loaded(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    number = 1_100
    contents = [lines(tmp_path, f"user {n}") for n in range(number)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: bucket.put(f"in/{n}.jsonl", contents[n]), range(number)))
    command.run("ingest", bucket.url("in"))
    assert dau(command) == remembered(command) == number
    assert not DataFolder(command.data).fetched.exists()


ODD_KEYS = (
    "with space.jsonl",
    "naïve ü 👋.jsonl",
    "100%.jsonl",
    "a%20b.jsonl",
    "a+b.jsonl",
    "what?.jsonl",
    "a#b.jsonl",
    "a&b=c;d.jsonl",
    "{a,b}*[1].jsonl",
    'it\'s "so".jsonl',
    "back\\slash.jsonl",
    "a tab\there.jsonl",
    "/leading.jsonl",
    "double//slash.jsonl",
    "x" * 900 + ".jsonl",
)


def test_objects_of_any_key_are_loaded_by_themselves_and_all_together(
    bucket: Bucket, command: Command, tmp_path: Path
) -> None:
    urls = [bucket.put(key, lines(tmp_path, key)) for key in ODD_KEYS]
    command.here("ingest", *urls)
    assert dau(command) == len(ODD_KEYS)
    told = command.here("ingest", bucket.url()).stdout
    assert [line.split()[1:4] for line in told.splitlines() if line.startswith("total")] == [
        [str(len(ODD_KEYS)), "0", str(len(ODD_KEYS))]
    ]


@pytest.mark.parametrize(
    "key", ["in/_SUCCESS", "in/.hidden.jsonl", "in/_temporary/0/a.jsonl", "in/x/", "in/x_$folder$"]
)
def test_markers_in_a_bucket_are_left_out(bucket: Bucket, command: Command, tmp_path: Path, key: str) -> None:
    bucket.put(key, b"")
    bucket.put("in/a.jsonl", lines(tmp_path, "ana"))
    assert "Not loaded" not in command.here("ingest", bucket.url("in")).stdout
    assert dau(command) == 1


def test_a_hidden_object_that_is_named_is_loaded(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    url = bucket.put("_in/.a.jsonl", lines(tmp_path, "ana"))
    command.here("ingest", url)
    assert dau(command) == 1


def test_the_key_tells_the_type_where_the_schema_does_not(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    write_avro(tmp_path / "files", [message("email.Open", "ana", DAY)], name_style="foreign")
    url = bucket.put_folder(tmp_path / "files", "in")
    assert "users.messages.email.Open" in command.here("ingest", url).stdout


def test_buckets_and_folders_are_loaded_together(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    url = bucket.put("in/a.jsonl", lines(tmp_path, "ana"))
    file = some_sessions(tmp_path / "b.jsonl", ["bo"])
    command.here("ingest", url, file, bucket.url("in"))
    assert dau(command) == 2


def test_dead_letters_of_an_object_name_it(bucket: Bucket, command: Command) -> None:
    url = bucket.put("in/a.jsonl", b"nonsense\n")
    command.here("ingest", bucket.url("in"))
    assert url in command.here("dead-letters").stdout


# What cannot be read


def test_an_object_that_is_no_event_file_is_told_and_the_rest_is_loaded(
    bucket: Bucket, command: Command, tmp_path: Path
) -> None:
    bucket.put("in/a.jsonl", lines(tmp_path, "ana"))
    bad = bucket.put("in/bad.avro", b"Obj\x01 but nothing more")
    told = command.run("ingest", bucket.url("in"), status=1).stdout
    assert f"{bad}: has no readable Avro header" in told
    assert dau(command) == 1


def test_an_object_that_is_archived_is_told_and_the_rest_is_loaded(
    bucket: Bucket, command: Command, tmp_path: Path
) -> None:
    bucket.put("in/a.jsonl", lines(tmp_path, "ana"))
    cold = bucket.put("in/cold.jsonl", lines(tmp_path, "bo"), StorageClass="GLACIER")
    told = command.here("ingest", bucket.url("in"), status=1).stdout
    assert f"{cold}: cannot be fetched: it is archived" in told
    assert dau(command) == 1


def load(quotidian: Quotidian, *urls: str) -> LoadReport:
    report = LoadReport()
    sources = [Source(url.encode(), 10, "v") for url in urls]
    list(ingest(quotidian.stores, quotidian.workspace(), sources, report))
    return report


def test_an_object_that_vanishes_after_it_was_listed_is_told_and_the_rest_is_loaded(
    quotidian: Quotidian, bucket: Bucket, tmp_path: Path
) -> None:
    there = bucket.put("a.jsonl", lines(tmp_path, "ana"))
    report = load(quotidian, bucket.url("gone.jsonl"), there)
    assert [(file.origin, file.reason) for file in report.failed] == [(bucket.url("gone.jsonl"), "is gone")]
    assert report.total.new == 1


def test_a_bucket_that_vanishes_after_it_was_listed_ends_a_load(quotidian: Quotidian, bucket: Bucket) -> None:
    with pytest.raises(UserError, match="s3://no-such-bucket cannot be read: there is no such bucket"):
        load(quotidian, "s3://no-such-bucket/a.jsonl")


def test_an_answer_that_breaks_off_is_asked_for_again_and_then_told(
    quotidian: Quotidian, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listening.getsockname()[1]}")
        asked: list[bytes] = []
        Thread(target=break_off, args=(listening, asked), daemon=True).start()
        (failed,) = load(quotidian, bucket.url("a.jsonl")).failed
    assert failed.may_pass
    assert failed.reason.startswith("cannot be fetched: ")
    assert len(asked) == 3


def break_off(listening: socket.socket, asked: list[bytes]) -> None:
    """Answer with less than was promised."""
    while True:
        try:
            connected, _ = listening.accept()
        except OSError:
            return
        with connected:
            asked.append(connected.recv(65_536))
            connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbut this is all")


# What is refused


def refused(command: Command, url: str, environment: dict[str, str]) -> str:
    return command.here("ingest", url, status=2, **environment).stderr


def test_a_bucket_that_is_not_there_is_refused_by_name(bucket: Bucket, command: Command) -> None:
    told = refused(command, "s3://no-such-bucket/in", bucket.environment)
    assert "s3://no-such-bucket cannot be read: there is no such bucket" in told


def test_a_prefix_below_which_nothing_is_is_refused(bucket: Bucket, command: Command) -> None:
    assert bucket.url("in") in refused(command, bucket.url("in"), bucket.environment)


@pytest.mark.parametrize("url", ["s3://", "s3:///in", "s3://A bucket?/in"])
def test_what_can_be_no_bucket_is_refused(bucket: Bucket, command: Command, url: str) -> None:
    assert "s3://bucket/prefix" in refused(command, url, bucket.environment)


def test_a_load_without_credentials_says_which_are_wanted(bucket: Bucket, command: Command) -> None:
    without = {**bucket.environment, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    told = refused(command, bucket.url(), without)
    assert bucket.name in told
    assert "AWS_PROFILE" in told


def test_a_profile_that_is_not_there_is_refused(bucket: Bucket, command: Command) -> None:
    assert "no-such-profile" in refused(command, bucket.url(), {**bucket.environment, "AWS_PROFILE": "no-such-profile"})


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_an_endpoint_that_cannot_be_reached_is_refused(bucket: Bucket, command: Command, url: str) -> None:
    told = refused(command, bucket.url(), {**bucket.environment, "AWS_ENDPOINT_URL": url})
    assert f"{bucket.name} cannot be read: the endpoint cannot be reached" in told


def test_an_endpoint_that_is_no_url_is_refused(bucket: Bucket, command: Command) -> None:
    assert "nonsense" in refused(command, bucket.url(), {**bucket.environment, "AWS_ENDPOINT_URL": "nonsense"})


def test_who_may_not_read_a_bucket_is_told_why(command: Command) -> None:
    """A server that checks who asks, once there are a bucket and a user who may do nothing."""
    with s3_server(INITIAL_NO_AUTH_ACTION_COUNT="3") as url:
        bucket = Bucket(url)
        known = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        iam = boto3.session.Session(**known).client("iam", endpoint_url=url)
        iam.create_user(UserName="ana")
        key = iam.create_access_key(UserName="ana")["AccessKey"]
        of_ana = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        for changed, reason in (
            ({}, "the access key is not known there"),
            ({**of_ana, "AWS_SECRET_ACCESS_KEY": "wrong"}, "the secret is not that of the access key"),
            (of_ana, "access is denied; needed are s3:ListBucket"),
        ):
            told = refused(command, bucket.url(), {**bucket.environment, **changed})
            assert f"{bucket.name} cannot be read: {reason}" in told


# Beside a server


def test_a_server_fetches_with_its_own_environment(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    key = command.here("keys", "create", "--name", "test", "--all").stdout.strip()
    bucket.put("in/a.jsonl", lines(tmp_path, "ana", "bo"))
    with serving(command, key, **bucket.environment) as server:
        server.wait_until_it_leads()
        told = command.run("ingest", bucket.url("in")).stdout
        assert "total" in told
        assert server.dau() == 2


def test_a_server_without_credentials_says_so(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    key = command.here("keys", "create", "--name", "test", "--all").stdout.strip()
    bucket.put("in/a.jsonl", lines(tmp_path, "ana"))
    without = {**bucket.environment, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    with serving(command, key, **without) as server:
        server.wait_until_it_leads()
        assert "in its environment too" in refused(command, bucket.url("in"), bucket.environment)
        assert server.dau() == 0


# Following


def test_objects_that_come_and_change_are_loaded(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    with watching(command, bucket.url("in"), **bucket.environment) as watch:
        bucket.put("in/a.jsonl", lines(tmp_path, "ana"))
        watch.wait_for("1 file, 1 new")
        bucket.put("in/b.jsonl", b"nonsense\n")
        watch.wait_for("1 file, 0 new, 1 dead")
        bucket.put("in/a.jsonl", lines(tmp_path, "ana", "bo"))
        watch.wait_for("1 file, 1 new, 1 duplicate")
        assert watch.end() == 0
    with watching(command, bucket.url("in"), **bucket.environment) as watch:
        bucket.put("in/c.jsonl", lines(tmp_path, "cy"))
        watch.wait_for("1 file, 1 new")
        assert len(watch.rounds) == 1


def test_a_bucket_and_a_folder_are_followed_together(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    with watching(command, bucket.url(), files, **bucket.environment) as watch:
        bucket.put("a.jsonl", lines(tmp_path, "ana"))
        put(files / "b.jsonl", "bo")
        wait_until(lambda: dau(command) == 2)
        assert "not loaded" not in watch.said


def test_an_object_that_cannot_be_read_is_told_once(bucket: Bucket, command: Command, tmp_path: Path) -> None:
    bad = bucket.put("in/bad.avro", b"not Avro")
    with watching(command, bucket.url("in"), **bucket.environment) as watch:
        watch.wait_for(bad)
        bucket.put("in/a.jsonl", lines(tmp_path, "ana"))
        watch.wait_for("1 new")
        assert watch.said.count(bad) == 1


def test_a_watch_of_a_bucket_beside_a_server_hands_its_objects_over(
    bucket: Bucket, command: Command, tmp_path: Path
) -> None:
    key = command.here("keys", "create", "--name", "test", "--all").stdout.strip()
    with (
        serving(command, key, **bucket.environment) as server,
        watching(command, bucket.url(), **bucket.environment) as watch,
    ):
        bucket.put("a.jsonl", lines(tmp_path, "ana", "bo"))
        watch.wait_for("1 file, 2 new")
        assert server.dau() == 2


def test_a_watch_of_a_bucket_outlives_an_outage(command: Command, tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as stack:
        with s3_server(port) as url:
            bucket = Bucket(url)
            watch = stack.enter_context(watching(command, bucket.url(), AWS_MAX_ATTEMPTS="1", **bucket.environment))
        watch.wait_for("cannot be reached")
        stack.enter_context(s3_server(port))
        Bucket(url, bucket.name).put("a.jsonl", lines(tmp_path, "ana"))
        watch.wait_for("1 file, 1 new")
        assert watch.said.count("cannot be reached") == 1


@pytest.mark.slow
def test_a_watch_of_a_bucket_that_is_killed_loses_nothing_and_counts_nothing_twice(
    bucket: Bucket, command: Command, tmp_path: Path
) -> None:
    for n in range(150):
        bucket.put(f"in/{n}.jsonl", lines(tmp_path, f"user {n}", f"other {n}"))
    for least in (1, 40, 90):
        with watching(command, bucket.url("in"), QUOTIDIAN_LOAD_BYTES="2000", **bucket.environment) as watch:
            wait_until(partial(has_remembered, command, least), timeout=60)
            kill_group(watch.process)
    with watching(command, bucket.url("in"), **bucket.environment) as watch:
        wait_until(lambda: watch.rounds, timeout=60)
        assert (remembered(command), dau(command)) == (150, 300)
    assert not DataFolder(command.data).fetched.exists()
