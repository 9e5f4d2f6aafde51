"""Several servers of one PostgreSQL database: one leads, the others pass on, and whoever dies, nothing is lost."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from commands import Command, key_in, session, some_sessions
from databases.clickhouse import ClickHouseCluster
from databases.postgres import Postgres
from servers import Server, serving, wait_until

pytestmark = pytest.mark.slow

DAY = "2024-03-30"

Json = dict[str, Any]
_HELD = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted"


class Nodes:
    """Servers on folders of their own, which share a database."""

    def __init__(self, folder: Path, database_url: str, events_url: str = "") -> None:
        self.url = database_url
        self._events_url = events_url
        self._folder = folder
        self._opened = ExitStack()
        self.key = key_in(self.run("alpha", "init", "--timezone", "Europe/Paris"))

    def command(self, name: str) -> Command:
        (self._folder / name).mkdir(exist_ok=True)
        return Command(self._folder / name / "data")

    def environment(self, name: str) -> dict[str, str]:
        return {
            "QUOTIDIAN_DATABASE_URL": self.url,
            "QUOTIDIAN_EVENTS_URL": self._events_url,
            "QUOTIDIAN_NODE": name,
        }

    def start(self, name: str, *words: object, **more: str) -> Server:
        environment = {**self.environment(name), **more}
        served = serving(self.command(name), self.key, "--workers", 1, *words, **environment)
        return self._opened.enter_context(served)

    def run(self, name: str, *words: object, status: int = 0) -> str:
        ended = self.command(name).here(*words, status=status, **self.environment(name))
        return ended.stderr if status == 2 else ended.stdout

    def status(self, name: str, status: int = 0) -> Json:
        told: Json = json.loads(self.run(name, "status", "--format", "json", status=status))
        return told

    def leader(self) -> str:
        """The name of the node that leads, '' if none does."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            taken = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
            row = connection.execute("SELECT node FROM leader").fetchone()
        return row[0] if row and taken.fetchone() != (0,) else ""

    def close(self) -> None:
        self._opened.close()


@pytest.fixture
def nodes(tmp_path: Path, database_url: str) -> Iterator[Nodes]:
    opened = Nodes(tmp_path, database_url)
    try:
        yield opened
    finally:
        opened.close()


def explained(server: Server) -> int:
    """How many events the server shows behind the day's users; -1 while it cannot."""
    asked = {"series": "/kpi/dau/data_series", "day": DAY, "metric": "dau"}
    response = server.client.get("/v1/explain", params=asked)
    assert response.status_code in (200, 503), response.text
    return len(response.json()["events"]) if response.status_code == 200 else -1


def post(server: Server, *users: str) -> None:
    assert posted(server, *users)


def posted(server: Server, *users: str) -> bool:
    response = server.client.post("/events", json={"events": [session(user, DAY) for user in users]})
    assert response.status_code in (200, 503), response.text
    return response.status_code == 200


def test_nodes_pass_on_what_they_acknowledge_and_tasks_are_the_leaders(nodes: Nodes, tmp_path: Path) -> None:
    alpha = nodes.start("alpha")
    wait_until(lambda: nodes.leader() == "alpha")
    beta = nodes.start("beta", "--role", "api")
    post(alpha, "ana")
    post(beta, "bo", "cy")
    # A retry of a request, to another node: what happened without a time happened at the same one.
    timeless = {"purchases": [{"external_id": "ana", "product_id": "tea", "currency": "USD", "price": 4.5}]}
    for server in (alpha, beta):
        server.client.post("/users/track", json=timeless, headers={"Idempotency-Key": "one"}).raise_for_status()
    for server in (alpha, beta):
        wait_until(partial(counts, server, 3))
        server.wait_until_drained()
    found = nodes.status("alpha")
    assert found["events"] == 4
    assert (found["leader"]["node"], found["leader"]["command"]) == ("alpha", "serve (engine)")
    assert [(each["name"], each["role"], each["leads"]) for each in found["nodes"]] == [
        ("alpha", "all", True),
        ("beta", "api", False),
    ]
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(session("di", DAY)))
    assert "on the node 'alpha'" in nodes.run("beta", "ingest", file, status=2)
    assert "on the node 'alpha'" in nodes.run("gamma", "ingest", file, status=2)
    nodes.run("alpha", "ingest", file)
    assert beta.dau(DAY) == 4
    twin = nodes.command("twin").run("serve", status=2, **nodes.environment("beta"))
    assert "'beta' and lives" in twin.stderr
    asked = {"series": "/kpi/dau/data_series", "day": DAY, "metric": "dau"}
    refused = beta.client.get("/v1/explain", params=asked)
    assert (refused.status_code, "on the node 'alpha'" in refused.text) == (503, True), refused.text
    told = json.dumps(found) + nodes.run("alpha", "status") + alpha.log.read_text() + beta.log.read_text()
    assert "p@ss" not in told
    assert "p%40ss" not in told


