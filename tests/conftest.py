"""One line gives a test its world: a fresh data folder, embedded stores, one workspace, a key, the API over it."""

import asyncio
import atexit
import gc
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from currents import write_jsonl
from elsewhere import is_elsewhere, keep, of_all_tests, of_each_test
from readers import shared_reader
from shards import SHARDS, use_shards
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from temporary import folder_of_process, use_memory

from quotidian.api.app import make_app
from quotidian.api.endpoints import PERMISSIONS
from quotidian.api.engine import EngineClient
from quotidian.api.services import Services
from quotidian.catalogue import CatalogueFile, import_catalogue
from quotidian.control.keys import create_key
from quotidian.control.workspaces import Workspace, create_workspace, find_workspace
from quotidian.engine.answering import Answerer
from quotidian.engine.opening import open_events
from quotidian.engine.protocol import Reply
from quotidian.engine.questions import Asked
from quotidian.inbox.drain import drain
from quotidian.ingest.find import Finder
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.staging import Staging
from quotidian.ingest.stores import IngestStores
from quotidian.process.garbage import search_seldom
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.ranges import Failed
from quotidian.series.rollup import rebuild, roll_up
from quotidian.settings import Settings, load_settings
from quotidian.store.batches import note_afresh, noted
from quotidian.store.folder import DataFolder
from quotidian.store.series import creating, open_series, writing

pytest_plugins = ["databases.fixtures", "databases.reports"]
series_elsewhere, series_of_test = of_all_tests, of_each_test

Point = dict[str, Any]
Json = dict[str, Any]

use_shards(SHARDS)


def pytest_configure() -> None:
    use_memory()
    search_seldom()


def pytest_collection_finish() -> None:
    """What is there now stays to the end: it is looked through no more."""
    gc.freeze()


LONGEST = (
    "test_chaos",
    "test_storage",
    "test_serving",
    "test_segments",
    "test_reader",
    "test_explain",
    "test_chaos_of_nodes",
    "test_nodes",
    "test_s3",
    "test_examples",
    "test_whole_path",
)
"""The files that take a minute and more, longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: begun last, they would have the other processes wait."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (place.get(item.path.stem, len(LONGEST)), -slow[item.path]))


@cache
def shared_loop() -> BlockingPortal:
    """The event loop of all clients of this process: without it they begin and end two for each request."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(start_blocking_portal())


def client_of(app: ASGIApp, **given: Any) -> TestClient:
    """A client of an app in this process, which gets errors as a browser does."""
    client = TestClient(app, raise_server_exceptions=False, **given)
    client.portal = shared_loop()
    return client


@cache
def empty_folder() -> Path:
    """A data folder without workspaces: to copy it takes half as long as to make one."""
    folder = DataFolder(folder_of_process() / "data")
    keep(folder.path)
    make(folder)
    return folder.path


def make(folder: DataFolder) -> None:
    """Make a data folder, as `quotidian init` does, and its event store."""
    folder.create()
    with creating(folder):
        pass
    engine = open_series(folder)
    open_events(folder, load_settings(folder.path, {}), engine).close()
    engine.dispose()


def copy_series(source: Path, target: Path) -> None:
    """What copying the folder does not do, if the series are not in it."""
    folder = DataFolder(target)
    engine = open_series(DataFolder(source))
    with creating(folder) as connection, engine.connect() as reading:
        note_afresh(connection, noted(reading).fingerprint, 0)
    engine.dispose()


class EngineHere(EngineClient):
    """The engine's answers without its socket: tests have no process of the engine."""

    def __init__(self, path: Path, answerer: Answerer) -> None:
        super().__init__(path)
        self._answerer = answerer

    async def _ask(self, asked: Asked) -> Reply:
        return await asyncio.to_thread(self._answerer.answer, asked)


