"""Events that are lost, older than the series, or somebody else's: refused, and by command accepted as they are."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from commands import QUOTIDIAN, Command, made_once, message, session, some_sessions
from conftest import Quotidian
from currents import write_jsonl
from servers import Server, answers, serving, wait_until

from quotidian.catalogue import CatalogueFile
from quotidian.domain.errors import LostEvents, UserError
from quotidian.domain.segments import Filter, Segment
from quotidian.engine.opening import open_stores
from quotidian.series.recovery import recover
from quotidian.store.chdb import ChdbConnection
from quotidian.store.folder import DataFolder
from quotidian.store.identity import Identity, read_identity, write_identity

ROOT = Path(__file__).parents[2]
DAY, NEXT, LAST = "2024-03-30", "2024-03-31", "2024-04-01"
USERS = [f"user {number}" for number in range(200)]


def load_two_days(folder: Path) -> None:
    command = Command(folder / "data")
    command.init()
    command.here("ingest", some_sessions(folder / "1.jsonl", USERS))
    shutil.copytree(command.data, folder / "monday", symlinks=True)
    command.here("ingest", some_sessions(folder / "2.jsonl", USERS[:150], NEXT))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Commands on a folder with 200 users on a day, and 150 of them on the next, in two batches."""
    return made_once(tmp_path, load_two_days)


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """An event of the first day that comes late."""
    return some_sessions(tmp_path / "late.jsonl", ["late"])


def lose(command: Command) -> None:
    shutil.rmtree(command.data / "events")


def age(command: Command) -> None:
    """Put back the events of Monday, and not the series."""
    lose(command)
    shutil.copytree(command.data.with_name("monday") / "events", command.data / "events", symlinks=True)


def swap(command: Command) -> None:
    """Put the events of another data folder in place of these."""
    lose(command)
    other = Command(command.data.with_name("other"))
    other.init()
    other.here("ingest", some_sessions(command.data.with_name("other.jsonl"), ["other"], LAST))
    shutil.copytree(other.data / "events", command.data / "events", symlinks=True)


def strip(command: Command) -> None:
    (command.data / "events" / "quotidian.json").unlink()


DAMAGES = {lose: "is missing", age: "is older than", swap: "another data folder", strip: "no readable quotidian.json"}


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.suffix != ".lock" and "sqlite-" not in path.name}


# Refused


@pytest.mark.parametrize(("damage", "said"), DAMAGES.items(), ids=lambda value: getattr(value, "__name__", "-"))
def test_events_that_are_not_those_of_the_series_are_refused_before_anything_changes(
    command: Command, late: Path, damage: Callable[[Command], None], said: str
) -> None:
    damage(command)
    before = files(command.data)
    for words in (["ingest", late], ["rebuild"], ["serve"]):
        err = command.here(*words, status=2).stderr
        assert said in err
        assert str(command.data / "events") in err
        assert f"quotidian --data {command.data} recover" in err
    assert files(command.data) == before
    assert said in command.here("status", status=1).stdout
    assert command.kpi("dau", NEXT, 2) == [200, 150]


def test_events_that_lack_a_single_batch_are_refused(quotidian: Quotidian) -> None:
    for user in ("ana", "bo", "cy"):
        quotidian.deliver(session(user, DAY))
    found = read_identity(quotidian.folder.events)
    assert found
    write_identity(quotidian.folder.events, Identity(found.fingerprint, found.batch - 1))
    quotidian.events.close()
    said = "ends with batch 2, and the series have seen batch 3"
    with pytest.raises(LostEvents, match=said), open_stores(quotidian.folder, "ingest"):
        pass


def test_a_store_whose_tables_are_gone_is_not_made_anew(command: Command, late: Path) -> None:
    identity = read_identity(command.data / "events")
    assert identity
    lose(command)
    (command.data / "events").mkdir()
    write_identity(command.data / "events", identity)
    assert "tables" in command.run("ingest", late, status=2).stderr


