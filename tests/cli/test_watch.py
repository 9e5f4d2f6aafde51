"""Following a folder: what comes is loaded once, what was loaded is remembered, and nothing ends it but a signal."""

import signal
from functools import partial
from pathlib import Path

import pytest
from commands import Command, session, some_sessions
from conftest import Quotidian
from currents import write_jsonl
from servers import kill_group, serving, wait_until
from sqlalchemy import select
from watching import DAY, Watching, aged, dau, has_remembered, put, remembered, watching

from quotidian.cli.watch import Known
from quotidian.control.loaded import loaded_versions
from quotidian.ingest.sources import BadFile, Source
from quotidian.store.folder import DataFolder
from quotidian.store.tables import loaded_files


@pytest.fixture
def command(tmp_path: Path) -> Command:
    command = Command(tmp_path / "data")
    command.init()
    return command


# What is loaded


def test_files_that_are_there_and_files_that_come_are_loaded(command: Command, files: Path) -> None:
    put(files / "a.jsonl", "ana")
    with watching(command, files) as watch:
        watch.wait_for("1 file, 1 new")
        (files / "later").mkdir()
        put(files / "later" / "b.jsonl", "bo", "cy")
        watch.wait_for("1 file, 2 new")
        assert dau(command) == 3
        assert len(watch.said.splitlines()) == 3


def test_several_folders_and_globs_are_watched_at_once(command: Command, files: Path) -> None:
    (files / "one").mkdir()
    with watching(command, files / "one", files / "two-*.jsonl") as watch:
        put(files / "one" / "a.jsonl", "ana")
        put(files / "two-1.jsonl", "bo")
        put(files / "three.jsonl", "cy")
        wait_until(lambda: dau(command) == 2)
        assert "three" not in watch.said


def test_a_file_that_changed_is_loaded_again_and_its_events_count_once(command: Command, files: Path) -> None:
    put(files / "a.jsonl", "ana")
    with watching(command, files) as watch:
        watch.wait_for("1 new")
        put(files / "a.jsonl", "ana", "bo")
        watch.wait_for("1 file, 1 new, 1 duplicate")
        assert dau(command) == 2


def test_a_file_under_a_hidden_name_waits_until_it_has_its_own(command: Command, files: Path) -> None:
    hidden = aged(some_sessions(files / ".a.jsonl", ["ana"]))
    with watching(command, files) as watch:
        put(files / "b.jsonl", "bo")
        watch.wait_for("1 file, 1 new")
        assert dau(command) == 1
        hidden.rename(files / "a.jsonl")
        watch.wait_for("1 file, 1 new", times=2)


def test_a_file_that_cannot_be_read_is_told_once_and_tried_again_when_it_changes(command: Command, files: Path) -> None:
    (files / "bad.avro").write_text("not Avro")
    aged(files / "bad.avro")
    with watching(command, files) as watch:
        watch.wait_for("bad.avro: is not an Avro file")
        for name in "abc":
            put(files / f"{name}.jsonl", name)
            watch.wait_for("1 file, 1 new", times=" abc".index(name))
        assert watch.said.count("bad.avro") == 1
        (files / "bad.avro").write_text("nor is this")
        aged(files / "bad.avro")
        watch.wait_for("bad.avro: is not an Avro file", times=2)


def test_a_watch_beside_a_server_hands_its_files_over(command: Command, files: Path) -> None:
    key = command.here("keys", "create", "--name", "test", "--all").stdout.strip()
    with serving(command, key) as server, watching(command, files) as watch:
        put(files / "a.jsonl", "ana", "bo")
        watch.wait_for("1 file, 2 new")
        assert server.dau() == 2


