"""What others wrote is read in a process of its own, which may hang, die or grow: the file is named, and skipped."""

import json
import os
import signal
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import Command, Json, message, session, some_sessions
from conftest import Quotidian
from currents import write_avro, write_jsonl
from load import DAY
from servers import command_line, is_running, serving, wait_until

from quotidian.control.dead_letters import list_dead_letters
from quotidian.control.loaded import loaded_versions
from quotidian.ingest.avro import BadAvro, writer_schema
from quotidian.ingest.find import Finder
from quotidian.ingest.load import ingest
from quotidian.ingest.reader import FileReader
from quotidian.ingest.report import LoadReport
from quotidian.ingest.requests import Done, Reply, Request
from quotidian.store.events import StatementFailed
from quotidian.store.folder import DataFolder

TYPE = "users.behaviors.app.SessionStart"
ANA, BO, CY = (session(user, DAY) for user in ("ana", "bo", "cy"))
MEMORY_BYTES = 300_000_000
MIB = 1 << 20


def test_what_the_parent_passes_is_not_read_as_one_of_many_files(quotidian: Quotidian, files: Path) -> None:
    """Its descriptors have the parent's numbers, which are high where the parent has much open."""
    for number in range(300):
        write_jsonl(files / f"{number}.jsonl", [session(f"user {number}", DAY)])
    quotidian.stores.reader.end()
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(300)]
    try:
        report = quotidian.load(files)
    finally:
        for each in opened:
            os.close(each)
        quotidian.stores.reader.end()
    assert (report.total.new, report.total.dead, report.failed) == (300, 0, [])


# Avro files as no library writes them


def number(value: int) -> bytes:
    value, encoded = (value << 1) ^ (value >> 63), b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def text(value: bytes) -> bytes:
    return number(len(value)) + value


def avro(path: Path, schema: object, *blocks: tuple[int, bytes], codec: bytes = b"null") -> Path:
    """A file with a schema, JSON or as it is, and blocks of (number of records, their bytes)."""
    told = schema if isinstance(schema, bytes) else json.dumps(schema, separators=(",", ":")).encode()
    mark = b"0123456789abcdef"
    head = b"Obj\x01" + number(2) + text(b"avro.schema") + text(told) + text(b"avro.codec") + text(codec) + number(0)
    path.write_bytes(head + mark + b"".join(number(count) + text(each) + mark for count, each in blocks))
    return path


def record(*fields: tuple[str, object], name: str = TYPE) -> Json:
    return {"type": "record", "name": name, "fields": [{"name": field, "type": kind} for field, kind in fields]}


def nested(depth: int) -> object:
    return {"type": "array", "items": nested(depth - 1)} if depth else "string"


def doubling(times: int) -> Json:
    """A few types, each of which is in the next twice: a thousand bytes of schema for millions of fields."""
    schema: Any = "string"
    for each in range(times):
        schema = record(("a", schema), ("b", f"ns.T{each - 1}" if each else "string"), name=f"ns.T{each}")
    return record(("id", schema))


