"""Events in JSON: bodies, lists and lines, whole and damaged. What cannot be used is told, the rest is loaded."""

import gzip
import json
from collections.abc import Mapping

import pytest
from commands import Json, message, session
from conftest import Quotidian

from quotidian.control.dead_letters import DeadLetter, list_dead_letters
from quotidian.ingest.report import LoadReport

DAY = "2024-03-30"
ANA, BO, CY = (session(user, DAY, app_id="tea") for user in ("ana", "bo", "cy"))


def line(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


def load(quotidian: Quotidian, name: str, content: bytes) -> LoadReport:
    file = quotidian.folder.path / name
    file.write_bytes(content)
    return quotidian.load(file)


def letters(quotidian: Quotidian) -> list[DeadLetter]:
    with quotidian.engine.connect() as connection:
        return list(list_dead_letters(connection, quotidian.workspace(), 1000))


def assert_loaded(quotidian: Quotidian, report: LoadReport, users: int, dead: int = 0) -> None:
    """All users' sessions count on DAY, and nothing was lost on the way."""
    assert report.failed == []
    assert (report.total.new, report.total.dead) == (users, dead)
    assert report.total.read == users + dead
    assert quotidian.kpi("dau", DAY) == [users]


# Whole documents


BODIES: Mapping[str, bytes] = {
    "a body": json.dumps({"events": [ANA, BO]}).encode(),
    "a list": json.dumps([ANA, BO]).encode(),
    "a pretty body": json.dumps({"events": [ANA, BO]}, indent=4).encode(),
    "a pretty list": json.dumps([ANA, BO], indent=4).encode(),
    "a body and a last line": json.dumps({"events": [ANA, BO]}).encode() + b"\r\n",
    "a body behind blank lines": b"\n \n" + json.dumps({"events": [ANA, BO]}).encode(),
    "a body with a byte order mark": b"\xef\xbb\xbf" + json.dumps({"events": [ANA, BO]}).encode(),
    "a body of more than events": json.dumps({"batch": 7, "events": [ANA, BO], "sent_at": None}).encode(),
    "lines": line(ANA) + line(BO),
    "lines without a last end": (line(ANA) + line(BO)).rstrip(),
    "lines of bodies": line({"events": [ANA]}) + line({"events": [BO]}),
    "lines of lists": line([ANA]) + line([BO]),
}


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES)
def test_a_json_file_may_hold(quotidian: Quotidian, content: bytes) -> None:
    assert_loaded(quotidian, load(quotidian, "e.json", content), users=2)


@pytest.mark.parametrize("name", ["e.json", "e.json.gz"])
def test_a_json_file_may_hold_one_event(quotidian: Quotidian, name: str) -> None:
    content = json.dumps(ANA, indent=1).encode()
    assert_loaded(quotidian, load(quotidian, name, gzip.compress(content) if "gz" in name else content), users=1)


def test_an_empty_body_loads_nothing(quotidian: Quotidian) -> None:
    assert_loaded(quotidian, load(quotidian, "e.json", b'{"events": []}'), users=0)
    assert_loaded(quotidian, load(quotidian, "f.json", b"[]"), users=0)


@pytest.mark.parametrize("cut", [1, 2, 20, 200, 400])
def test_a_body_cut_short_is_reported_by_name_and_the_rest_is_loaded(quotidian: Quotidian, cut: int) -> None:
    folder = quotidian.folder.path / "in"
    folder.mkdir()
    whole = json.dumps({"events": [ANA, BO]}).encode()
    (folder / "a.json").write_bytes(whole[:-cut])
    (folder / "b.json").write_bytes(json.dumps([CY]).encode())
    report = quotidian.load(folder)
    assert [file.origin for file in report.failed] == [str(folder / "a.json")]
    assert (report.files, report.total.new) == (1, 1)
    assert quotidian.kpi("dau", DAY) == [1]


@pytest.mark.parametrize("content", [b" \n ", b'{"events": [', b"not json", b'"text"', b"12", b"null", b"{} {}"])
def test_a_json_file_without_events_is_reported_or_dead(quotidian: Quotidian, content: bytes) -> None:
    report = load(quotidian, "e.json", content)
    assert len(report.failed) + report.total.dead == 1
    assert report.total.new == 0


def test_a_foreign_json_object_is_a_dead_letter(quotidian: Quotidian) -> None:
    report = load(quotidian, "package.json", b'{\n"name": "something",\n"version": "1.0"}')
    assert dict(report.reasons) == {("(none)", "no event type"): 1}


# Lines


