"""Several API nodes over one PostgreSQL: what one of them knows the others serve, and none waits for a database."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from asking import assert_error
from conftest import Quotidian, client_of
from databases.daemon import wait_until
from databases.postgres import PASSWORD, Postgres
from events import session

from quotidian.api.app import make_app
from quotidian.api.services import Services
from quotidian.control.keys import find_key, revoke_key
from quotidian.dashboard.routes import dashboard_routes
from quotidian.settings import load_settings
from quotidian.store.folder import DataFolder
from quotidian.store.series import writing

DAY = "2024-03-30"
ASKED = f"/kpi/dau/data_series?length=1&ending_at={DAY}"


class Node:
    """An API node with a data folder of its own."""

    def __init__(self, folder: Path, key: str) -> None:
        self.services = Services.open(DataFolder(folder), load_settings(folder))
        self.app = make_app(self.services, further=dashboard_routes(self.services))
        self.client = client_of(self.app)
        self.key = key

    def close(self) -> None:
        self.services.close()

    def get(self, path: str = ASKED, key: str = "") -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {key or self.key}"})

    def post(self) -> Any:
        body = {"events": [session("bo", DAY)]}
        return self.client.post("/events", json=body, headers={"Authorization": f"Bearer {self.key}"})

    def dau(self) -> int:
        response = self.get()
        assert response.status_code == 200, response.text
        number: int = response.json()["data"][0]["dau"]
        return number


@pytest.fixture(scope="module")
def _in_postgresql(shared_postgres: Postgres) -> Iterator[None]:
    shared_postgres.start()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("QUOTIDIAN_DATABASE_URL", shared_postgres.new_database())
        yield


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, _in_postgresql: None) -> Iterator[Quotidian]:
    """What loads and computes."""
    (path := tmp_path_factory.mktemp("leader") / "data").mkdir()
    opened = Quotidian(path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, stores: Quotidian) -> Iterator[tuple[Node, Node]]:
    one, other = (Node(tmp_path_factory.mktemp(name), stores.key) for name in ("one", "other"))
    with closing(one), closing(other):
        yield one, other


@pytest.fixture
def nodes(two: tuple[Node, Node], postgres: Postgres) -> tuple[Node, Node]:
    """Two nodes whose database runs."""
    wait_until(lambda: all(node.get().status_code == 200 for node in two))
    return two


def test_a_point_that_is_published_is_served_by_all_nodes_where_the_one_before_is_known(
    stores: Quotidian, nodes: tuple[Node, Node]
) -> None:
    before = nodes[0].dau()
    assert {node.dau() for node in nodes for _ in range(3)} == {before}
    stores.deliver(session(f"user {before}", DAY))
    for node in nodes:
        wait_until(lambda node=node: node.dau() == before + 1)  # type: ignore[misc]


def test_a_known_answer_is_given_without_a_query(nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch) -> None:
    read, reads = nodes[0].services.store.read, []

    async def counted(*given: Any) -> Any:
        reads.append(given)
        return await read(*given)

    monkeypatch.setattr(nodes[0].services.store, "read", counted)

    def is_known() -> bool:
        reads.clear()
        return nodes[0].get().status_code == 200 and not reads

    # What the test before published may be told to this node at any time, which forgets what it knows.
    wait_until(is_known)


def test_a_key_that_is_revoked_is_out_everywhere_where_its_answer_is_known(
    stores: Quotidian, nodes: tuple[Node, Node]
) -> None:
    key = stores.new_key("kpi.dau.data_series")
    assert {node.get(key=key).status_code for node in nodes for _ in range(3)} == {200}
    with writing(stores.engine) as connection:
        found = find_key(connection, key)
        assert found is not None
        revoke_key(connection, stores.workspace(), found.id)
    for node in nodes:
        wait_until(lambda node=node: node.get(key=key).status_code == 401)  # type: ignore[misc]


def test_who_waits_for_changes_is_told_of_what_is_published(stores: Quotidian, nodes: tuple[Node, Node]) -> None:
    version = nodes[0].get("/v1/changes?limit=100000").json()["version"]

    async def wait_for_one() -> Any:
        waiting = asyncio.create_task(asked(nodes[0], f"/v1/changes?since={version}&wait=20"))
        await asyncio.sleep(0)
        await asyncio.to_thread(stores.deliver, session("somebody", "2024-04-01"))
        return await waiting

    assert b'"2024-04-01"' in asyncio.run(wait_for_one()).body


class Answered:
    """A status and a body."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""

    async def send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


