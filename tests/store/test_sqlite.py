"""One SQLite library for all that opens the files: which it is, what it raises, and what is said of an old one."""

import os
import re
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from commands import Command, session
from servers import serving, wait_until
from sqlalchemy.exc import IntegrityError, OperationalError

from quotidian.store.sqlite import _library, driver, open_file

ROOT = Path(__file__).parents[2]
DAY = "2024-03-30"
OLD = """
from sqlite3.dbapi2 import *
sqlite_version, sqlite_version_info = "3.40.1", (3, 40, 1)
"""
ABSENT = "raise ImportError('there is no wheel for this machine')"


def test_the_library_is_one_without_the_bug_where_there_is_a_wheel_of_it() -> None:
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        assert driver.__name__ == "pysqlite3.dbapi2"
        assert driver.sqlite_version_info >= (3, 51, 3)


def test_without_a_wheel_the_library_is_pythons_own() -> None:
    with patch.dict(sys.modules, {"pysqlite3": None, "pysqlite3.dbapi2": None}):
        assert _library().__name__ == "sqlite3.dbapi2"


def test_no_other_module_chooses_a_library() -> None:
    """A second one in the same process would drop the locks of the first."""
    files = [file for folder in ("src", "tests", "benchmarks") for file in (ROOT / folder).rglob("*.py")]
    chooses = re.compile(r"^\s*(import|from) (py)?sqlite3", re.MULTILINE)
    assert len(files) > 100
    assert [file.name for file in files if chooses.search(file.read_text()) and file != Path(__file__)] == []


def test_what_the_library_raises_is_raised_as_sqlalchemys_own(tmp_path: Path) -> None:
    engine = open_file(tmp_path / "some.sqlite", timeout_seconds=60, can_shrink=False)
    with engine.connect() as connection:
        assert connection.dialect.loaded_dbapi is driver
        with pytest.raises(OperationalError, match="no such table"):
            connection.exec_driver_sql("SELECT * FROM absent")
        connection.exec_driver_sql("CREATE TABLE one (id INTEGER PRIMARY KEY)")
        with pytest.raises(IntegrityError, match="UNIQUE"):
            connection.exec_driver_sql("INSERT INTO one VALUES (1), (1)")
    engine.dispose()


def library(folder: Path, text: str) -> dict[str, str]:
    """The environment of processes that find such a library."""
    package = folder / "library" / "pysqlite3"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "dbapi2.py").write_text(text)
    return {"PYTHONPATH": f"{package.parent}:{os.environ.get('PYTHONPATH', '')}"}


def test_a_library_with_the_bug_is_named_by_status_and_when_a_server_starts(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    old = library(tmp_path, OLD)
    with serving(command, key, **old) as server:
        told = server.log.read_text()
        wait_until(lambda: "sqlite " in command.run("status", status=0, **old).stdout)
        said = command.run("status", status=0, **old).stdout
    for text in (told, said):
        assert "SQLite 3.40.1 can lose commits when two processes write (sqlite.org/wal.html#walresetbug)" in text


def test_a_library_without_the_bug_is_named_and_no_more(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    newest = library(tmp_path, OLD.replace("3.40.1", "3.51.3").replace("3, 40, 1", "3, 51, 3"))
    with serving(command, key, **newest) as server:
        assert "walresetbug" not in server.log.read_text()
    assert re.search(r"^sqlite +3\.51\.3$", command.run("status", status=0, **newest).stdout, re.MULTILINE)


def test_pythons_own_library_does_all_that_the_other_does(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    absent = library(tmp_path, ABSENT)
    command.run("init", status=0, **absent)
    key = command.run("keys", "create", "--name", "k", "--all", status=0, **absent).stdout.strip()
    with serving(command, key, **absent) as server:
        server.client.post("/events", json={"events": [session("ana", DAY)]}).raise_for_status()
        wait_until(lambda: server.dau() == 1)
