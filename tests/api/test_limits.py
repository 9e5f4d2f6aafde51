"""Rate limits: per workspace, in windows of the clock, shared by workers; campaign series have their own."""

import asyncio
import dataclasses
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from asking import EXAMPLES, FRENCH, READING, RETIRED, assert_error, fail, fill, parameters_of
from commands import Command
from conftest import Quotidian, client_of
from servers import free_port

from quotidian.api import series
from quotidian.api.app import make_app
from quotidian.api.counters import FileCounters
from quotidian.api.endpoint import AnyEndpoint
from quotidian.api.limits import RateLimiter, open_counters
from quotidian.domain.errors import UserError
from quotidian.settings import load_settings

CAMPAIGN = "/campaigns/data_series"
HOURLY = [endpoint for endpoint in READING if endpoint.path != CAMPAIGN]
HOUR, NOON = 3_600, 1_711_800_000.0  # noon UTC of 2024-03-30


class Clock:
    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Limited:
    """The API over a Quotidian's stores with a clock that the test sets, as one worker of several runs it."""

    def __init__(self, stores: Quotidian, counts: Path, clock: Clock, **changed: Any) -> None:
        settings = dataclasses.replace(stores.settings, **changed)
        self.key = stores.key
        limiter = RateLimiter(settings, FileCounters(counts), stores.services.metrics.miss_limit, clock)
        app = make_app(dataclasses.replace(stores.services, settings=settings, limiter=limiter))
        self.client = client_of(app)

    def get(self, path: str = "/campaigns/list", *, key: str | None = None, **parameters: str) -> Any:
        return self.client.get(path, params=parameters, headers={"Authorization": f"Bearer {key or self.key}"})

    def left(self, path: str = "/campaigns/list", **parameters: str) -> int:
        return int(self.get(path, **parameters).headers["x-ratelimit-remaining"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("limits") / "data")
    fill(opened)
    yield opened
    opened.close()


@pytest.fixture
def limited(stores: Quotidian, tmp_path: Path, clock: Clock) -> Callable[..., Limited]:
    """Makes workers, which count in one folder."""
    return lambda **changed: Limited(stores, tmp_path / "limits", clock, **changed)


def numbers(response: Any) -> tuple[int, int, int]:
    """Limit, remaining and reset, as the headers say."""
    limit, remaining, reset = (response.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset"))
    return int(limit), int(remaining), int(reset)


def test_the_limits_are_those_of_the_export_api(limited: Callable[..., Limited]) -> None:
    api = limited()
    assert numbers(api.get("/campaigns/list"))[:2] == (250_000, 249_999)
    assert numbers(api.get(CAMPAIGN))[:2] == (50_000, 49_999)


def test_every_answer_has_the_limits_headers(
    limited: Callable[..., Limited], stores: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, poor = limited(hourly_limit=5), stores.new_key("kpi.mau.data_series")
    end = int(NOON) + HOUR
    dau = "/kpi/dau/data_series"
    assert (api.get(dau, length="1").status_code, numbers(api.get(dau, length="1"))) == (200, (5, 3, end))
    assert_limited(api.get(dau, length="0"), 400, (5, 2, end))
    assert_limited(api.get(dau, key=poor), 403, (5, 2, end))
    assert_limited(api.get(dau, key="nobody"), 401, (5, 5, end))
    assert_limited(api.get("/kpi/nothing"), 404, (5, 5, end))
    assert_limited(api.client.post(dau), 405, (5, 5, end))
    with monkeypatch.context() as patched:
        patched.setattr(series, "find_series", fail)
        assert_limited(api.get(dau, length="2"), 500, (5, 1, end))
    api.get(dau)
    assert_limited(api.get(dau, length="1"), 429, (5, 0, end))


def assert_limited(response: Any, status: int, wanted: tuple[int, int, int]) -> None:
    assert_error(response, status)
    assert numbers(response) == wanted


def test_an_answer_of_the_campaign_series_has_its_own_limits_headers(limited: Callable[..., Limited]) -> None:
    api = limited(campaigns_minute_limit=2)
    end = int(NOON) + 60
    assert numbers(api.get(CAMPAIGN, key="nobody")) == (2, 2, end)
    assert numbers(api.get(CAMPAIGN, length="1", campaign_id="spring")) == (2, 1, end)
    assert numbers(api.get(FRENCH)) == (2, 0, end)
    assert_limited(api.get(CAMPAIGN), 429, (2, 0, end))


@pytest.mark.parametrize(
    ("now", "reset", "wait"),
    [(NOON, HOUR, "3600"), (NOON + 0.001, HOUR, "3600"), (NOON + 1, HOUR, "3599"), (NOON + 3599.9, HOUR, "1")],
)
def test_a_request_too_many_says_when_to_come_back(
    limited: Callable[..., Limited], clock: Clock, now: float, reset: int, wait: str
) -> None:
    api, clock.now = limited(hourly_limit=1), now
    assert "retry-after" not in api.get().headers
    refused = api.get()
    assert_limited(refused, 429, (1, 0, int(NOON) + reset))
    assert refused.headers["retry-after"] == wait


def test_a_window_ends_with_the_hour_of_the_clock(limited: Callable[..., Limited], clock: Clock) -> None:
    api, clock.now = limited(hourly_limit=2), NOON + HOUR - 1
    assert [api.get().status_code for _ in range(3)] == [200, 200, 429]
    clock.now = NOON + HOUR - 0.001
    assert api.get().status_code == 429
    clock.now = NOON + HOUR
    assert numbers(api.get()) == (2, 1, int(NOON) + 2 * HOUR)


def test_the_window_of_the_campaign_series_ends_with_the_minute(limited: Callable[..., Limited], clock: Clock) -> None:
    api, clock.now = limited(campaigns_minute_limit=1), NOON + 59.9
    assert [api.get(CAMPAIGN).status_code for _ in range(2)] == [400, 429]
    clock.now = NOON + 60
    assert numbers(api.get(CAMPAIGN)) == (1, 0, int(NOON) + 120)


def test_a_clock_that_goes_back_takes_up_the_window_it_goes_back_to(
    limited: Callable[..., Limited], clock: Clock
) -> None:
    api = limited(hourly_limit=9)
    assert api.left() == 8
    clock.now += HOUR
    assert api.left() == 8
    clock.now -= HOUR
    assert api.left() == 7


def test_all_endpoints_but_the_campaign_series_share_one_limit(limited: Callable[..., Limited]) -> None:
    api = limited(hourly_limit=100)
    left = [api.left(endpoint.path, **parameters_of(endpoint)) for endpoint in HOURLY]
    assert left == [100 - number for number in range(1, len(HOURLY) + 1)]


def test_the_campaign_series_has_a_limit_of_its_own_in_either_language(limited: Callable[..., Limited]) -> None:
    api = limited(hourly_limit=1, campaigns_minute_limit=2)
    asked = {name: EXAMPLES[name] for name in ("campaign_id", "length")}
    assert [api.get(path, **asked).status_code for path in (CAMPAIGN, FRENCH, CAMPAIGN, FRENCH)] == [200, 200, 429, 429]
    assert [api.get("/campaigns/details", campaign_id="spring").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("endpoint", HOURLY, ids=lambda endpoint: endpoint.path)
def test_an_endpoint_is_refused_once_the_limit_is_used_up(
    limited: Callable[..., Limited], endpoint: AnyEndpoint
) -> None:
    api = limited(hourly_limit=1)
    assert api.get(endpoint.path, **parameters_of(endpoint)).status_code == (400 if endpoint.path in RETIRED else 200)
    assert_error(api.get(endpoint.path, **parameters_of(endpoint)), 429, "1", "3600")


def test_a_request_of_nobody_or_without_permission_uses_nothing_up(
    limited: Callable[..., Limited], stores: Quotidian
) -> None:
    api, poor = limited(hourly_limit=2), stores.new_key("kpi.dau.data_series")
    for key in ("nobody", poor, "nobody", poor):
        api.get(key=key)
    assert api.left() == 1


def test_a_request_with_a_wrong_parameter_counts(limited: Callable[..., Limited]) -> None:
    api = limited(hourly_limit=9)
    assert [api.left(page="x"), api.left(page="0")] == [8, 7]


def test_keys_of_a_workspace_share_its_limit(limited: Callable[..., Limited], stores: Quotidian) -> None:
    api, other = limited(hourly_limit=1), stores.new_key("campaigns.list")
    assert [api.get().status_code, api.get(key=other).status_code] == [200, 429]


def test_another_workspace_has_a_limit_of_its_own(limited: Callable[..., Limited], stores: Quotidian) -> None:
    api, other = limited(hourly_limit=1), stores.add_workspace("another")
    assert [api.get().status_code, api.get().status_code, api.get(key=other).status_code] == [200, 429, 200]


@pytest.mark.parametrize(
    ("off", "path", "other"),
    [("hourly_limit", "/campaigns/list", CAMPAIGN), ("campaigns_minute_limit", CAMPAIGN, "/campaigns/list")],
)
def test_a_limit_of_0_is_off_and_the_other_is_not(
    limited: Callable[..., Limited], off: str, path: str, other: str
) -> None:
    api = limited(**{"hourly_limit": 1, "campaigns_minute_limit": 1, off: 0})
    answers = [api.get(path) for _ in range(3)]
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert api.get(other).headers["x-ratelimit-limit"] == "1"
    assert api.get(other).status_code == 429


@pytest.mark.parametrize(
    ("path", "parameters"), [("/campaigns/list", {}), (CAMPAIGN, {"campaign_id": "spring", "length": "1"}), ("/no", {})]
)
def test_with_a_limit_that_is_off_answers_say_that_more_is_left_than_anybody_asks(
    limited: Callable[..., Limited], path: str, parameters: dict[str, str]
) -> None:
    api = limited(hourly_limit=0, campaigns_minute_limit=0)
    window = 60 if path == CAMPAIGN else HOUR
    answers = [api.get(path, **parameters) for _ in range(3)]  # the second and the third are known
    assert {numbers(answer) for answer in answers} == {(10**9, 10**9, int(NOON) + window)}
    assert [answer.headers.get("retry-after") for answer in answers] == [None] * 3


def test_what_takes_events_in_without_a_limit_says_so_too(limited: Callable[..., Limited]) -> None:
    api = limited()
    headers = {"Authorization": f"Bearer {api.key}"}
    assert numbers(api.client.post("/users/track", json={}, headers=headers))[:2] == (10**9, 10**9)


def test_two_workers_share_one_count(limited: Callable[..., Limited]) -> None:
    one, other = limited(hourly_limit=4), limited(hourly_limit=4)
    assert [one.left(), other.left(), one.left(), other.left()] == [3, 2, 1, 0]
    assert [one.get().status_code, other.get().status_code] == [429, 429]


def test_a_count_survives_a_restart(limited: Callable[..., Limited]) -> None:
    assert limited(hourly_limit=4).left() == 3
    assert limited(hourly_limit=4).left() == 2


def added(counters: FileCounters, key: str, seconds: int = 60) -> int:
    """What a counter is once 1 is added."""
    return asyncio.run(counters.add(key, seconds))


def test_workers_that_count_at_once_lose_nothing(tmp_path: Path) -> None:
    def count_on(counters: FileCounters) -> list[int]:
        return [added(counters, "window") for _ in range(100)]

    workers = [FileCounters(tmp_path / "limits") for _ in range(4)]
    with ThreadPoolExecutor(len(workers)) as pool:
        counted = [number for numbers in pool.map(count_on, workers) for number in numbers]
    assert sorted(counted) == list(range(1, 401))


def test_counts_of_windows_that_are_over_are_forgotten(tmp_path: Path) -> None:
    counters = FileCounters(tmp_path / "limits")
    added(counters, "old", -60)
    added(counters, "new")
    assert [asyncio.run(counters.get(key)) for key in ("old", "new")] == [0, 1]


def test_counts_that_ended_processes_left_are_forgotten_when_their_windows_are_over(tmp_path: Path) -> None:
    for key in ("old", "older"):
        added(FileCounters(tmp_path / "limits"), key, -60)
    added(FileCounters(tmp_path / "limits"), "new")
    assert [path.name for path in (tmp_path / "limits").iterdir()] == ["new"]


def test_a_folder_of_counters_that_is_removed_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "limits"
    counters = FileCounters(folder)
    added(counters, "window")
    shutil.rmtree(folder)
    assert added(counters, "next window") == 1
    assert asyncio.run(counters.get("next window")) == 1


def test_requests_are_answered_while_nothing_can_be_counted(
    limited: Callable[..., Limited], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    api = limited(hourly_limit=1)
    (tmp_path / "limits").write_text("no folder")
    assert [api.get().status_code for _ in range(3)] == [200, 200, 200]
    assert [record.message for record in caplog.records if "cannot be counted" in record.message] != []
    (tmp_path / "limits").unlink()
    assert [api.get().status_code for _ in range(2)] == [200, 429]


def test_with_closed_nothing_is_answered_while_nothing_can_be_counted(
    limited: Callable[..., Limited], stores: Quotidian, tmp_path: Path
) -> None:
    api, uncounted = limited(hourly_limit=9, rate_limit_outage="closed"), counted_as_uncounted(stores)
    assert [api.left(), api.left()] == [8, 7]  # the second is a known answer
    shutil.rmtree(tmp_path / "limits")
    (tmp_path / "limits").write_text("no folder")
    other = limited(hourly_limit=9, rate_limit_outage="closed")
    for _ in range(2):
        refused = other.get()
        assert_error(refused, 503, "cannot be counted")
        assert int(refused.headers["retry-after"]) > 0
    assert counted_as_uncounted(stores) > uncounted
    (tmp_path / "limits").unlink()
    assert other.left() == 8


def counted_as_uncounted(stores: Quotidian) -> float:
    return stores.services.metrics.registry.get_sample_value("quotidian_requests_uncounted_total") or 0


SECRET = "p@ss:w/rd%?#"


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "memory://",
        "async+redis://localhost",
        "memcached://localhost:11211",
        "://",
        "redis://",
        "redis://[",
        f"redis://user:{SECRET}@localhost:6379",
        "redis://:secret@localhost:port",
        "redis://:secret@localhost:70000",
        "redis://:secret@localhost/zero",
        "redis://:secret@localhost?nothing=1",
        "redis://:secret@localhost?socket_timeout=soon",
    ],
)
def test_a_place_to_count_that_is_none_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    settings = load_settings(tmp_path, {"QUOTIDIAN_RATE_LIMIT_URL": url})
    with pytest.raises(UserError, match=r"rate_limit_url must be rediss://") as refused:
        open_counters(settings, tmp_path / "limits", "")
    assert not re.search("secret|ss:w|rd%", str(refused.value))


def test_serve_refuses_a_place_to_count_that_is_none_in_one_sentence(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    url = "redis://:secret@localhost:port"
    said = command.run("serve", "--port", free_port(), status=2, QUOTIDIAN_RATE_LIMIT_URL=url).stderr
    assert "rate_limit_url" in said
    assert not re.search("Traceback|secret", said)