async def asked(node: Node, target: str) -> Answered:
    """An answer of a node, in the event loop that runs."""
    path, _, query = target.partition("?")
    headers = [(b"host", b"node"), (b"authorization", f"Bearer {node.key}".encode())]
    scope: dict[str, Any] = {"type": "http", "http_version": "1.1", "scheme": "http", "method": "GET", "root_path": ""}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": headers}
    answered = Answered()

    async def receive() -> Any:
        await asyncio.Event().wait()

    await node.app({**scope, "client": ("127.0.0.1", 1), "server": ("node", 1)}, receive, answered.send)
    return answered


# A database that is gone


GONE = [Postgres.pause, Postgres.kill]


@contextmanager
def gone(postgres: Postgres, go: Callable[[Postgres], None] = Postgres.pause) -> Iterator[None]:
    go(postgres)
    try:
        yield
    finally:
        postgres.start()


def test_the_event_loop_goes_on_while_the_database_hangs(nodes: tuple[Node, Node], postgres: Postgres) -> None:
    wanted = (ASKED.replace("=1", "=2"), "/campaigns/list", "/v1/kpis/export?from=2024-03-01", "/ready", "/metrics")

    async def ask() -> tuple[list[int], list[int]]:
        waiting = [asyncio.create_task(asked(nodes[0], path)) for path in wanted]
        alive = []
        while not all(each.done() for each in waiting):
            alive.append((await asked(nodes[0], "/health")).status)
            await asyncio.sleep(0.05)
        return [each.result().status for each in waiting], alive

    with gone(postgres):
        statuses, alive = asyncio.run(ask())
    assert statuses == [503] * len(wanted)
    assert len(alive) > len(wanted)
    assert set(alive) == {200}
    wait_until(lambda: nodes[0].get("/ready").status_code == 200)


@pytest.mark.parametrize("go", GONE, ids=["hangs", "killed"])
def test_a_database_that_is_gone_is_503_until_it_is_back(
    nodes: tuple[Node, Node], postgres: Postgres, caplog: pytest.LogCaptureFixture, go: Callable[[Postgres], None]
) -> None:
    node = nodes[0]
    assert node.dau() >= 0
    cookie = f"quotidian-{node.services.fingerprint[:8]}-session=x"
    with gone(postgres, go):
        wait_until(lambda: node.get().status_code == 503)
        for path in (ASKED, "/v1/kpis/export?from=2024-03-01", "/ready", "/metrics"):
            refused = node.get(path)
            assert_error(refused, 503, "ask again")
            assert int(refused.headers["retry-after"]) > 0
        assert_error(node.post(), 503, "ask again")
        assert node.get("/health").status_code == 200
        page = node.client.get("/w/default/overview", headers={"Cookie": cookie})
        assert (page.status_code, "does not answer" in page.text or "try again" in page.text) == (503, True)
    # Of several connections each may find out by itself that the old one is gone.
    wait_until(lambda: node.get().status_code == 200)
    wait_until(lambda: node.get("/ready").status_code == 200)
    assert not re.search(f"Traceback|{re.escape(PASSWORD)}", caplog.text)


def test_events_are_taken_in_while_the_database_is_gone_as_long_as_the_key_is_known(
    nodes: tuple[Node, Node], postgres: Postgres
) -> None:
    node = nodes[0]
    wait_until(lambda: node.post().status_code == 200 and len(node.services.answers._read) > 1)
    waiting = node.services.inboxes.own.depth().deliveries
    with gone(postgres):
        assert node.post().status_code == 200
        wait_until(lambda: node.post().status_code == 503)
    assert node.services.inboxes.own.depth().deliveries > waiting