LINES: Mapping[str, bytes] = {
    "CRLF": (line(ANA) + line(BO)).replace(b"\n", b"\r\n"),
    "blank lines": b"\n \n\t\r\n" + line(ANA) + b"\n\n" + line(BO) + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + line(ANA) + line(BO),
    "no end of the last line": (line(ANA) + line(BO)).rstrip(),
    "spaces around": b"  " + line(ANA).rstrip() + b"  \n" + line(BO),
    "a list": line([ANA, BO]),
    "a body": line({"events": [ANA, BO]}),
    "escapes only": json.dumps(ANA, ensure_ascii=True).replace("ana", "\\u0061na").encode() + b"\n" + line(BO),
    "a huge event": line({**ANA, "padding": "x" * 5_000_000}) + line(BO),
    "a thousand unknown fields": line({**ANA, **{f"field {n}": [n, {"n": None}] for n in range(1000)}}) + line(BO),
    "a NUL and a line separator in a text": line(session("ana", DAY, app_id="a\0b\u2028c")) + line(BO),
    "keys twice": line(ANA).replace(b'"user":', b'"user": {"user_id": "ana"}, "user":') + line(BO),
}


@pytest.mark.parametrize("content", LINES.values(), ids=LINES)
def test_lines_may_have(quotidian: Quotidian, content: bytes) -> None:
    assert_loaded(quotidian, load(quotidian, "e.jsonl", content), users=2)


DEEP = b"[" * 5_000 + b"]" * 5_000
BROKEN_LINES: Mapping[str, bytes] = {
    "half an event": line(ANA)[:50] + b"\n",
    "no JSON": b"hello\n",
    "two objects": line(ANA).rstrip() + b" {}\n",
    "single quotes": line(ANA).replace(b'"', b"'"),
    "a trailing comma": line(ANA).replace(b"}\n", b",}\n"),
    "NaN": line(ANA).replace(b'"id"', b'"x": NaN, "id"'),
    "a number": b"17\n",
    "a text": b'"event"\n',
    "null": b"null\n",
    "very deep": DEEP + b"\n",
    "brackets only": b"[" * 100_000 + b"\n",
    "a huge text that never ends": b'{"x": "' + b"y" * 5_000_000 + b"\n",
    "an escape that is no character": line(ANA).replace(b'"ana"', b'"\\ud800"'),
    "a nameless control character": line(ANA).replace(b"ana", b"a\x01a"),
}


@pytest.mark.parametrize("broken", BROKEN_LINES.values(), ids=BROKEN_LINES)
def test_a_broken_line_is_a_dead_letter_and_the_others_count(quotidian: Quotidian, broken: bytes) -> None:
    report = load(quotidian, "e.jsonl", line(BO) + broken + line(CY))
    assert_loaded(quotidian, report, users=2, dead=1)
    assert dict(report.reasons) == {("(none)", "not a JSON object"): 1}
    assert [letter.reason for letter in letters(quotidian)] == ["not a JSON object"]


INVALID_UTF_8: Mapping[str, bytes] = {
    "a broken line": b'{"id": "\xff\xfe"\n',
    "a line of Latin-1": line(ANA).replace(b"ana", b"Ren\xe9"),
    "a line of UTF-16": json.dumps(ANA).encode("utf-16") + b"\n",
    "an app": line(ANA).replace(b'"tea"', b'"\xff"'),
    "a campaign": line(message("email.Send", "ana", DAY)).replace(b'"c"', b'"\xff"'),
    "a variation": line(message("email.Send", "ana", DAY)).replace(b'"v"', b'"\xff"'),
    "an event type": line(ANA).replace(b"SessionStart", b"Sess\xff"),
    "a dead letter's id": line({**ANA, "id": "?", "time": None}).replace(b"?", b"\xff"),
}


@pytest.mark.parametrize("broken", INVALID_UTF_8.values(), ids=INVALID_UTF_8)
def test_invalid_utf_8_does_not_stop_a_load(quotidian: Quotidian, broken: bytes) -> None:
    load(quotidian, "e.jsonl", broken + line(BO))
    assert load(quotidian, "f.jsonl", line(CY)).total.new == 1
    assert quotidian.kpi("dau", DAY)[0] in (2, 3)


def test_an_unknown_type_of_any_length_is_skipped(quotidian: Quotidian) -> None:
    report = load(quotidian, "e.jsonl", line({**ANA, "event_type": "t" * 10_000}) + line(BO))
    assert (report.total.skipped, report.total.new) == (1, 1)


