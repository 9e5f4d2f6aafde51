"""Any test with its series in PostgreSQL: SERIES_OF_TESTS is the URL of a database to make schemas in.

Each data folder has a schema of its own, which is dropped when its test ends. To look for differences between the
databases: `SERIES_OF_TESTS=postgresql://postgres@127.0.0.1/postgres pytest tests/series`.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final
from unittest.mock import patch

import psycopg
import pytest
from psycopg import sql

from quotidian.settings import Settings, load_settings

VARIABLE: Final = "SERIES_OF_TESTS"

_made: dict[str, None] = {}
_kept: set[str] = set()


def is_elsewhere() -> bool:
    """Whether the series are to be in PostgreSQL."""
    return VARIABLE in os.environ


def url_of(folder: Path) -> str:
    """The URL of the series of a data folder: its own schema, made if it is not there; '' if they are in the folder."""
    if not is_elsewhere():
        return ""
    base, name = os.environ[VARIABLE], _schema(folder)
    if name not in _made:
        _run("CREATE SCHEMA {}", name)
        _made[name] = None
    return f"{base}{'&' if '?' in base else '?'}options=-csearch_path%3D{name}"


def keep(folder: Path) -> None:
    """The series of this folder stay until all tests are done."""
    _kept.add(_schema(folder))


def _schema(folder: Path) -> str:
    return f"t{os.getpid()}_{sha256(str(folder.absolute()).encode()).hexdigest()[:16]}"


def _run(statement: str, *names: str) -> None:
    with psycopg.connect(os.environ[VARIABLE], autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _settings_elsewhere(folder: Path) -> Settings:
    settings = load_settings(folder)
    return settings if settings.database_url else replace(settings, database_url=url_of(folder))


@pytest.fixture(scope="session", autouse=True)
def of_all_tests() -> Iterator[None]:
    """The series of every folder are where `url_of` says, and gone at the end."""
    if not is_elsewhere():
        yield
        return
    with patch("quotidian.store.place.load_settings", _settings_elsewhere):
        yield
    _drop(_made.keys())


@pytest.fixture(autouse=True)
def of_each_test() -> Iterator[None]:
    """What a test has made elsewhere is gone when it ends; what its module has made stays."""
    before = set(_made)
    yield
    _drop(_made.keys() - before - _kept)


def _drop(names: Collection[str]) -> None:
    for name in list(names):
        _run("DROP SCHEMA {} CASCADE", name)
        del _made[name]