def test_a_new_folder_has_no_events_to_miss(tmp_path: Path, late: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    with open_stores(DataFolder(command.data), "ingest"):
        pass
    lose(command)
    command.here("ingest", late)
    assert command.kpi("dau", DAY) == [1]


def test_a_crash_between_two_steps_of_a_batch_is_no_loss(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    """The days are marked; the events stored; the number noted: whichever comes last, the stores open again."""
    quotidian.deliver(session("ana", DAY))
    for failing in ("run", "note_batch"):
        original = getattr(ChdbConnection, failing)

        def fail(*given: object, original: Callable[..., None] = original) -> None:
            if isinstance(given[1], int) or "INSERT INTO quotidian.events" in str(given[1]):
                raise UserError("killed")
            original(*given)

        for attempt in range(3):
            with monkeypatch.context() as patched:
                patched.setattr(ChdbConnection, failing, fail)
                with pytest.raises(UserError, match="killed"):
                    quotidian.deliver(session(f"{failing} {attempt}", DAY))
    quotidian.events.close()
    with open_stores(quotidian.folder, "ingest"):
        pass


def test_events_that_were_copied_without_their_links_are_refused_by_name(command: Command, late: Path) -> None:
    shutil.copytree(command.data / "events", command.data / "copied")
    lose(command)
    (command.data / "copied").rename(command.data / "events")
    for words in (["ingest", late], ["recover"]):
        assert f"{command.data / 'events'} cannot be opened" in command.run(*words, status=2).stderr


# A server


@pytest.mark.slow
def test_a_server_whose_engine_refuses_answers_keeps_what_comes_and_goes_on_after_recover(command: Command) -> None:
    key = command.here("keys", "create", "--name", "k", "--all").stdout.strip()
    server = Server(command, key)
    try:
        server.start()
        server.wait_until_it_leads()
        engine = server.engine()
        lose(command)
        os.kill(engine, 9)
        wait_until(lambda: "is missing" in server.log.read_text())
        assert server.dau() == 200
        assert server.client.post("/events", json={"events": [session("late", DAY), session("new", LAST)]}).is_success
        assert "is missing" in command.run("status", status=1).stdout
        assert server.log.read_text().count("is missing") == 1
        assert "Traceback" not in server.log.read_text()
        command.run("recover")
        wait_until(lambda: server.dau(LAST) == 1)
        assert server.dau() == 200
        command.run("status")
    finally:
        server.end()


def test_a_running_engine_is_not_recovered_behind_its_back(command: Command) -> None:
    key = command.here("keys", "create", "--name", "k", "--all").stdout.strip()
    with serving(command, key) as server:
        server.wait_until_it_leads()
        assert "in use by `quotidian serve (engine)`" in command.run("recover", status=2).stderr
        assert answers(server.client)


# Accepted


def test_after_recover_days_without_events_stay_as_published(command: Command, late: Path) -> None:
    lose(command)
    assert "2 days stay as published" in command.here("recover").stdout
    command.here("ingest", late, some_sessions(late.with_name("new.jsonl"), USERS[:10], LAST))
    assert command.kpi("dau", LAST, 3) == [200, 150, 10]
    assert command.kpi("mau", NEXT, 2) == [200, 200]
    assert re.search("^days kept as published +2$", command.run("status").stdout, re.MULTILINE)


def test_after_recover_days_with_events_are_computed_from_these(command: Command, late: Path) -> None:
    age(command)
    assert "1 day with events to compute, 1 day stays as published" in command.here("recover").stdout
    command.here("ingest", late, some_sessions(late.with_name("new.jsonl"), ["late"], NEXT))
    assert command.kpi("dau", NEXT, 2) == [201, 150]


def test_recovering_twice_keeps_what_was_kept(command: Command, late: Path) -> None:
    lose(command)
    command.here("recover")
    command.here("ingest", late)
    command.here("recover")
    assert command.kpi("dau", NEXT, 2) == [200, 150]


def test_loading_the_files_again_and_a_rebuild_make_every_number_right(command: Command, late: Path) -> None:
    lose(command)
    command.here("recover")
    command.here("ingest", late, late.with_name("1.jsonl"), late.with_name("2.jsonl"))
    assert command.kpi("dau", NEXT, 2) == [200, 150]
    command.here("rebuild")
    assert command.kpi("dau", NEXT, 2) == [201, 150]
    assert command.kpi("mau", NEXT, 2) == [201, 201]
    assert re.search("^days kept as published +0$", command.run("status").stdout, re.MULTILINE)
    command.here("ingest", some_sessions(late.with_name("new.jsonl"), ["new"]))
    assert command.kpi("dau", DAY) == [202]


def test_a_watch_loads_files_again_whose_events_were_lost(quotidian: Quotidian, tmp_path: Path) -> None:
    quotidian.load(some_sessions(tmp_path / "1.jsonl", ["ana"]))
    recover(quotidian.stores)
    with quotidian.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM loaded_files").scalar_one() == 0


def test_events_that_are_found_after_a_recover_are_not_taken_for_those_since(command: Command, late: Path) -> None:
    found = command.data.with_name("found")
    (command.data / "events").rename(found)
    command.here("recover")
    lose(command)
    assert "is missing" in command.here("ingest", late, status=2).stderr
    found.rename(command.data / "events")
    assert "another data folder" in command.here("ingest", late, status=2).stderr
    command.here("recover")
    command.here("ingest", late.with_name("1.jsonl"))


def test_series_that_were_lost_are_made_again_from_the_events(command: Command) -> None:
    for file in command.data.glob("series.sqlite*"):
        file.unlink()
    command.init()
    assert "another data folder" in command.here("rebuild", status=2).stderr
    command.here("recover")
    assert command.kpi("dau", NEXT, 2) == [200, 150]


def test_series_that_are_older_than_the_events_are_computed_again(command: Command, late: Path) -> None:
    shutil.copy(command.data.with_name("monday") / "series.sqlite", command.data)
    for file in command.data.glob("series.sqlite-*"):
        file.unlink()
    assert command.kpi("dau", NEXT, 2) == [200, 0]
    assert "is older than" in command.run("ingest", late).stderr
    assert command.kpi("dau", NEXT, 2) == [201, 150]
    assert command.kpi("mau", NEXT) == [201]


def test_every_family_keeps_what_is_published(quotidian: Quotidian) -> None:
    segment = Segment(name="Active", filters=[Filter(type="active", within_days=2)])
    quotidian.import_catalogue(CatalogueFile(segments={"active": segment}))
    said = [session("ana", DAY), session("bo", DAY), message("email.Send", "ana", DAY), session("ana", LAST)]
    quotidian.deliver(*said)

    def numbers() -> list[object]:
        asked = {"ending_at": LAST, "length": 3}
        paths = ("/sessions/data_series", "/segments/data_series?segment_id=active")
        return [
            quotidian.campaign("c", LAST, 3),
            quotidian.kpi("dau", LAST, 3),
            *(quotidian.data(path.partition("?")[0], **asked, **ids(path)) for path in paths),
        ]

    def ids(path: str) -> dict[str, str]:
        return dict(part.split("=") for part in path.partition("?")[2].split("&") if part)

    before = numbers()
    quotidian.events.run("TRUNCATE TABLE quotidian.events")
    recover(quotidian.stores)
    quotidian.deliver(session("cy", DAY), session("cy", LAST), message("email.Send", "cy", DAY))
    quotidian.import_catalogue(CatalogueFile(rates={"EUR": Decimal(2)}))
    assert numbers() == before


# As documented


def documented() -> list[str]:
    """The commands of the page, block by block."""
    section = (ROOT / "docs" / "operations.md").read_text().split("## Backup and restore")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("sqlite3"), reason="the documented backup uses sqlite3")
def test_the_documented_backups_and_restores_bring_every_number_back(tmp_path: Path) -> None:
    command = Command(tmp_path / "quotidian-data")
    command.init()
    for number, day in enumerate((DAY, NEXT)):
        some_sessions(tmp_path / "currents" / f"{number}.jsonl", USERS, day)
    command.here("ingest", tmp_path / "currents")
    path = f"{QUOTIDIAN.parent}{os.pathsep}{os.environ['PATH']}"

    def do(block: str) -> None:
        done = subprocess.run(
            ["bash", "-euc", block],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (block, done.stdout, done.stderr)

    back_up, restore, copy_series, restore_series, make_again = documented()
    do(back_up)
    write_jsonl(tmp_path / "wrong.jsonl", [session("wrong", DAY)])
    command.here("ingest", tmp_path / "wrong.jsonl")
    do(restore)
    assert command.kpi("dau", NEXT, 2) == [200, 200]
    do(copy_series)
    do(restore_series)
    command.here("ingest", tmp_path / "wrong.jsonl")
    assert command.kpi("dau", NEXT, 2) == [200, 200]
    do(make_again)
    assert command.kpi("dau", NEXT, 2) == [201, 200]
    assert command.kpi("mau", NEXT) == [201]
