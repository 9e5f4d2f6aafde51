"""Which files a load finds, and what it takes each for."""

import gzip
import json
import os
from pathlib import Path

import pytest
from commands import Command, message, session
from currents import write_avro, write_body, write_jsonl

from quotidian.domain.errors import UserError
from quotidian.domain.vocabulary import SCHEMAS
from quotidian.ingest.columns import FIELDS
from quotidian.ingest.find import Finder
from quotidian.ingest.shapes import Shape
from quotidian.ingest.sniff import EventFile, look_at
from quotidian.ingest.sources import BadFile, Source

OPEN = message("email.Open", "ana", "2024-03-30")
ODD_NAMES = (
    "with space.jsonl",
    "it's.jsonl",
    'say "hi".jsonl',
    "{a,b}.jsonl",
    "{1..3}.jsonl",
    "star*.jsonl",
    "what?.jsonl",
    "[0-9].jsonl",
    "naïve 👋.jsonl",
    "two\nlines.jsonl",
    "100%s %(files)s.jsonl",
    "back\\slash.jsonl",
    "--help.jsonl",
    "x" * 240 + ".jsonl",
)


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def found(*arguments: object) -> list[Path]:
    return [source.path for source in Finder(map(str, arguments)).find()]


def looked_at(path: Path) -> EventFile:
    seen = look_at(Source.of(path), path)
    assert isinstance(seen, EventFile), seen
    return seen


def refused(path: Path) -> str:
    seen = look_at(Source.of(path), path)
    assert isinstance(seen, BadFile), seen
    assert seen.origin == Source.of(path).origin
    return seen.reason


# Finding


def test_a_folder_is_walked_to_any_depth(tmp_path: Path) -> None:
    deep = touch(tmp_path.joinpath(*"abcdefghijklmnop", "events.avro"))
    top = touch(tmp_path / "z.jsonl")
    assert sorted(found(tmp_path)) == [deep, top]


def test_a_folder_is_walked_in_the_same_order_each_time(tmp_path: Path) -> None:
    for name in ("b/2", "a/1", "b/1", "0"):
        touch(tmp_path / name)
    assert [str(path.relative_to(tmp_path)) for path in found(tmp_path)] == ["0", "a/1", "b/1", "b/2"]


@pytest.mark.parametrize("name", [".hidden.avro", "_SUCCESS", ".git/events.avro", "_temporary/0/events.avro"])
def test_hidden_files_and_markers_in_a_folder_are_left_out(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    assert found(tmp_path) == []


def test_a_hidden_file_that_is_named_is_found(tmp_path: Path) -> None:
    hidden = touch(tmp_path / ".events.avro")
    assert found(hidden) == [hidden]


def test_a_glob_finds_what_it_matches(tmp_path: Path) -> None:
    one, two = touch(tmp_path / "1.avro"), touch(tmp_path / "2.avro")
    touch(tmp_path / "3.json")
    assert found(tmp_path / "*.avro") == [one, two]


def test_a_glob_with_two_stars_reaches_any_depth(tmp_path: Path) -> None:
    deep = touch(tmp_path / "a" / "b" / "c" / "1.avro")
    assert found(tmp_path / "**" / "*.avro") == [deep]


def test_folders_that_a_glob_matches_are_walked(tmp_path: Path) -> None:
    day = touch(tmp_path / "date=2024-03-30-10" / "413" / "1.avro")
    touch(tmp_path / "date=2024-04-01-10" / "413" / "1.avro")
    assert found(tmp_path / "date=2024-03-*") == [day]


def test_a_file_named_in_several_ways_is_found_once(tmp_path: Path) -> None:
    one = touch(tmp_path / "a" / "1.avro")
    assert found(one, tmp_path, tmp_path / "a", tmp_path / "a" / "*", f"{tmp_path}/./a/1.avro") == [one]


def test_an_argument_that_names_nothing_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no file or folder '.*nowhere\.avro'"):
        found(tmp_path, tmp_path / "nowhere.avro")


def test_an_argument_longer_than_any_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        found(tmp_path / ("x" * 300))


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_a_file_of_any_name_is_found_by_itself_and_in_its_folder(tmp_path: Path, name: str) -> None:
    odd = touch(tmp_path / name)
    touch(tmp_path / "other.avro")
    assert found(odd) == [odd]
    assert odd in found(tmp_path)


def test_a_link_to_a_file_is_found(tmp_path: Path) -> None:
    target = write_jsonl(tmp_path / "elsewhere" / "events", [OPEN])
    link = tmp_path / "here" / "link.jsonl"
    link.parent.mkdir()
    link.symlink_to(target)
    assert found(link.parent) == [link]
    assert looked_at(link).shape is Shape.LINES


def test_a_link_to_a_folder_that_is_named_is_walked(tmp_path: Path) -> None:
    touch(tmp_path / "real" / "1.avro")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert found(tmp_path / "link") == [tmp_path / "link" / "1.avro"]


def test_a_link_to_a_folder_below_a_folder_is_walked(tmp_path: Path) -> None:
    touch(tmp_path / "real" / "1.avro")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "real")
    assert found(tmp_path / "in") == [tmp_path / "in" / "link" / "1.avro"]


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    one = touch(tmp_path / "a" / "1.avro")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert one in found(tmp_path)


def test_a_link_to_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone.avro").symlink_to(tmp_path / "nothing")
    assert "cannot be read" in refused(tmp_path / "gone.avro")
    assert found(tmp_path) == [tmp_path / "gone.avro"]


