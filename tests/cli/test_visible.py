"""Names, types, ids and records of events, and what users type, do nothing to the terminal that shows them."""

import json
import logging
import os
import pty
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Timer

import pytest
from commands import QUOTIDIAN, Command, event, message, session
from currents import write_jsonl
from servers import kill_group

from quotidian.telemetry import logs
from quotidian.telemetry.visible import visible, visible_json

DAY = "2024-03-30"
NASTY = "\x1b[31mred\x07\nfaked: line\u202etxt.exe\u2066\u2028\x9b2J\x7f\r\t\b"
SHOWN = r"\x1b[31mred\x07\x0afaked: line\u202etxt.exe\u2066\u2028\x9b2J\x7f\x0d\x09\x08"


def assert_harmless(text: str) -> None:
    """Whatever a terminal would obey is a line end of our own; nothing of the text begins a line."""
    odd = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")}
    assert odd <= {"\n"}, text
    assert not any(line.startswith("faked: line") for line in text.splitlines()), text


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files and events with names that mean harm."""
    folder = tmp_path_factory.mktemp("nasty")
    (folder / f"{NASTY}.avro").write_bytes(b"no avro file")
    events = [
        {**session("ana", DAY), "event_type": NASTY},
        {**session("ana", DAY), "event_type": f"users.{NASTY}", "id": NASTY},
        {**session("bo", DAY), "user": NASTY},
        {**event("messages.email.Send", NASTY, DAY), "time": NASTY, "id": NASTY},
        message("email.Send", "ana", DAY, campaign_id=NASTY, message_variation_id=NASTY),
        session("ana", DAY),
    ]
    write_jsonl(folder / f"{NASTY}.jsonl", events)
    return folder


@pytest.fixture(scope="module")
def command(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    command = Command(tmp_path_factory.mktemp("data") / f"data {NASTY}")
    command.init()
    command.here("keys", "create", "--all", "--name", NASTY)
    done = command.here("ingest", files, status=1)
    assert_harmless(done.stdout)
    assert SHOWN in done.stdout
    return command


def printed(command: Command, words: Sequence[object]) -> subprocess.CompletedProcess[str]:
    """What a command prints, whatever its status; those that log, or hand work to others, are processes."""
    if words[0] not in ("serve", "demo", "recover", "ingest"):
        return command.here(*words, status=None)
    with command.start(*words) as process:
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess([*map(str, words)], process.returncode, out, err)


@pytest.mark.parametrize(
    "words",
    [
        ["dead-letters"],
        ["series", "campaign", NASTY, "--days", 1, "--ending-at", DAY],
        ["keys", "list"],
        ["status"],
        ["--workspace", NASTY, "init"],
        ["keys", "link", 1, "--at", f"https://{NASTY}"],
        ["demo", "--events", 300, "--days", 2, "--no-serve", "--folder", f"demo {NASTY}"],
        ["recover"],
    ],
    ids=lambda words: words[0],
)
def test_what_a_command_prints_is_harmless(command: Command, words: list[object]) -> None:
    done = printed(command, words)
    assert_harmless(done.stdout + done.stderr)
    assert SHOWN in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["ingest", NASTY],
        ["ingest", f"s3://{NASTY}"],
        ["catalogue", "import", NASTY],
        ["catalogue", "import", f"{NASTY}.jsonl"],
        ["series", NASTY],
        ["series", "dau", NASTY],
        ["series", "campaign", f"no {NASTY}"],
        ["series", "dau", "--ending-at", NASTY],
        ["series", "dau", f"--{NASTY}"],
        ["keys", "create", "--name", "x", "--permission", NASTY],
        ["serve", "--host", NASTY],
        ["--workspace", f"no {NASTY}", "series", "dau"],
        ["--data", f"no {NASTY}", "series", "dau"],
        ["init", "--timezone", NASTY],
        [NASTY],
    ],
    ids=lambda words: " ".join(map(ascii, words)),
)
def test_what_a_command_refuses_is_shown_harmless(command: Command, words: list[str]) -> None:
    done = printed(command, words)
    assert done.returncode > 0
    assert_harmless(done.stdout + done.stderr)
    assert "Traceback" not in done.stderr


def test_what_a_watch_prints_is_harmless(command: Command, files: Path) -> None:
    other = Command(command.data.with_name("watched"))
    other.init()
    process = other.start("ingest", "--watch", files, f"{files}/{NASTY}*", "--every", "0.5")
    giving_up = Timer(60, process.kill)
    giving_up.start()
    try:
        assert process.stdout
        told = list(_up_to(process.stdout, "not loaded"))
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=20)
    finally:
        giving_up.cancel()
        kill_group(process)
    out = "".join(told) + rest
    assert_harmless(out + err)
    assert SHOWN in out
    assert "not loaded" in out


def _up_to(lines: Iterable[str], text: str) -> Iterator[str]:
    """Lines, up to the first that has a text in it."""
    for line in lines:
        yield line
        if text in line:
            return


# JSON and CSV


def test_json_of_dead_letters_is_harmless_and_says_what_was_there(command: Command) -> None:
    out = command.here("dead-letters", "--format", "json").stdout
    assert_harmless(out)
    letters = [json.loads(line) for line in out.splitlines()]
    assert NASTY in {letter["event_id"] for letter in letters}


@pytest.mark.parametrize("words", [["status"], ["series", "campaign", NASTY, "--days", 1, "--ending-at", DAY]])
def test_json_is_harmless(command: Command, words: list[object]) -> None:
    done = command.here(*words, "--format", "json")
    assert_harmless(done.stdout + done.stderr)
    assert any(NASTY in each for each in strings_in(json.loads(done.stdout)))


def strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings_in(each)


def test_csv_is_harmless_at_a_terminal_and_as_it_was_in_a_file(command: Command) -> None:
    words = ["series", "campaign", NASTY, "--days", "1", "--ending-at", DAY, "--format", "csv"]
    assert NASTY in command.here(*words).stdout
    shown = at_terminal(command, *words)
    assert SHOWN in shown
    assert_harmless(shown.replace("\r", ""))


def at_terminal(command: Command, *words: str) -> str:
    """What a command shows to somebody who sits at a terminal."""
    here, there = pty.openpty()
    process = subprocess.Popen([QUOTIDIAN, "--data", command.data, *words], stdout=there, stderr=there)
    os.close(there)
    told = b""
    while True:
        try:
            told += os.read(here, 65_536)
        except OSError:
            break
    os.close(here)
    process.wait(60)
    return told.decode()


# Logs


def test_logs_at_a_terminal_are_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    formatter = logs._formatter()
    try:
        raise ValueError(NASTY)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "It was %s", (NASTY,), sys.exc_info())
    lines = formatter.format(record).split("\n")
    assert SHOWN in lines[0]
    assert any("ValueError" in line for line in lines)
    assert all(line.isprintable() for line in lines)
    requests = logs._Requests("x", logging.INFO, "", 0, "", None, None)
    requests.requests = [logs.Request(0, "1", NASTY, "/x", 200, 0.1)] * 2
    assert all(line.isprintable() for line in formatter.format(requests).split("\n"))


def test_json_of_logs_is_harmless_and_says_what_was_there() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "It was %s", (NASTY,), None)
    line = logs._formatter().format(record)
    assert_harmless(line)
    assert json.loads(line)["message"] == f"It was {NASTY}"


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_every_control_character_is_written_out(code: int) -> None:
    assert visible(f"a{chr(code)}b").isascii()
    assert visible(f"a{chr(code)}b").isprintable()
    document = visible_json(json.dumps(chr(code), ensure_ascii=False))
    assert document.isascii()
    assert json.loads(document) == chr(code)


@pytest.mark.parametrize("text", ["", "Thé vert", "お茶 🍵", "50 % \\ \"'", "عربى", "e\u0301"])
def test_text_of_any_language_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert visible_json(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)