@pytest.mark.parametrize("field", ["event_type", "id"])
def test_a_long_text_is_not_cut_within_a_character(quotidian: Quotidian, field: str) -> None:
    report = load(quotidian, "e.jsonl", line({**ANA, "time": None, field: "a" + "é" * 150}) + line(BO))
    assert report.total.new == 1


# What a record lacks


UNUSABLE: Mapping[str, tuple[Json, str]] = {
    "no id": ({**ANA, "id": None}, "no id"),
    "an empty id": ({**ANA, "id": ""}, "no id"),
    "a number for an id": ({**ANA, "id": 7}, "no id"),
    "no time": ({**ANA, "time": None}, "no usable time"),
    "a time in a text": ({**ANA, "time": str(ANA["time"])}, "no usable time"),
    "a time before 1970": ({**ANA, "time": -1}, "no usable time"),
    "a time in milliseconds": (
        {**ANA, "time": ANA["time"] * 1000},
        f"time {ANA['time'] * 1000} looks like milliseconds; seconds are expected",
    ),
    "a time in microseconds": (
        {**ANA, "time": ANA["time"] * 1_000_000},
        f"time {ANA['time'] * 1_000_000} looks like microseconds; seconds are expected",
    ),
    "a time far in the future": ({**ANA, "time": 9_999_999_999}, "time 9999999999 is in the future (year 2286)"),
    "a text far in the future": ({**ANA, "time": "2500-01-01"}, "time 2500-01-01 is in the future (year 2500)"),
    "no user": ({**ANA, "user": {}}, "no user"),
    "a device only": ({**ANA, "user": {"device_id": "d"}}, "no user"),
    "no event type": ({**ANA, "event_type": ""}, "no event type"),
}


@pytest.mark.parametrize(("event", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_record_that_cannot_be_used_is_kept_with_its_reason_and_origin(
    quotidian: Quotidian, event: Json, reason: str
) -> None:
    report = load(quotidian, "e.jsonl", line(event) + line(BO))
    assert_loaded(quotidian, report, users=1, dead=1)
    (letter,) = letters(quotidian)
    assert letter.reason == reason
    assert letter.origin == str(quotidian.folder.path / "e.jsonl")
    assert json.loads(letter.record) == event


def test_a_dead_letter_is_listed_once_however_often_its_file_is_loaded(quotidian: Quotidian) -> None:
    for _ in range(3):
        assert load(quotidian, "e.jsonl", b"nonsense\n" + line(BO)).total.dead == 1
    assert len(letters(quotidian)) == 1


def test_thousands_of_dead_letters_are_all_kept(quotidian: Quotidian) -> None:
    report = load(quotidian, "e.jsonl", b"".join(line({**ANA, "id": None, "number": n}) for n in range(10_000)))
    assert report.total.dead == 10_000
    with quotidian.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar_one() == 10_000


def test_a_user_may_be_missing_where_the_schema_says_so(quotidian: Quotidian) -> None:
    inbound = {**message("sms.InboundReceive", "?", DAY, message_body="help"), "user": {}}
    assert load(quotidian, "e.jsonl", line(inbound)).total.new == 1
    assert quotidian.campaign("c", DAY)[0]["messages"]["sms"][0]["help"] == 1


# Gzip


def test_gzipped_lines_in_several_members_are_all_read(quotidian: Quotidian) -> None:
    assert_loaded(quotidian, load(quotidian, "e.jsonl.gz", gzip.compress(line(ANA)) + gzip.compress(line(BO))), users=2)


GZIPPED = gzip.compress(b"".join(line(session(f"user {n}", DAY)) for n in range(2_000)))
BROKEN_GZIP: Mapping[str, bytes] = {
    "its magic only": GZIPPED[:2],
    "half its header": GZIPPED[:6],
    "a cut in the middle": GZIPPED[: len(GZIPPED) // 2],
    "a cut in its checksum": GZIPPED[:-3],
    "damage in the middle": GZIPPED[:5_000] + b"\0" * 100 + GZIPPED[5_100:],
    "a wrong checksum": GZIPPED[:-8] + b"\0" * 8,
}


@pytest.mark.parametrize("content", BROKEN_GZIP.values(), ids=BROKEN_GZIP)
def test_broken_gzip_is_reported_by_name_and_the_rest_is_loaded(quotidian: Quotidian, content: bytes) -> None:
    folder = quotidian.folder.path / "in"
    folder.mkdir()
    (folder / "a.jsonl.gz").write_bytes(content)
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(line(CY)))
    report = quotidian.load(folder)
    assert [file.origin for file in report.failed] == [str(folder / "a.jsonl.gz")]
    assert report.total.new == 1