def test_on_a_cluster_any_node_takes_over_and_a_follower_answers_from_the_events(
    tmp_path: Path, database_url: str, events_url: str
) -> None:
    with closing(Nodes(tmp_path, database_url, events_url)) as nodes:
        alpha = nodes.start("alpha")
        wait_until(lambda: nodes.leader() == "alpha")
        beta = nodes.start("beta")
        post(beta, "ana")
        wait_until(lambda: beta.dau(DAY) == 1)
        wait_until(lambda: explained(beta) == 1)
        alpha.kill()
        post(beta, "bo")
        wait_until(lambda: nodes.leader() == "beta")
        wait_until(lambda: beta.dau(DAY) == 2)
        wait_until(lambda: explained(beta) == 2)
        wait_until(lambda: beta.gauges()["quotidian_live_nodes"] == 1)
        found = nodes.status("beta", status=1)
        (problem,) = found["problems"]
        assert "'alpha' has not been seen" in problem
        assert (found["events"], found["leader"]["node"]) == (2, "beta")


def test_a_leader_that_is_stopped_amid_a_commit_is_replaced_and_does_no_harm_when_it_wakes(nodes: Nodes) -> None:
    alpha = nodes.start("alpha")
    wait_until(lambda: nodes.leader() == "alpha")
    beta = nodes.start("beta", QUOTIDIAN_INBOX="database")
    with psycopg.connect(nodes.url) as blocking, psycopg.connect(nodes.url, autocommit=True) as looking:
        blocking.execute("UPDATE turn SET version = version + 1")
        post(alpha, "ana")
        wait_until(lambda: looking.execute(f"{_HELD} AND application_name LIKE '%engine%'").fetchone() != (0,))
        with stopped(alpha.engine()):
            # Its transaction has the turn now, and waits for a process that does not go on.
            blocking.rollback()
            wait_until(lambda: nodes.leader() == "beta")
            post(beta, "bo")
            wait_until(lambda: beta.dau(DAY) == 1)
    wait_until(lambda: beta.dau(DAY) == 2)
    wait_until(lambda: "no longer leads" in alpha.log.read_text())
    assert nodes.leader() == "beta"
    beta.wait_until_drained()
    assert alpha.dau(DAY) == 2
    assert "Traceback" not in alpha.log.read_text() + beta.log.read_text()


def test_a_server_outlives_the_death_of_its_database(nodes: Nodes, postgres: Postgres) -> None:
    alpha = nodes.start("alpha")
    post(alpha, "ana")
    wait_until(lambda: alpha.dau(DAY) == 1)
    postgres.kill()
    wait_until(lambda: refuses(nodes.leader))
    postgres.start()
    wait_until(lambda: alpha.client.get("/ready").status_code == 200)
    wait_until(lambda: posted(alpha, "bo"))
    wait_until(lambda: alpha.dau(DAY) == 2)
    assert nodes.leader() == "alpha"


def refuses(do: Callable[[], object]) -> bool:
    try:
        do()
    except psycopg.OperationalError:
        return True
    return False


def counts(server: Server, users: int) -> bool:
    return bool(server.dau(DAY) == users)


@contextmanager
def stopped(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        if Path(f"/proc/{process}").exists():
            os.kill(process, signal.SIGCONT)


def test_roles_are_for_servers_that_share_a_database(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    refused = command.run("serve", "--role", "api", status=2)
    assert "set database_url" in refused.stderr
    refused = command.run("rebuild", status=2, QUOTIDIAN_NODE="a\x1b[31m")
    assert "printable" in refused.stderr


def test_status_names_the_replicas_that_cannot_be_asked_and_what_that_means(
    tmp_path: Path, events_url: str, cluster: ClickHouseCluster
) -> None:
    command = Command(tmp_path / "data")
    command.here("init", QUOTIDIAN_EVENTS_URL=events_url)
    file = some_sessions(tmp_path / "a.jsonl", ["ana", "bo", "cy", "di"], DAY)
    command.here("ingest", file, QUOTIDIAN_EVENTS_URL=events_url)
    found = json.loads(command.here("status", "--format", "json", QUOTIDIAN_EVENTS_URL=events_url).stdout)
    assert [each["shard"] for each in found["shards"]] == [1, 1, 2, 2]
    assert sum(each["events"] for each in found["shards"]) == 2 * 4
    assert found["events"] == 4
    for replica in cluster.replicas[1]:
        replica.kill()
    found = json.loads(command.here("status", "--format", "json", status=1, QUOTIDIAN_EVENTS_URL=events_url).stdout)
    assert [bool(each["trouble"]) for each in found["shards"]] == [False, False, True, True]
    assert any("No replica of shard 2 can be asked" in each for each in found["problems"])
    said = command.here("status", status=1, QUOTIDIAN_EVENTS_URL=events_url).stdout
    assert "clickhouse://" in said
    assert str(urlsplit(events_url).password) not in said
