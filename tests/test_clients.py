"""Programs that read Braze in production, unmodified: only the URL and the key are others."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import environments
import jsonschema_rs
import pytest
from commands import QUOTIDIAN, Command
from servers import Server, serving

pytestmark = pytest.mark.slow

Json = dict[str, Any]
LAST_DAY = datetime.now(UTC).date() - timedelta(days=2)
START = LAST_DAY - timedelta(days=12)
STREAM_SECONDS = 600


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with demo data."""
    folder = tmp_path_factory.mktemp("clients") / "demo"
    words = ["--events", "10000", "--days", "20", "--until", LAST_DAY.isoformat(), "--folder", folder, "--no-serve"]
    made = subprocess.run([QUOTIDIAN, "demo", *map(str, words)], capture_output=True, text=True, check=True)
    key = made.stdout.split("API key: ")[1].split()[0]
    with serving(Command(folder / "quotidian-data"), key) as opened:
        yield opened


class Airbyte:
    """The connector `source-braze`, as Airbyte runs it."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._command = environments.airbyte()
        self._folder = folder
        url = f"http://127.0.0.1:{server.port}"
        config = {"url": url, "api_key": server.key, "start_date": START.isoformat()}
        self.streams: dict[str, Json] = {}
        self._config = self._file("config", config)

    def _file(self, name: str, content: object) -> Path:
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(content))
        return path

    def run(self, *words: object) -> list[Json]:
        """A command's messages; it must end well."""
        command = [self._command, words[0], "--config", self._config, *words[1:]]
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, check=False, timeout=STREAM_SECONDS
        )
        assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
        messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert [each for each in messages if each.get("log", {}).get("level") in ("ERROR", "FATAL")] == []
        return messages

    def discover(self) -> None:
        [catalog] = [each["catalog"] for each in self.run("discover") if each["type"] == "CATALOG"]
        self.streams = {stream["name"]: stream for stream in catalog["streams"]}

    def read(self, state: list[Json] | None = None) -> tuple[dict[str, list[Json]], list[Json]]:
        """All records by stream, and the last state of each stream."""
        configured = [
            {
                "stream": stream,
                "sync_mode": stream["supported_sync_modes"][-1],
                "destination_sync_mode": "append",
            }
            for stream in self.streams.values()
        ]
        words: list[object] = ["--catalog", self._file("catalog", {"streams": configured})]
        words += ["--state", self._file("state", state)] if state else []
        messages = self.run("read", *words)
        records: dict[str, list[Json]] = defaultdict(list)
        states = {}
        for each in messages:
            if each["type"] == "RECORD":
                records[each["record"]["stream"]].append(each["record"]["data"])
            elif each["type"] == "STATE":
                states[each["state"]["stream"]["stream_descriptor"]["name"]] = each["state"]
        return records, list(states.values())


@pytest.fixture(scope="module")
def airbyte(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Airbyte:
    connector = Airbyte(tmp_path_factory.mktemp("airbyte"), server)
    connector.discover()
    return connector


@pytest.fixture(scope="module")
def first_read(airbyte: Airbyte) -> tuple[dict[str, list[Json]], list[Json]]:
    return airbyte.read()


def test_airbytes_check_succeeds(airbyte: Airbyte) -> None:
    [status] = [each["connectionStatus"]["status"] for each in airbyte.run("check") if "connectionStatus" in each]
    assert status == "SUCCEEDED"


def test_airbyte_reads_every_stream_but_the_retired_feed(
    airbyte: Airbyte, first_read: tuple[dict[str, list[Json]], list[Json]]
) -> None:
    assert airbyte.streams.keys() - first_read[0].keys() == {"cards", "cards_analytics"}


def test_airbytes_records_are_valid_by_its_own_schemas(
    airbyte: Airbyte, first_read: tuple[dict[str, list[Json]], list[Json]]
) -> None:
    for name, records in first_read[0].items():
        schema = airbyte.streams[name]["json_schema"]
        validator = jsonschema_rs.validator_for(schema, validate_formats=True)
        wrong = [error.message for record in records for error in validator.iter_errors(record)]
        assert wrong == [], name


def test_airbytes_numbers_are_the_apis(server: Server, first_read: tuple[dict[str, list[Json]], list[Json]]) -> None:
    records, _ = first_read
    days = [date.fromisoformat(each["time"]) for each in records["kpi_daily_active_users"]]
    asked = {"length": len(days), "ending_at": days[-1].isoformat()}
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    for stream, path in (
        ("kpi_daily_active_users", "/kpi/dau/data_series"),
        ("kpi_daily_new_users", "/kpi/new_users/data_series"),
        ("kpi_daily_app_uninstalls", "/kpi/uninstalls/data_series"),
    ):
        assert records[stream] == server.data(path, **asked)
    for stream, path, name in (
        ("campaigns_analytics", "/campaigns/data_series", "campaign_id"),
        ("segments_analytics", "/segments/data_series", "segment_id"),
    ):
        assert_same_by_subject(server, records[stream], path, name, asked)
    canvas = records["canvases"][0]["id"]
    since = [each for each in records["canvases_analytics"] if each["time"] >= days[0].isoformat()]
    got = sum(each["total_stats"]["entries"] for each in since)
    breakdown = {"canvas_id": canvas, "length": 14, "ending_at": days[-1].isoformat()}
    whole: Any = server.data("/canvas/data_summary", **breakdown)
    assert got <= whole["total_stats"]["entries"]
    assert got > 0


def assert_same_by_subject(server: Server, records: list[Json], path: str, name: str, asked: Json) -> None:
    by_subject: dict[str, list[Json]] = defaultdict(list)
    for record in records:
        by_subject[record.pop(name)].append(record)
    assert by_subject
    for subject, points in by_subject.items():
        assert points == server.data(path, **{name: subject}, **asked), subject


def test_airbytes_second_read_takes_up_where_the_first_ended(
    airbyte: Airbyte, first_read: tuple[dict[str, list[Json]], list[Json]]
) -> None:
    first, states = first_read
    second, _ = airbyte.read(states)
    for name in ("kpi_daily_active_users", "campaigns_analytics", "events_analytics", "canvases_analytics"):
        assert len(second.get(name, [])) < len(first[name])
    assert len(second["campaigns"]) == len(first["campaigns"])


def test_braze_api_for_node_is_answered_as_it_expects(server: Server) -> None:
    folder = environments.braze_api()
    command = ["node", "ask.cjs", f"http://127.0.0.1:{server.port}", server.key]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, timeout=60)
    answers = json.loads(done.stdout)
    assert answers["campaigns"] == server.client.get("/campaigns/list").json()
    assert answers["campaignsPastTheEnd"]["campaigns"] == []
    assert answers["campaign"]["messages"]
    assert len(answers["canvases"]["canvases"]) == 1
    assert answers["segment"]["text_description"].startswith("Users who")
    assert len(answers["segments"]["segments"]) == 2
    assert answers["send"] == {"message": "success", "send_id": "from-node"}
    assert "Invalid Campaign ID" in answers["unknown"]
