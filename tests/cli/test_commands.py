"""The command line, as a user types it."""

import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from commands import QUOTIDIAN, Command, event, key_in, message, session, some_sessions
from currents import write_avro, write_jsonl
from servers import wait_until

from quotidian.api.endpoints import PERMISSIONS
from quotidian.domain.days import day_of
from quotidian.series import rollup as rollups
from quotidian.series.ranges import Range
from quotidian.store.stores import Stores

DAY = "2024-03-30"
COMMANDS = (
    (),
    ("demo",),
    ("init",),
    ("ingest",),
    ("serve",),
    ("series",),
    ("campaigns",),
    ("canvases",),
    ("segments",),
    ("sends",),
    ("events",),
    ("products",),
    ("rebuild",),
    ("recover",),
    ("dead-letters",),
    ("keys",),
    ("keys", "create"),
    ("keys", "list"),
    ("keys", "revoke"),
    ("catalogue",),
    ("catalogue", "import"),
    ("completion",),
)


@pytest.fixture
def fresh(tmp_path: Path) -> Command:
    """Commands on a data folder that is not there yet."""
    return Command(tmp_path / "data")


@pytest.fixture
def command(fresh: Command) -> Command:
    """Commands on a new data folder."""
    fresh.init()
    return fresh


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Commands on a data folder with some events, for what only reads."""
    command = Command(tmp_path_factory.mktemp("loaded") / "data")
    command.init()
    events = [session(user, DAY, app_id="tea") for user in ("ana", "bo")]
    events += [message("email.Send", "ana", DAY, message_variation_name='Say "hi", é', send_id="s")]
    events += [event("behaviors.Purchase", "ana", f"{DAY}T13:00", price=1234.5, currency="USD")]
    command.run("ingest", write_jsonl(command.data.parent / "e.jsonl", [*events, {"id": "nobody's"}]))
    return command


# Every command


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "none")
def test_help_is_shown_of(fresh: Command, words: Sequence[str]) -> None:
    shown = fresh.here(*words, "--help").stdout
    assert "Usage: quotidian" in shown
    assert "--data" in shown
    assert not fresh.data.exists()


def test_the_version_is_shown(fresh: Command) -> None:
    assert fresh.here("--version").stdout.startswith("quotidian 0.")


NEED_A_FOLDER = (
    ["ingest", "."],
    ["series", "dau"],
    ["campaigns"],
    ["rebuild"],
    ["recover"],
    ["serve"],
    ["keys", "list"],
    ["dead-letters"],
)


@pytest.mark.parametrize("words", NEED_A_FOLDER, ids=" ".join)
def test_before_init_a_command_says_what_to_do(fresh: Command, words: Sequence[str]) -> None:
    assert f"quotidian --data {fresh.data} init" in fresh.here(*words, status=2).stderr


IN_A_WORKSPACE = (
    ["ingest", "."],
    ["series", "dau"],
    ["campaigns"],
    ["keys", "list"],
    ["keys", "create", "--name", "k", "--all"],
)


@pytest.mark.parametrize("words", [*IN_A_WORKSPACE, ["dead-letters"]], ids=" ".join)
def test_an_unknown_workspace_is_named_beside_those_there_are(loaded: Command, words: Sequence[str]) -> None:
    err = loaded.here("--workspace", "nowhere", *words, status=2).stderr
    assert "no workspace 'nowhere'; there is default" in err


WRONG: Mapping[str, tuple[Sequence[str], str]] = {
    "a command": (["frobnicate"], "frobnicate"),
    "an option": (["series", "dau", "--dayz", "3"], "--dayz"),
    "no path": (["ingest"], "PATHS"),
    "a path": (["ingest", "nowhere.avro"], "nowhere.avro"),
    "a series": (["series", "everything"], "everything"),
    "a number": (["series", "dau", "--days", "many"], "many"),
    "no days": (["series", "dau", "--days", "0"], "--days"),
    "days below zero": (["series", "dau", "--days", "-3"], "--days"),
    "too many days": (["series", "dau", "--days", "100000000"], "100000000"),
    "a date": (["series", "dau", "--ending-at", "yesterday"], "yesterday"),
    "a format": (["series", "dau", "--format", "xml"], "xml"),
    "a window without its series": (["series", "dau", "--window", "7"], "--window"),
    "a window too long": (["series", "active", "--window", "91"], "--window"),
    "an app": (["series", "dau", "--app-id", "coffee"], "coffee"),
    "an app of a campaign": (["series", "campaign", "c", "--app-id", "tea"], "--app-id"),
    "no campaign": (["series", "campaign"], "CAMPAIGN_ID"),
    "a campaign": (["series", "campaign", "x"], "no campaign 'x'"),
    "a send": (["series", "send", "c", "x"], "no send 'x'"),
    "half a send": (["series", "send", "c"], "SEND_ID"),
    "a permission": (["keys", "create", "--name", "k", "--permission", "kpi.everything"], "kpi.everything"),
    "no permission": (["keys", "create", "--name", "k"], "--all"),
    "two ways to permit": (["keys", "create", "--name", "k", "--all", "--permission", PERMISSIONS[0]], "--all"),
    "a key": (["keys", "revoke", "99"], "99"),
    "a catalogue": (["catalogue", "import", "nowhere.toml"], "nowhere.toml"),
    "a time zone": (["--workspace", "w", "init", "--timezone", "Mars/Base"], "Mars/Base"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_and_the_exit_status_says_so(loaded: Command, words: Sequence[str], said: str) -> None:
    done = loaded.here(*words, status=2)
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("words", [words for words, _ in WRONG.values()], ids=WRONG)
def test_every_refusal_is_one_line_of_plain_text_that_begins_with_error(loaded: Command, words: Sequence[str]) -> None:
    err = loaded.here(*words, status=2).stderr
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["explode"], "; see quotidian --help\n"),
        (["keys", "explode"], "; see quotidian keys --help\n"),
        (["series", "dau", "--days", "many"], "; see quotidian series --help\n"),
        (["keys", "revoke"], "; see quotidian keys revoke --help\n"),
        (
            ["dead-letters", "1"],
            "'1': the command does not take so many arguments; see quotidian dead-letters --help\n",
        ),
    ],
    ids=str,
)
def test_what_is_typed_wrong_leads_to_the_help_of_its_command(loaded: Command, words: list[str], hint: str) -> None:
    assert loaded.here(*words, status=2).stderr.endswith(hint)


# init


def test_init_makes_a_folder_and_shows_its_first_key_once(fresh: Command) -> None:
    key = key_in(fresh.run("init", "--timezone", "Europe/Paris").stdout)
    assert fresh.data.stat().st_mode & 0o077 == 0
    assert key not in fresh.run("keys", "list").stdout
    assert key.encode() not in b"".join(file.read_bytes() for file in fresh.data.glob("*sqlite*"))


def test_init_twice_changes_nothing_and_says_so(fresh: Command) -> None:
    fresh.init("Europe/Paris")
    err = fresh.here("init", "--timezone", "UTC", status=2).stderr
    assert "'default' exists already (time zone Europe/Paris)" in err
    assert len(fresh.here("keys", "list", "--format", "json").stdout.splitlines()) == 1


def test_init_adds_a_workspace_of_any_name(command: Command, tmp_path: Path) -> None:
    name = "it's \"another\" {one} é\\'"
    command.here("--workspace", name, "init", "--timezone", "Asia/Tokyo", "--app-group-id", "group'\\")
    file = write_jsonl(tmp_path / "e.jsonl", [session("ana", f"{DAY}T20:00", app_group_id="group'\\")])
    command.here("ingest", file)
    assert command.kpi("dau", DAY) == [0]
    out = command.here("--workspace", name, "series", "dau", "--ending-at", "2024-03-31", "--days", 1).stdout
    assert "2024-03-31    1" in out


def test_init_after_an_init_that_failed_works(fresh: Command) -> None:
    fresh.here("init", "--timezone", "Mars/Base", status=2)
    fresh.init()


def test_init_where_no_folder_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = Command(tmp_path / "file")
    assert "data folder" in command.here("init", status=2).stderr


# ingest


def test_ingest_shows_a_line_a_type_and_says_when_nothing_is_new(command: Command, tmp_path: Path) -> None:
    write_avro(tmp_path / "in", [session("ana", DAY), message("email.Send", "ana", DAY)])
    first = command.here("ingest", tmp_path / "in").stdout
    assert [line.split()[:3] for line in first.splitlines()[1:4]] == [
        ["users.behaviors.app.SessionStart", "1", "1"],
        ["users.messages.email.Send", "1", "1"],
        ["total", "2", "2"],
    ]
    assert "Nothing new" not in first
    assert "Nothing new" in command.here("ingest", tmp_path / "in").stdout


def test_ingest_names_what_it_could_not_load_and_its_status_is_1(command: Command, tmp_path: Path) -> None:
    some_sessions(tmp_path / "in" / "good.jsonl", ["ana"])
    (tmp_path / "in" / "bad [bold].avro").write_bytes(b"Obj\x01")
    out = command.run("ingest", tmp_path / "in", status=1).stdout
    assert "Not loaded: 1 of 2 files" in out
    assert f"{tmp_path / 'in' / 'bad [bold].avro'}: has no readable Avro header" in out
    assert command.kpi("dau", DAY) == [1]


def test_dead_letters_and_unknown_types_are_no_failure(command: Command, tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "e.jsonl", [{**session("ana", DAY), "id": None}, {"event_type": "x", "id": "1"}])
    out = command.here("ingest", file).stdout
    assert "1  no id: users.behaviors.app.SessionStart" in out
    assert "Skipped: 1 event of a type" in out


def test_ingest_takes_several_paths_globs_and_odd_names(command: Command, tmp_path: Path) -> None:
    odd = some_sessions(tmp_path / "it's {a} *.jsonl", ["ana"])
    some_sessions(tmp_path / "in" / "1.ndjson", ["bo"])
    some_sessions(tmp_path / "in" / "2.ndjson", ["cy"])
    command.here("ingest", odd, tmp_path / "in" / "*.ndjson", odd)
    assert command.kpi("dau", DAY) == [3]


def test_a_damaged_file_with_a_name_that_is_not_utf_8_is_reported(command: Command, tmp_path: Path) -> None:
    bad = tmp_path / b"caf\xe9.avro".decode(errors="surrogateescape")
    bad.write_bytes(b"Obj\x01")
    command.run("ingest", bad, status=1)


def test_ingest_of_the_folder_that_the_data_folder_is_in_leaves_it_out(command: Command) -> None:
    some_sessions(command.data.parent / "e.jsonl", ["ana"])
    command.here("ingest", ".")


def test_after_an_interrupt_the_same_ingest_goes_on_to_the_right_numbers(command: Command, tmp_path: Path) -> None:
    for n in range(30):
        some_sessions(tmp_path / "in" / f"{n}.jsonl", [f"user {n} {m}" for m in range(2_000)])
    with command.start("ingest", tmp_path / "in", QUOTIDIAN_LOAD_BYTES="400000") as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    assert process.returncode == 130
    command.run("ingest", tmp_path / "in")
    assert command.kpi("dau", DAY) == [60_000]


def test_an_interrupt_says_that_the_load_can_be_repeated(command: Command, tmp_path: Path) -> None:
    file = some_sessions(tmp_path / "e.jsonl", [f"user {n}" for n in range(100_000)])
    with command.start("ingest", file, QUOTIDIAN_LOAD_BYTES="400000") as process:
        wait_until((command.data / "events.lock").exists)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert "the same command goes on from there" in err


# series


def test_a_series_is_a_table_with_a_chart(loaded: Command) -> None:
    out = loaded.run("series", "dau", "--days", 2, "--ending-at", DAY).stdout.splitlines()
    assert out[1].split() == ["2024-03-29", "0"]
    assert out[2].split()[:2] == [DAY, "2"]
    assert "█" in out[2]


def test_a_series_is_json_as_the_api_answers(loaded: Command) -> None:
    out = loaded.here("series", "mau", "--days", 2, "--ending-at", DAY, "--format", "json").stdout
    assert json.loads(out) == [{"time": "2024-03-29", "mau": 0}, {"time": DAY, "mau": 2}]


def test_a_campaign_is_csv_with_a_line_a_number(loaded: Command) -> None:
    out = loaded.here("series", "campaign", "c", "--days", 1, "--ending-at", DAY, "--format", "csv").stdout
    lines = list(csv.DictReader(out.splitlines()))
    numbers = {(line["channel"], line["variation_name"], line["statistic"]): line["value"] for line in lines}
    assert numbers["email", 'Say "hi", é', "sent"] == "1"
    assert numbers["", "", "revenue"] == "1234.5"


def test_a_send_and_active_users_are_shown(loaded: Command) -> None:
    assert "sent 1" in loaded.here("series", "send", "c", "s", "--days", 1, "--ending-at", DAY).stdout
    out = loaded.here("series", "active", "--window", 7, "--days", 1, "--ending-at", "2024-04-05").stdout
    assert out.splitlines()[-1].split()[:2] == ["2024-04-05", "2"]


def test_a_send_that_is_no_longer_kept_says_until_when_it_was(loaded: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTIDIAN_SEND_KEEP_DAYS", "30")
    done = loaded.here("series", "send", "c", "s", "--days", 1, "--ending-at", DAY, status=2)
    assert done.stderr == "Error: Send 's' was kept until 2024-04-29; its campaign's series has its numbers\n"
    assert done.stdout == ""


def test_an_app_of_a_series_is_chosen(loaded: Command) -> None:
    out = loaded.here("series", "dau", "--app-id", "tea", "--days", 1, "--ending-at", DAY, "--format", "csv").stdout
    assert out.splitlines()[-1] == f"{DAY},,,,dau,2"


def test_more_days_than_the_api_gives_are_shown(loaded: Command) -> None:
    out = loaded.here("series", "dau", "--days", 1000, "--ending-at", DAY, "--format", "csv").stdout
    assert len(out.splitlines()) == 1001


@pytest.mark.parametrize("format_", ["table", "json", "csv"])
@pytest.mark.parametrize("days", [5, 20_000])
def test_a_reader_that_has_seen_enough_of_a_pipe_is_no_error(loaded: Command, format_: str, days: int) -> None:
    with loaded.start("series", "dau", "--days", days, "--ending-at", DAY, "--format", format_) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_colours_and_boxes_do_not_get_into_a_pipe(loaded: Command) -> None:
    assert "\x1b" not in loaded.run("series", "dau", "--ending-at", DAY).stdout
    assert "\x1b" not in loaded.run("keys", "list").stdout


# keys


def test_a_key_is_created_listed_and_revoked(command: Command) -> None:
    words = ("--permission", "kpi.dau.data_series", "campaigns.list")
    created = command.run("keys", "create", "--name", "dashboard", *words).stdout.strip()
    assert created.startswith("qk_")
    lines = command.here("keys", "list").stdout.splitlines()
    (number,) = [number for number, line in enumerate(lines) if "dashboard" in line]
    listed = " ".join(lines[number : number + 3])
    assert "campaigns.list, kpi.dau.data_series" in listed
    assert created not in listed
    command.here("keys", "revoke", listed.split()[0])
    assert "revoked 20" in command.here("keys", "list").stdout
    command.here("keys", "revoke", listed.split()[0], status=2)


# catalogue


TOML = """
rates = { EUR = 1.0833 }
[campaigns.c]
name = "Spring"
tags = ["sale"]
conversion_behaviors = [{ type = "Makes Purchase", window = 3600 }]
[apps.tea]
name = "Tea"
"""


def test_a_catalogue_is_imported_from_toml_and_changes_revenue(command: Command, tmp_path: Path) -> None:
    buys = [event("behaviors.Purchase", "ana", f"{DAY}T1{hour}:30", price=10.0, currency="EUR") for hour in (2, 3)]
    command.run("ingest", write_jsonl(tmp_path / "e.jsonl", [message("email.Send", "ana", DAY), *buys]))
    (tmp_path / "c.toml").write_text(TOML)
    assert (
        "Imported 1 campaign, 1 app and 1 currency rate."
        in command.run("catalogue", "import", tmp_path / "c.toml").stdout
    )
    out = command.run("series", "campaign", "c", "--days", 1, "--ending-at", DAY, "--format", "json").stdout
    assert json.loads(out)[0]["revenue"] == 10.833


def test_a_catalogue_is_imported_from_json(command: Command, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"campaigns": {"c": {"name": "Spring"}}}))
    command.here("catalogue", "import", tmp_path / "c.json")
    command.here("series", "campaign", "c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rates = { EUR = -1 }", "EUR"),
        ("rates = { EUR = nan }", "EUR"),
        ("rates = { EUR = 0 }", "EUR"),
        ("rates = { USD = 2 }", "USD"),
        ("rates = { EUR = 'much' }", "rates"),
        ("[campaigns.c]\nnom = 'Spring'", "nom"),
        ("[campaigns.c]\nconversion_behaviors = [{ type = 'x', window = 0 }]", "window"),
        ("campaigns = 7", "campaigns"),
        ("= nonsense", "no catalogue"),
    ],
)
def test_a_catalogue_that_is_wrong_is_refused_with_what_is_wrong(
    loaded: Command, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "c.toml").write_text(text)
    err = loaded.here("catalogue", "import", tmp_path / "c.toml", status=2).stderr
    assert "c.toml" in err
    assert said in err


# dead-letters, rebuild


def test_dead_letters_are_listed_with_reason_and_origin(loaded: Command) -> None:
    origin = loaded.data.parent / "e.jsonl"
    assert f"no event type: (none) nobody's in {origin}" in loaded.here("dead-letters").stdout
    (line,) = loaded.here("dead-letters", "--format", "json").stdout.splitlines()
    assert json.loads(line)["reason"] == "no event type"
    assert json.loads(line)["origin"] == str(origin)


def test_rebuild_gives_the_same_series(loaded: Command) -> None:
    words = ("series", "campaign", "c", "--days", 2, "--ending-at", DAY, "--format", "json")
    before = loaded.here(*words).stdout
    assert "Rebuilt" in loaded.here("rebuild").stdout
    assert loaded.here(*words).stdout == before


# Where the data is


def test_the_data_folder_and_workspace_come_from_the_environment(tmp_path: Path) -> None:
    environment = {**os.environ, "QUOTIDIAN_DATA": str(tmp_path / "d"), "QUOTIDIAN_WORKSPACE": "w"}
    subprocess.run([QUOTIDIAN, "init"], env=environment, check=True, capture_output=True)
    listed = subprocess.run([QUOTIDIAN, "keys", "list"], env=environment, check=True, capture_output=True, text=True)
    assert "first key" in listed.stdout
    assert "no workspace 'default'" in Command(tmp_path / "d").run("keys", "list", status=2).stderr


def test_options_may_stand_before_or_behind_the_command(loaded: Command) -> None:
    with subprocess.Popen(
        [QUOTIDIAN, "series", "dau", "--days", "1", "--data", loaded.data], stdout=subprocess.PIPE, text=True
    ) as process:
        assert "dau" in process.communicate()[0]
    assert process.returncode == 0


def test_days_that_cannot_be_computed_are_named_and_the_others_are_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = Command(tmp_path / "data")
    command.init()
    compute = rollups.roll_up_range

    def fail(stores: Stores, wanted: Range) -> None:
        if wanted.family == "activity" and day_of(date(2024, 3, 30)) in wanted.days:
            raise ValueError("what nobody foresaw")
        compute(stores, wanted)

    events = [session("ana", day) for day in ("2024-03-29", "2024-03-30", "2024-03-31")]
    with monkeypatch.context() as broken:
        broken.setattr(rollups, "roll_up_range", fail)
        done = command.here("ingest", write_jsonl(tmp_path / "e.jsonl", events), status=1)
    assert (
        "The activity of 2024-03-30 in workspace 'default' cannot be computed: ValueError: what nobody" in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert command.kpi("dau", "2024-03-31", days=3) == [1, 0, 1]
    command.here("ingest", tmp_path / "e.jsonl")
    assert command.kpi("dau", "2024-03-31", days=3) == [1, 1, 1]