class Quotidian:
    """A Quotidian in this process: deliver events, ask for series. KEEP_DATA=1 keeps its folder, prints where it is."""

    def __init__(self, path: Path, timezone: str = "Europe/Paris", key: str = "", **settings: str) -> None:
        """Make the folder; with a key, open one that has a workspace with that key."""
        self.folder = DataFolder(path)
        if not key and path.exists():
            make(self.folder)
        elif not key:
            shutil.copytree(empty_folder(), path, symlinks=True)
            if is_elsewhere():
                copy_series(empty_folder(), path)
        environment = {f"QUOTIDIAN_{name.upper()}": value for name, value in settings.items()}
        self.settings: Settings = load_settings(path, environment)
        self.open()
        self.key = key or self.add_workspace("default", timezone)
        self._files = len(list(path.glob("delivered/*")))

    def open(self) -> None:
        """Open what is closed, as another process would."""
        self.engine = open_series(self.folder)
        self.events = open_events(self.folder, self.settings, self.engine)
        self.stores = IngestStores(self.folder, self.settings, self.engine, self.events, shared_reader())
        self.staging = Staging(self.events)
        services = Services.open(self.folder, self.settings)
        self.services = replace(services, engine=EngineHere(self.folder.engine_socket, Answerer(self.stores)))
        self.client = client_of(make_app(self.services))

    def reopen(self) -> None:
        """Close all, and open it again."""
        self.close()
        self.open()

    @property
    def rules(self) -> SendRules:
        return SendRules.of(self.settings)

    def add_workspace(self, name: str, timezone: str = "UTC", app_group_id: str | None = None) -> str:
        """Another workspace; returns a key of it with all permissions."""
        with writing(self.engine) as connection:
            workspace = create_workspace(connection, name, timezone, app_group_id or name)
            return create_key(connection, workspace, "test", PERMISSIONS)

    def workspace(self, name: str = "default") -> Workspace:
        with self.engine.connect() as connection:
            return find_workspace(connection, name)

    def new_key(self, *permissions: str) -> str:
        with writing(self.engine) as connection:
            return create_key(connection, self.workspace(), "test", permissions)

    def deliver(self, *events: object, workspace: str = "default") -> LoadReport:
        """Load events, as a file of JSON lines, and bring the series up to date."""
        return self.load(self._file(events), workspace=workspace)

    def store_only(self, *events: object) -> None:
        """Load events, as a file of JSON lines, and leave the series as they are."""
        self._store([self._file(events)], "default")

    def _file(self, events: Sequence[object]) -> Path:
        self._files += 1
        path = self.folder.path / "delivered" / f"{self._files}.jsonl"
        path.parent.mkdir(exist_ok=True)
        write_jsonl(path, events)
        return path

    def load(self, *paths: Path, workspace: str = "default") -> LoadReport:
        """Load files and folders, and bring the series up to date."""
        report = self._store(paths, workspace)
        self.roll_up()
        return report

    def _store(self, paths: Sequence[Path], workspace: str) -> LoadReport:
        sources = Finder(map(str, paths)).find()
        report = LoadReport()
        for _ in ingest(self.stores, self.workspace(workspace), sources, report):
            pass
        return report

    def roll_up(self) -> None:
        failed = Failed()
        for _ in roll_up(self.stores, failed):
            pass
        assert failed.found == []

    def rebuild(self) -> None:
        failed = Failed()
        for _ in rebuild(self.stores, failed):
            pass
        assert failed.found == []

    def import_catalogue(self, file: CatalogueFile, workspace: str = "default") -> None:
        with writing(self.engine) as connection:
            import_catalogue(connection, self.workspace(workspace), file)
        self.roll_up()

    def post(self, path: str, body: object, *, key: str | None = None, **headers: str) -> Any:
        """An answer to a body: JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, content=content, headers={"Authorization": f"Bearer {key or self.key}", **given})

    def post_events(self, *events: object, **given: Any) -> Json:
        """The answer to events that are posted as Currents' connector does; it must be a success."""
        response = self.post("/events", {"events": events}, **given)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def drain(self) -> LoadReport:
        """Take over what was posted, as the engine does, and bring the series up to date."""
        report = LoadReport()
        while drain(self.stores, self.staging, self.services.inboxes.posted, report):
            pass
        self.roll_up()
        return report

    def get(self, path: str, *, key: str | None = None, **parameters: object) -> Any:
        """An answer of the API, whatever it is."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        given = {
            name: list(map(str, value)) if isinstance(value, list) else str(value)
            for name, value in parameters.items()
            if value is not None
        }
        return self.client.get(path, params=given, headers=headers)

    def data(self, path: str, **parameters: Any) -> list[Point]:
        """The points of an answer that must be a success."""
        response = self.get(path, **parameters)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        assert answer["message"] == "success"
        points: list[Point] = answer["data"]
        return points

    def kpi(self, name: str, ending: str, length: int = 1, **parameters: Any) -> list[int]:
        points = self.data(f"/kpi/{name}/data_series", length=length, ending_at=ending, **parameters)
        return [point[name] for point in points]

    def campaign(self, campaign_id: str, ending: str, length: int = 1) -> list[Point]:
        return self.data("/campaigns/data_series", campaign_id=campaign_id, length=length, ending_at=ending)

    def send(self, campaign_id: str, send_id: str, ending: str, length: int = 1) -> list[Point]:
        parameters = {"campaign_id": campaign_id, "send_id": send_id}
        return self.data("/sends/data_series", **parameters, length=length, ending_at=ending)

    def close(self) -> None:
        self.client.close()
        self.services.close()
        self.events.close()
        self.engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if not os.environ.get("KEEP_DATA"):
        return tmp_path / "data"
    kept = Path(tempfile.mkdtemp(prefix="quotidian-")) / "data"
    print(f"\ndata folder: {kept}")
    return kept


@cache
def _filled(fill: Callable[[Quotidian], object]) -> tuple[Path, str]:
    with closing(Quotidian(folder_of_process() / "data")) as opened:
        fill(opened)
    return opened.folder.path, opened.key


@contextmanager
def filled(folder: Path, fill: Callable[[Quotidian], object]) -> Iterator[Quotidian]:
    """A Quotidian that something has filled: once for all tests that ask for it, each of which has a copy."""
    if is_elsewhere():
        with closing(Quotidian(folder)) as opened:
            fill(opened)
            yield opened
        return
    made, key = _filled(fill)
    shutil.copytree(made, folder, symlinks=True)
    with closing(Quotidian(folder, key=key)) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder for files to load, beside the data folder."""
    path = tmp_path / "files"
    path.mkdir()
    return path


@pytest.fixture
def quotidian(folder: Path) -> Iterator[Quotidian]:
    opened = Quotidian(folder)
    yield opened
    opened.close()


def days_between(first: date, last: date) -> list[date]:
    return [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
