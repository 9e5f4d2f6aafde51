"""`quotidian demo`: what it prints works, and the same arguments make the same data."""

import json
import re
import shlex
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from commands import Command, key_in
from starlette.testclient import TestClient

from quotidian.api.app import make_app
from quotidian.api.services import Services
from quotidian.control.keys import find_key
from quotidian.control.sessions import use_link
from quotidian.settings import load_settings
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series, writing


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


class Demo:
    """A small demo that is made and not served: what it printed, and commands on its data folder."""

    def __init__(self, folder: Path, *words: object) -> None:
        folder.mkdir(exist_ok=True)
        given = ("--events", 2_000, "--days", 10, "--no-serve", "--folder", folder / "demo")
        self.out = Command(folder / "not used").here("demo", *given, *words).stdout
        self.made = Command(folder / "demo" / "quotidian-data")

    def answers(self) -> dict[str, object]:
        """The data of the answers to the requests as they were printed, by path."""
        services = Services.open(DataFolder(self.made.data), load_settings(self.made.data, {}))
        client = TestClient(make_app(services))
        try:
            given = {}
            for line in self.out.splitlines():
                if line.startswith("curl "):
                    _, _, header, url = shlex.split(line)
                    answer = client.get(url, headers=dict([header.split(": ", 1)]))
                    assert answer.status_code == 200, (url, answer.text)
                    body = answer.json()
                    given[url.split("?")[0].split("8000")[1]] = body.get("data") or body["campaigns"]
            return given
        finally:
            client.close()
            services.close()


@pytest.fixture(scope="module", params=["by default", "of long ago"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    words = () if request.param == "by default" else ("--until", "2024-02-29")
    return Demo(tmp_path_factory.mktemp("demo"), *words)


def test_a_demo_ends_yesterday_by_default(tmp_path: Path) -> None:
    before = yesterday()
    made = Demo(tmp_path).made
    done = made.here("series", "dau", "--days", 3, "--format", "json")
    numbers = {point["time"]: point["dau"] for point in json.loads(done.stdout)}
    last = max(day for day, number in numbers.items() if number)
    assert last in {before.isoformat(), yesterday().isoformat()}
    assert done.stderr == ""


def test_the_requests_that_a_demo_prints_give_numbers_as_printed(demo: Demo) -> None:
    given = demo.answers()
    assert len(given) == 5
    for path, data in given.items():
        assert re.search(r'": ([1-9]|"[a-z])', json.dumps(data)), path


def test_a_demo_that_is_not_served_says_how_it_is(demo: Demo) -> None:
    assert f"quotidian --data {demo.made.data} serve --port 8000" in demo.out
    assert key_in(demo.out)


def test_a_demo_prints_a_link_that_signs_in(demo: Demo) -> None:
    [line] = [line for line in demo.out.splitlines() if line.startswith("Look at it: ")]
    address, secret = line.removeprefix("Look at it: ").split("?link=")
    assert address == "http://127.0.0.1:8000/sign-in"
    with writing(open_series(DataFolder(demo.made.data))) as connection:
        key = use_link(connection, secret)
        assert key == find_key(connection, key_in(demo.out))


def test_demos_of_the_same_arguments_have_the_same_numbers(tmp_path: Path) -> None:
    one, other = (Demo(tmp_path / name, "--until", "2026-06-30") for name in ("one", "other"))
    for series in ("dau", "mau", "new_users", "uninstalls"):
        words = ("series", series, "--days", 10, "--ending-at", "2026-06-30", "--format", "json")
        assert one.made.here(*words).stdout == other.made.here(*words).stdout