def test_a_watch_goes_on_when_its_server_comes_and_goes(command: Command, files: Path) -> None:
    key = command.here("keys", "create", "--name", "test", "--all").stdout.strip()
    with watching(command, files) as watch:
        put(files / "a.jsonl", "ana")
        watch.wait_for("1 new")
        with serving(command, key) as server:
            put(files / "b.jsonl", "bo")
            watch.wait_for("1 new", times=2)
            assert server.dau() == 2
        put(files / "c.jsonl", "cy")
        watch.wait_for("1 new", times=3)
        assert dau(command) == 3


# What is remembered


def test_a_watch_remembers_what_an_earlier_one_has_loaded(command: Command, files: Path) -> None:
    put(files / "a.jsonl", "ana")
    with watching(command, files) as watch:
        watch.wait_for("1 new")
    with watching(command, files) as watch:
        put(files / "b.jsonl", "bo")
        watch.wait_for("1 new")
        assert [line[21:] for line in watch.rounds] == ["1 file, 1 new"]


def test_a_watch_remembers_what_a_plain_load_has_loaded(command: Command, files: Path) -> None:
    put(files / "a.jsonl", "ana")
    command.here("ingest", files)
    with watching(command, files) as watch:
        put(files / "b.jsonl", "bo")
        watch.wait_for("1 file, 1 new")
        assert len(watch.rounds) == 1


def test_a_plain_load_reads_what_is_remembered(command: Command, files: Path) -> None:
    put(files / "a.jsonl", "ana")
    command.here("ingest", files)
    assert "Nothing new" in command.here("ingest", files).stdout


def test_each_workspace_remembers_for_itself(quotidian: Quotidian, files: Path) -> None:
    quotidian.add_workspace("other")
    source = Source.of(put(files / "a.jsonl", "ana"))
    quotidian.load(source.path, workspace="other")
    with quotidian.engine.connect() as connection:
        assert loaded_versions(connection, quotidian.workspace(), [source.origin]) == {}
        other = loaded_versions(connection, quotidian.workspace("other"), [source.origin])
    assert other == {source.origin: source.version}


def test_only_what_was_loaded_is_remembered(quotidian: Quotidian, files: Path) -> None:
    good = put(files / "good.jsonl", "ana")
    for name in ("bad.avro", "bad.json", "notes.txt"):
        (files / name).write_text("{nonsense")
    assert len(quotidian.load(files).failed) == 3
    with quotidian.engine.connect() as connection:
        assert connection.execute(select(loaded_files.c.origin)).scalars().all() == [str(good)]


def test_more_files_than_are_asked_for_at_once_are_remembered(quotidian: Quotidian, files: Path) -> None:
    sources = [Source.of(write_jsonl(files / f"{n}.jsonl", [session("ana", DAY)])) for n in range(1_201)]
    quotidian.load(files)
    assert known_of(quotidian).due(sources) == []


# When a file is whole


