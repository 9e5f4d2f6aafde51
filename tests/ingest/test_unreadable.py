"""What is said of files that cannot be read, and of failures of ClickHouse: plain words, no codes and paths of ours."""

import gzip
from pathlib import Path

import fastavro
import pytest
from commands import Command, session
from currents import write_jsonl
from load import DAY

from quotidian.store.events import StatementFailed
from quotidian.store.passing import one_line

SCHEMA = "dataexport.S3.inner.users.behaviors.app.SessionStart"
FIELDS = [{"name": name, "type": kind} for name, kind in (("id", "string"), ("user_id", "string"), ("time", "int"))]
RECORD = {"id": "1", "user_id": "u", "time": 1_711_800_000}
NOT_OURS = ("/proc/", "DB::", "Exception", "Code:", "Stack trace", "AVRO_", "While ")


def avro(path: Path, field: str, kind: object, value: object) -> Path:
    fields = [each for each in FIELDS if each["name"] != field]
    schema = {"type": "record", "name": SCHEMA, "fields": [*fields, {"name": field, "type": kind}]}
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), [{**RECORD, field: value}])
    return path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a load of files that cannot be read prints."""
    folder = tmp_path_factory.mktemp("unreadable")
    files = folder / "files"
    whole = write_jsonl(files / "cut.jsonl.gz", [session(str(each), DAY) for each in range(1000)], gzip=True)
    whole.write_bytes(whole.read_bytes()[:200])
    (files / "[o{d}d].jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00and then no gzip at all")
    (files / "cut.json.gz").write_bytes(gzip.compress(b'{"events": []}')[:-10])
    avro(files / "time.avro", "time", "string", "2024-03-30")
    avro(files / "app.avro", "app_id", {"type": "array", "items": "string"}, ["shop"])
    whole = avro(files / "broken.avro", "app_id", "string", "a" * 100)
    # A text of a length below zero.
    whole.write_bytes(whole.read_bytes().replace(b"\xc8\x01a", b"\x03\x01a"))
    command = Command(folder / "data")
    command.init()
    return command.here("ingest", files, status=1).stdout


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cut.jsonl.gz", "is damaged or cut short: it cannot be gunzipped"),
        ("[o{d}d].jsonl.gz", "is damaged or cut short: it cannot be gunzipped"),
        ("cut.json.gz", "is damaged or cut short: it cannot be gunzipped"),
        ("time.avro", "cannot be read: its field 'time' is of type string; it must be a number"),
        ("app.avro", "cannot be read: its field 'app_id' is of type array; it must be text"),
        ("broken.avro", "is damaged: its blocks do not hold what its Avro schema says"),
    ],
)
def test_the_reason_of_an_unreadable_file_is_in_plain_words(told: str, name: str, reason: str) -> None:
    assert f"/{name}: {reason}\n" in told


def test_no_internals_are_shown_of_an_unreadable_file(told: str) -> None:
    assert [each for each in NOT_OURS if each in told] == []


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (
            "Code: 117. DB::Exception: Incorrect data: (in file/uri /proc/self/fd/256): While executing. (INCORRECT)",
            "ClickHouse error 117: Incorrect data",
        ),
        (
            "Code: 1001. DB::Exception: std::exception. Code: 1001, type: std::filesystem, No space left on device",
            "there is no space left on the disk (ClickHouse error 1001)",
        ),
        (
            "Code: 241. DB::Exception: (total) memory limit exceeded: would use 2 GiB. (MEMORY_LIMIT_EXCEEDED)",
            "it needs more memory than it may have (ClickHouse error 241)",
        ),
        ("Code: 999. DB::Exception: ", "ClickHouse error 999: it gives no reason"),
        (
            "The process that reads files cannot be asked: Broken pipe",
            "The process that reads files cannot be asked: Broken pipe",
        ),
    ],
)
def test_a_failure_of_clickhouse_is_said_in_one_plain_line(raw: str, plain: str) -> None:
    assert one_line(StatementFailed(raw)) == plain