RECURSIVE = record(("next", TYPE))
REFUSED: dict[str, tuple[object, str]] = {
    "a record whose only field is itself": (RECURSIVE, "within itself"),
    "a record within itself by way of another": (record(("id", record(("back", TYPE), name="Other"))), "within itself"),
    "a record within itself by its short name": (
        {**record(("next", "SessionStart"), name="SessionStart"), "namespace": "users.behaviors.app"},
        "within itself",
    ),
    "a list of nothing": (record(("id", "string"), ("none", {"type": "array", "items": "null"})), "lists of nothing"),
    "a list of empty records": (
        record(("id", "string"), ("none", {"type": "array", "items": record(name="Empty")})),
        "lists of nothing",
    ),
    "a list of fixed of no size": (
        record(("x", {"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}})),
        "lists of nothing",
    ),
    "records without fields": (record(), "empty"),
    "lists in lists": (record(("id", nested(200))), "within each other"),
    "more lists in lists than Python takes": (
        b'{"type":"record","name":"x","fields":[{"name":"id","type":' + b'{"type":"array","items":' * 20_000,
        "nested too deeply",
    ),
    "types that double": (doubling(30), "fields"),
    "ten thousand fields": (record(*((f"f{n}", "string") for n in range(10_001))), "fields"),
    "a header of megabytes": (record(("id", "string"), name=f"x{'y' * 2 * MIB}"), "Avro header"),
    "a type that is not there": (record(("id", "Nobody")), "Avro header"),
    "a name that is a number": ({**record(("id", "string")), "name": 7}, "Avro header"),
    "fields that are none": ({**record(), "fields": "many"}, "Avro header"),
    "no record": ({"type": "enum", "name": TYPE, "symbols": ["A"]}, "no record"),
}


@pytest.mark.parametrize(("schema", "reason"), REFUSED.values(), ids=REFUSED)
def test_an_avro_file_is_refused_before_it_is_read_for(tmp_path: Path, schema: object, reason: str) -> None:
    file = avro(tmp_path / "e.avro", schema, (1, b"\0"))
    with pytest.raises(BadAvro, match=reason):
        writer_schema(file, file.stat().st_size)


@pytest.mark.parametrize("codec", [b"null", b"deflate", b"snappy", b"zstandard"])
def test_avro_of_a_codec_that_is_known_is_not_refused(tmp_path: Path, codec: bytes) -> None:
    file = avro(tmp_path / "e.avro", record(("id", "string")), (1, b"\x02x"), codec=codec)
    assert writer_schema(file, file.stat().st_size).name == TYPE


def test_avro_of_an_unknown_codec_is_refused_and_says_which_are_known(tmp_path: Path) -> None:
    file = avro(tmp_path / "e.avro", record(("id", "string")), (1, b"\x02x"), codec=b"bzip2")
    with pytest.raises(BadAvro, match="'bzip2'; what can be read is null, deflate, snappy, zstandard"):
        writer_schema(file, file.stat().st_size)


def test_every_cut_of_an_avro_file_but_between_blocks_is_seen_before_it_is_read(tmp_path: Path) -> None:
    file = avro(tmp_path / "e.avro", record(("id", "string")), (1, b"\x02x" * 100), (1, b"\x02y" * 100))
    content = file.read_bytes()
    refused = []
    for cut in range(len(content)):
        file.write_bytes(content[:cut])
        try:
            writer_schema(file, cut)
        except BadAvro:
            refused.append(cut)
    block = 1 + 2 + 200 + 16
    whole = {len(content) - 2 * block, len(content) - block}
    assert set(range(len(content))) - set(refused) == whole


def test_a_block_that_claims_more_than_the_file_has_is_refused(tmp_path: Path) -> None:
    file = avro(tmp_path / "e.avro", record(("id", "string")))
    file.write_bytes(file.read_bytes() + number(1) + number(1 << 60) + b"x" * 100)
    with pytest.raises(BadAvro, match="cut short"):
        writer_schema(file, file.stat().st_size)


def test_a_recursive_avro_file_is_named_and_the_rest_is_loaded(quotidian: Quotidian, files: Path) -> None:
    bad = avro(files / "a.avro", RECURSIVE, (1, b"\0"))
    assert bad.stat().st_size < 300
    write_avro(files, [ANA, BO])
    report = quotidian.load(files)
    assert [file.origin for file in report.failed] == [str(bad)]
    assert report.total.new == 2


@pytest.mark.slow
def test_commands_and_servers_name_a_recursive_avro_file(tmp_path: Path, files: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    bad = avro(files / "a.avro", RECURSIVE, (1, b"\0"))
    write_avro(files, [ANA, BO])
    assert f"{bad}: has a schema with a record that is within itself" in told(command.run("ingest", files, status=1))
    with serving(command, key) as server:
        assert "within itself" in told(command.run("ingest", files, status=1))
        assert server.dau() == 2


def told(done: Any) -> str:
    """What a command said, without line ends that come of its width."""
    return f"{done.stdout}{done.stderr}"


# A reader that hangs, dies, or grows


class Faulty(FileReader):
    """A reader to which something happens whenever it is to read a file whose name has "bad" in it."""

    def __init__(self, scratch: Path, happens: Callable[[int], None], seconds: float = 60) -> None:
        super().__init__(scratch, 1 << 30, seconds)
        self.begun: list[int] = []
        self._happens = happens

    def begin(self, request: Request) -> Path:
        is_bad = any(b"bad" in file.path.rpartition(b"/")[2] for file in request.files)
        self.start()
        if is_bad:
            # Only once it has started, else that is what would be to blame.
            wait_until(lambda: self._process and (self._process.is_ready or self._process.hears(0.1)))
            assert self._process
            self._process.is_ready = True
            self._happens(self._process.pid)
        self.begun.append(len(request.files))
        return super().begin(request)


Faults = Callable[[Callable[[int], None], float], Faulty]


@pytest.fixture
def faulty(quotidian: Quotidian) -> Iterator[Faults]:
    """Makes the world's reader a faulty one."""
    made: list[Faulty] = []

    def make(happens: Callable[[int], None], seconds: float = 60) -> Faulty:
        made.append(Faulty(quotidian.folder.scratch, happens, seconds))
        quotidian.stores = replace(quotidian.stores, reader=made[-1])
        return made[-1]

    yield make
    for reader in made:
        reader.end()


def write_many(files: Path, count: int, bad: Sequence[int] = ()) -> list[Json]:
    events = [session(f"user {n}", DAY) for n in range(count)]
    for n, event in enumerate(events):
        write_jsonl(files / f"{n:03}{'bad' if n in bad else ''}.jsonl", [event])
    return events


def killed(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def crashed(pid: int) -> None:
    os.kill(pid, signal.SIGSEGV)


def stopped(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


FAULTS = {
    "crashes": (crashed, 60, "the process that read it ended (-11)", False),
    "is killed": (killed, 60, "the process that read it ended (-9)", True),
    # Within these seconds a reader starts on a busy machine too.
    "hangs": (stopped, 4, "nothing came of it in 4 s (read_seconds)", False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_whose_reader_ends_is_named_and_the_rest_is_loaded_where_it(
    quotidian: Quotidian, files: Path, faulty: Faults, fault: str
) -> None:
    happens, seconds, reason, may_pass = FAULTS[fault]
    reader = faulty(happens, seconds)
    write_many(files, 8, bad=[5])
    report = quotidian.load(files)
    (failed,) = report.failed
    assert Path(failed.origin).name == "005bad.jsonl"
    assert failed.reason == f"cannot be read: {reason}"
    assert failed.may_pass is may_pass
    assert (report.files, report.total.new) == (7, 7)
    # 8, then halves of it; a file whose reader somebody else may have killed has two tries.
    assert len(reader.begun) == 7 + may_pass


def test_a_reader_that_is_killed_once_loses_nothing(quotidian: Quotidian, files: Path) -> None:
    """As the kernel does when the machine has no memory left; with one file, and with many."""
    quotidian.stores = replace(quotidian.stores, reader=FileReader(quotidian.folder.scratch, 1 << 30, 60))
    for count in (1, 20):
        write_many(files, count)
        sources, report = Finder([str(files)]).find(), LoadReport()
        killed_pids: set[int] = set()
        for _ in ingest(quotidian.stores, quotidian.workspace(), sources, report):
            if (pid := quotidian.stores.reader.pid) and not killed_pids:
                killed_pids.add(pid)
                os.kill(pid, signal.SIGKILL)
        assert killed_pids
        assert (report.failed, report.files) == ([], count)
    quotidian.stores.reader.end()
    assert quotidian.events.rows("SELECT count() FROM quotidian.events", {}, tuple[int]) == [(20,)]


def test_what_was_read_before_a_reader_died_is_kept(quotidian: Quotidian, files: Path, faulty: Faults) -> None:
    faulty(crashed, 60)
    write_many(files, 6, bad=[3, 4])
    report = quotidian.load(files)
    assert [Path(file.origin).name for file in report.failed] == ["003bad.jsonl", "004bad.jsonl"]
    assert report.total.new == 4
    assert list(quotidian.folder.scratch.glob("*.read")) == []


def test_a_load_that_waits_for_its_reader_gives_signs_of_life(
    quotidian: Quotidian, files: Path, faulty: Faults
) -> None:
    faulty(stopped, 2)
    write_many(files, 1, bad=[0])
    sources, report = Finder([str(files)]).find(), LoadReport()
    signs = list(ingest(quotidian.stores, quotidian.workspace(), sources, report))
    assert len(report.failed) == 1
    assert len(signs) > 10


def test_live_events_are_taken_over_while_a_load_waits_for_its_reader(
    quotidian: Quotidian, files: Path, faulty: Faults
) -> None:
    faulty(stopped, 3)
    write_many(files, 2, bad=[0])
    sources, report = Finder([str(files)]).find(), LoadReport()
    load = ingest(quotidian.stores, quotidian.workspace(), sources, report)
    for _ in range(5):
        next(load)
    quotidian.post_events(CY)
    quotidian.drain()
    assert quotidian.kpi("dau", DAY) == [1]
    for _ in load:
        pass
    quotidian.roll_up()
    assert (len(report.failed), report.total.new) == (1, 1)
    assert quotidian.kpi("dau", DAY) == [2]


def test_a_load_that_is_given_up_ends_its_reader(quotidian: Quotidian, files: Path, faulty: Faults) -> None:
    reader = faulty(stopped, 60)
    write_many(files, 1, bad=[0])
    load = ingest(quotidian.stores, quotidian.workspace(), Finder([str(files)]).find(), LoadReport())
    next(load)
    next(load)
    assert (pid := reader.pid)
    load.close()
    assert not is_running(pid)
    assert list(quotidian.folder.scratch.iterdir()) == []


def readers_of(process: int) -> list[int]:
    """The readers that a process has started."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    return [child for child in children if b"quotidian.ingest.reader_process" in command_line(child)]


LARGE = 240_000
"""How many sessions are in the large files."""


@pytest.fixture(scope="module")
def large_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files that take a reader a while."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(4):
        some_sessions(folder / f"{number}.jsonl", [f"{number} {user}" for user in range(LARGE // 4)])
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_a_command_outlives_its_reader(tmp_path: Path, large_files: Path, how: int) -> None:
    command = Command(tmp_path / "data")
    command.init()
    process = command.start("ingest", large_files, QUOTIDIAN_READ_SECONDS="5")
    wait_until(lambda: is_reading(process.pid))
    os.kill(readers_of(process.pid)[0], how)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f"{LARGE:,}" in out
    assert command.kpi("dau", DAY) == [LARGE]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_the_engine_of_a_server_outlives_its_reader(tmp_path: Path, large_files: Path, how: int) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    with serving(command, key, QUOTIDIAN_READ_SECONDS="5") as server:
        wait_until(server.engine)
        engine = server.engine()
        process = command.start("ingest", large_files)
        wait_until(lambda: is_reading(engine))
        os.kill(readers_of(engine)[0], how)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert f"{LARGE:,}" in out
        assert server.engine() == engine
        assert server.dau() == LARGE
        wait_until(lambda: not readers_of(engine))


def is_reading(process: int) -> bool:
    """Whether a reader of a process has files of a request open, and so has started."""
    with suppress(OSError):
        opened = [each.readlink() for reader in readers_of(process) for each in Path(f"/proc/{reader}/fd").iterdir()]
        return any(path.suffix == ".jsonl" for path in opened)
    return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_reader_ends_with_the_command_that_started_it(tmp_path: Path, large_files: Path, how: int) -> None:
    command = Command(tmp_path / "data")
    command.init()
    process = command.start("ingest", large_files)
    wait_until(lambda: readers_of(process.pid))
    (reader,) = readers_of(process.pid)
    os.kill(process.pid, how)
    process.communicate(timeout=20)
    wait_until(lambda: not is_running(reader))


class Losing(FileReader):
    """A reader whose disk keeps only a part of what is written, as ClickHouse does not notice."""

    def reply(self, timeout: float) -> Reply | None:
        reply = super().reply(timeout)
        if isinstance(reply, Done):
            (written,) = self._scratch.glob("*.read")
            os.truncate(written, written.stat().st_size // 2)
        return reply


def test_what_was_not_written_as_a_whole_is_no_load(quotidian: Quotidian, files: Path) -> None:
    quotidian.stores = replace(quotidian.stores, reader=Losing(quotidian.folder.scratch, 1 << 30, 60))
    write_many(files, 40)
    with pytest.raises(StatementFailed):
        quotidian.load(files)
    assert quotidian.events.rows("SELECT count() FROM quotidian.events", {}, tuple[int]) == [(0,)]
    with quotidian.engine.connect() as connection:
        assert loaded_versions(connection, quotidian.workspace(), (str(each) for each in files.iterdir())) == {}


# Sizes


@pytest.fixture
def little_memory(quotidian: Quotidian) -> Iterator[Quotidian]:
    """A world whose reader may have little memory."""
    quotidian.settings = replace(quotidian.settings, read_memory_bytes=MEMORY_BYTES)
    reader = FileReader(quotidian.folder.scratch, MEMORY_BYTES, 60)
    quotidian.stores = replace(quotidian.stores, settings=quotidian.settings, reader=reader)
    yield quotidian
    reader.end()


def bomb(path: Path, mebibytes: int, piece: bytes, before: bytes = b"", after: bytes = b"") -> Path:
    """A gzipped file of so many mebibytes of the same byte, between others."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as out:
        out.write(packer.compress(before))
        for _ in range(mebibytes):
            out.write(packer.compress(piece * MIB))
        out.write(packer.compress(after) + packer.flush())
    return path


def line(event: object) -> bytes:
    return json.dumps(event).encode() + b"\n"


def test_a_document_that_is_too_large_when_unpacked_is_named_with_what_to_do(
    little_memory: Quotidian, files: Path
) -> None:
    bad = bomb(files / "e.json.gz", 600, b" ")
    write_jsonl(files / "good.jsonl", [ANA])
    report = little_memory.load(files)
    (failed,) = report.failed
    assert failed == replace(failed, origin=str(bad), may_pass=False)
    assert failed.reason == "is one JSON document of more than 64 MiB; write one event a line"
    assert report.total.new == 1


def test_a_document_that_is_too_large_is_named_with_what_to_do(quotidian: Quotidian, files: Path) -> None:
    with (files / "e.json").open("wb") as file:
        file.write(b"[\n")
        file.truncate(65 * MIB)
    (failed,) = quotidian.load(files).failed
    assert "write one event a line" in failed.reason


@pytest.mark.slow
def test_a_line_that_takes_more_memory_than_a_reader_may_have_makes_its_file_a_named_one(
    little_memory: Quotidian, files: Path
) -> None:
    bad = bomb(files / "bad.jsonl.gz", 700, b"x", before=line(ANA) + b'{"padding":"', after=b'"}\n')
    for user in "abc":
        write_jsonl(files / f"{user}.jsonl.gz", [session(user, DAY)], gzip=True)
    report = little_memory.load(files)
    (failed,) = report.failed
    assert (failed.origin, failed.may_pass) == (str(bad), False)
    assert failed.reason == "cannot be read in 286 MiB of memory (read_memory_bytes)"
    assert report.total.new == 3


def test_an_avro_text_that_takes_more_memory_than_a_reader_may_have_makes_its_file_a_named_one(
    little_memory: Quotidian, files: Path
) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = 700 * MIB
    packed = packer.compress(text(b"e1") + text(b"ana") + number(1_711_800_000) + number(size))
    packed += b"".join(packer.compress(b"x" * MIB) for _ in range(700)) + packer.flush()
    schema = record(("id", "string"), ("user_id", "string"), ("time", "long"), ("app_id", "string"))
    bad = avro(files / "bad.avro", schema, (1, packed), codec=b"deflate")
    write_avro(files, [ANA])
    report = little_memory.load(files)
    (failed,) = report.failed
    assert (failed.origin, failed.may_pass) == (str(bad), False)
    assert "286 MiB of memory" in failed.reason
    assert report.total.new == 1


@pytest.mark.parametrize("name", ["e.jsonl", "e.jsonl.gz"])
def test_a_line_of_30_megabytes_is_a_dead_letter_and_its_neighbours_are_loaded(
    quotidian: Quotidian, files: Path, name: str
) -> None:
    padded = {**BO, "padding": "x" * (30 * MIB)}
    write_jsonl(files / name, [ANA, padded, CY], gzip=name.endswith("gz"))
    report = quotidian.load(files)
    assert report.failed == []
    assert (report.total.new, report.total.dead) == (2, 1)
    assert dict(report.reasons) == {("(none)", "larger than a record may be"): 1}
    with quotidian.engine.connect() as connection:
        (letter,) = list_dead_letters(connection, quotidian.workspace(), 10)
    assert letter.record == json.dumps(padded)[:10_000]
    assert letter.origin == str(files / name)


@pytest.mark.parametrize("shape", ["line", "list", "body"])
def test_the_largest_record_is_a_setting(folder: Path, files: Path, shape: str) -> None:
    quotidian = Quotidian(folder, record_limit_bytes="2000")
    try:
        long = message("email.Open", "ana", DAY, campaign_name="é" * 1_000)
        if shape == "line":
            write_jsonl(files / "e.jsonl", [ANA, long, BO])
        else:
            (files / "e.json").write_text(json.dumps([ANA, long, BO] if shape == "list" else {"events": [ANA, long]}))
        report = quotidian.load(files)
        assert report.failed == []
        assert report.total.dead == 1
        assert report.total.new == report.total.read - 1
    finally:
        quotidian.close()


def test_posted_events_are_not_held_to_the_largest_record_of_files(folder: Path) -> None:
    quotidian = Quotidian(folder, record_limit_bytes="1000")
    try:
        quotidian.post_events(message("email.Send", "ana", DAY, campaign_name="x" * 5_000))
        assert quotidian.drain().total.new == 1
    finally:
        quotidian.close()


# What is left


def test_what_is_temporary_is_in_the_data_folder_and_for_its_owner_only(
    quotidian: Quotidian, files: Path, faulty: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    faulty(stopped, 60)
    quotidian.post_events(ANA)
    quotidian.drain()
    quotidian.load(write_jsonl(files / "e.jsonl", [BO]))
    assert quotidian.kpi("dau", DAY) == [2]
    assert stat.S_IMODE(quotidian.folder.scratch.stat().st_mode) == 0o700
    assert quotidian.events.rows("SELECT count() FROM quotidian.events", {}, tuple[int]) == [(2,)]


def test_what_a_killed_load_has_left_is_removed_by_the_next(tmp_path: Path, large_files: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    process = command.start("ingest", large_files)
    scratch = DataFolder(command.data).scratch
    wait_until(lambda: list(scratch.glob("reader-*")))
    process.kill()
    process.communicate()
    assert list(scratch.iterdir())
    command.run("ingest", write_jsonl(tmp_path / "one.jsonl", [ANA]))
    assert not scratch.exists()