class Clock:
    """Time as the test tells it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("quotidian.cli.watch.time", clock)
    return clock


def known_of(quotidian: Quotidian) -> Known:
    return Known(quotidian.engine, quotidian.workspace(), retry_seconds=60)


def file(version: str, changed_at: float) -> Source:
    return Source(b"/in/a.jsonl", 10, version, changed_at)


def test_a_file_that_is_being_written_waits_until_it_stays_the_same(quotidian: Quotidian, clock: Clock) -> None:
    known = known_of(quotidian)
    for version in "abc":
        assert known.due([file(version, clock.now)]) == []
        clock.now += 1.5
    still = file("c", clock.now - 1.5)
    assert known.due([still]) == []
    clock.now += 2
    assert known.due([still]) == [still]


def test_a_file_that_was_written_long_ago_is_loaded_at_once(quotidian: Quotidian, clock: Clock) -> None:
    old = file("a", clock.now - 61)
    assert known_of(quotidian).due([old]) == [old]


def test_a_file_from_the_future_is_loaded_when_it_stays_the_same(quotidian: Quotidian, clock: Clock) -> None:
    known, ahead = known_of(quotidian), file("a", clock.now + 3_600)
    assert known.due([ahead]) == []
    clock.now += 2
    assert known.due([ahead]) == [ahead]


def test_what_cannot_be_read_is_left_alone_until_it_changes(quotidian: Quotidian, clock: Clock) -> None:
    known, bad = known_of(quotidian), file("a", 0)
    failure = BadFile(bad.origin, "is empty")
    assert known.note([bad], [failure]) == [failure]
    clock.now += 1e6
    assert known.due([bad]) == []
    changed = file("b", 0)
    assert known.due([changed]) == [changed]
    assert known.note([changed], [failure]) == [failure]


def test_what_may_pass_is_tried_again_after_a_while_and_told_once(quotidian: Quotidian, clock: Clock) -> None:
    known, bad = known_of(quotidian), file("a", 0)
    failure = BadFile(bad.origin, "cannot be read: Input/output error", may_pass=True)
    assert known.note([bad], [failure]) == [failure]
    clock.now += 59
    assert known.due([bad]) == []
    clock.now += 1
    assert known.due([bad]) == [bad]
    assert known.note([bad], [failure]) == []
    other = BadFile(bad.origin, "cannot be read: Permission denied", may_pass=True)
    assert known.note([bad], [other]) == [other]


# What ends it, and what does not


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_watch_well(command: Command, files: Path, how: int) -> None:
    with watching(command, files) as watch:
        assert watch.end(how) == 0
        assert watch.said.splitlines()[-1].startswith("Ended.")


def test_a_signal_in_the_middle_of_a_round_ends_a_watch_well(command: Command, files: Path) -> None:
    for n in range(300):
        put(files / f"{n}.jsonl", f"user {n}")
    with watching(command, files, QUOTIDIAN_LOAD_BYTES="1000") as watch:
        wait_until(lambda: remembered(command) > 10)
        assert watch.end() == 0
        assert watch.rounds == []
    with watching(command, files) as watch:
        wait_until(lambda: watch.rounds, timeout=60)
        assert dau(command) == remembered(command) == 300


@pytest.mark.slow
def test_a_watch_that_is_killed_loses_nothing_and_counts_nothing_twice(command: Command, files: Path) -> None:
    for n in range(200):
        put(files / f"{n}.jsonl", *(f"user {n} {m}" for m in range(3)))
    for least in (1, 40, 90, 140):
        with watching(command, files, QUOTIDIAN_LOAD_BYTES="3000") as watch:
            wait_until(partial(has_remembered, command, least), timeout=60)
            kill_group(watch.process)
    with watching(command, files) as watch:
        wait_until(lambda: watch.rounds, timeout=60)
        assert remembered(command) == 200
        assert dau(command) == 600


def test_a_folder_that_is_not_there_is_refused(command: Command, files: Path) -> None:
    assert "nowhere" in command.run("ingest", "--watch", files / "nowhere", status=2).stderr


@pytest.mark.parametrize("every", ["0", "-1", "nan", "1e9"])
def test_a_pause_that_is_none_is_refused(command: Command, files: Path, every: str) -> None:
    assert "--every" in command.here("ingest", "--watch", files, "--every", every, status=2).stderr


def test_a_folder_that_goes_away_is_told_once_and_followed_when_it_is_back(command: Command, files: Path) -> None:
    with watching(command, files) as watch:
        files.rename(files.with_name("away"))
        watch.wait_for("no file or folder")
        put(files.with_name("away") / "a.jsonl", "ana")
        files.with_name("away").rename(files)
        watch.wait_for("1 new")
        assert watch.said.count("no file or folder") == 1


def test_a_watch_waits_for_another_command_that_has_the_event_store(command: Command, files: Path) -> None:
    put(files / "a.jsonl", "ana")
    with DataFolder(command.data).hold("events", "another command"):
        watch = Watching(command, files)
        watch.wait_for("another command")
    try:
        watch.wait_for("1 new")
        assert watch.said.count("another command") == 1
    finally:
        watch.end()
        kill_group(watch.process)