def test_a_named_pipe_in_a_folder_does_not_hang_a_load(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    os.mkfifo(tmp_path / "pipe.jsonl")
    process = command.start("ingest", tmp_path / "pipe.jsonl")
    try:
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert "Traceback" not in err


# What each is


@pytest.mark.parametrize("name", ["events.avro", "events", "events.bin", "events.json", "part-0.AVRO.tmp"])
def test_an_avro_file_is_known_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    (written,) = write_avro(tmp_path / "written", [OPEN])
    file = written.rename(tmp_path / name)
    known = frozenset(field.name for field in FIELDS) & SCHEMAS["users.messages.email.Open"].keys()
    assert looked_at(file) == EventFile(
        Source.of(file), file, Shape.AVRO, file.stat().st_size, "users.messages.email.Open", fields=known
    )


@pytest.mark.parametrize("style", ["full", "split"])
def test_the_writer_schema_tells_the_type_wherever_the_file_lies(tmp_path: Path, style: str) -> None:
    (written,) = write_avro(tmp_path / "written", [OPEN], name_style=style)  # type: ignore[arg-type]
    file = written.rename(tmp_path / "1.avro")
    assert looked_at(file).type == "users.messages.email.Open"


def test_the_writer_schema_goes_before_the_folder(tmp_path: Path) -> None:
    (written,) = write_avro(tmp_path / "written", [OPEN])
    folder = tmp_path / "event_type=users.messages.email.Click"
    folder.mkdir()
    assert looked_at(written.rename(folder / "1.avro")).type == "users.messages.email.Open"


def test_the_folder_tells_the_type_where_the_schema_does_not(tmp_path: Path) -> None:
    (written,) = write_avro(tmp_path, [OPEN], name_style="foreign")
    assert looked_at(written).type == "users.messages.email.Open"


def test_the_innermost_event_type_folder_counts(tmp_path: Path) -> None:
    outer = tmp_path / "event_type=users.messages.email.Click"
    (written,) = write_avro(outer, [OPEN], name_style="foreign")
    assert looked_at(written).type == "users.messages.email.Open"


def test_an_unknown_type_keeps_the_name_of_its_folder_or_schema(tmp_path: Path) -> None:
    (written,) = write_avro(tmp_path, [{**OPEN, "event_type": "users.messages.telepathy.Send"}])
    assert looked_at(written).shape is Shape.UNKNOWN_AVRO
    assert looked_at(written).type == "users.messages.telepathy.Send"
    moved = looked_at(written.rename(tmp_path / "1.avro"))
    assert moved.type.endswith("users.messages.telepathy.Send")


@pytest.mark.parametrize("name", ["e.jsonl", "e.ndjson", "e.JSONL", "e.jsonl.gz", "e.ndjson.gz"])
def test_lines_are_known_by_their_name(tmp_path: Path, name: str) -> None:
    assert looked_at(write_jsonl(tmp_path / name, [OPEN])).shape is Shape.LINES


@pytest.mark.parametrize("name", ["e.jsonl", "e.jsonl.gz", "e.json", "e.json.gz"])
def test_gzip_is_known_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    assert looked_at(write_jsonl(tmp_path / name, [OPEN], gzip=True)).gzipped
    assert not looked_at(write_jsonl(tmp_path / name, [OPEN])).gzipped


def test_a_json_file_is_a_body_or_lines_as_its_first_line_says(tmp_path: Path) -> None:
    assert looked_at(write_body(tmp_path / "body.json", [OPEN, OPEN])).shape is Shape.BODY
    assert looked_at(write_jsonl(tmp_path / "lines.json", [OPEN, OPEN])).shape is Shape.LINES
    pretty = tmp_path / "pretty.json"
    pretty.write_text(json.dumps({"events": [OPEN]}, indent=2))
    assert looked_at(pretty).shape is Shape.BODY


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("e.avro", b"", "is empty"),
        ("e.avro", b"PAR1 something else", "not an Avro file"),
        ("e.avro", b"Obj\x01", "no readable Avro header"),
        ("e.avro", b"Obj\x01" + b"\xff" * 100, "no readable Avro header"),
        ("e.avro", b"Obj\x01\x02\x16avro.schema\x04{}\x00" + b"0" * 16, "no readable Avro header"),
        ("e.json", b"", "is empty"),
        ("e.json.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("e.json.gz", b"\x1f\x8b\x08", "is damaged or cut short"),
        ("photo.jpg", b"\xff\xd8\xff", "no event file"),
        ("notes.txt", b"{}", "no event file"),
        ("events.parquet", b"PAR1", "no event file"),
        ("events.csv", b"id,time\n", "no event file"),
        ("README", b"hello", "no event file"),
    ],
)
def test_a_foreign_or_empty_file_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert reason in refused(tmp_path / name)


def test_a_gzipped_body_with_a_damaged_middle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e.json.gz").write_bytes(gzip.compress(b"{}")[:10] + b"\xff" * 50)
    assert refused(tmp_path / "e.json.gz")


def test_a_json_file_of_brackets_only_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_bytes(b"[" * 100_000)
    looked_at(tmp_path / "deep.json")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "secret.jsonl", [session("ana", "2024-03-30")])
    file.chmod(0)
    assert "cannot be read" in refused(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_told_and_those_beside_it_are_walked(tmp_path: Path) -> None:
    secret, other = touch(tmp_path / "a" / "1.avro").parent, touch(tmp_path / "b" / "2.avro")
    secret.chmod(0)
    try:
        assert found(tmp_path) == [secret, other]
        assert "a folder that cannot be read" in refused(secret)
    finally:
        secret.chmod(0o700)


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "gone.jsonl")
    assert "cannot be read" in refused(touch(tmp_path / "file") / "below.jsonl")
