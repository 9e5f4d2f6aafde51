"""`/v1/growth` and `/v1/retention` beside all sessions, of made-up worlds that arrive late and in parts."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import oracle_growth as told
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from asking import assert_error
from conftest import Json, Point, Quotidian, days_between
from events import session
from oracle import Oracle
from worlds import make_world

GROWTH, RETENTION = "/v1/growth", "/v1/retention"
NUMBERS = ("active", "new", "retained", "resurrected", "lost", "stickiness")
FORMATS = ("json", "ndjson", "csv", "parquet", "arrow")
FIRST = date(2023, 9, 20)


class Case(NamedTuple):
    """A server, the oracle of what it was delivered, and the days with something in them."""

    api: Quotidian
    oracle: Oracle
    first: date
    last: date

    def sessions(self, app: str | None) -> told.Sessions[Any]:
        return told.sessions_of(self.oracle, app)


def regulars(seed: int) -> list[Json]:
    """Sessions of users who come often, seldom or after months, in one app, two or none; in random order."""
    random = Random(seed)
    events = []
    for user in range(40):
        day = FIRST + timedelta(days=random.randrange(200))
        for _ in range(random.choice((1, 2, 5, 30))):
            app = random.choice(("shop", "news", None)[: 1 + user % 3])
            events.append(session(f"user-{user}", f"{day}T{random.randrange(24):02}:59:59", app_id=app))
            day += timedelta(days=random.choice((0, 1, 1, 2, 7, 30, 89, 90, 91, 120)))
    random.shuffle(events)
    return events


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Half a year and more of regulars; a part of their sessions arrives when the others are published."""
    events = regulars(1)
    parts = (events[:150], events[150:])
    days = (FIRST - timedelta(days=30), FIRST + timedelta(days=430))
    with delivered(tmp_path_factory.mktemp("life") / "data", "Europe/Paris", *parts) as told_to:
        yield Case(*told_to, *days)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Some weeks around the change of the clocks, dense at midnights, with late and repeated and broken events."""
    made = make_world(11, users=25, days=40, campaigns=1)
    parts = (made.events, [*made.json_only, *made.broken, *made.duplicates], made.late)
    days = (made.first_day - timedelta(days=60), made.last_day + timedelta(days=100))
    with delivered(tmp_path_factory.mktemp("world") / "data", made.timezone, *parts) as told_to:
        yield Case(*told_to, *days)


@contextmanager
def delivered(path: Path, timezone: str, *parts: Sequence[object]) -> Iterator[tuple[Quotidian, Oracle]]:
    """A server and an oracle that were told the same, one part after the other is published."""
    api, oracle = Quotidian(path, timezone), Oracle(timezone=timezone)
    for part in parts:
        api.deliver(*part)
        oracle.deliver(part)
    api.events.close()  # the API reads series only, and a process can have one event store open
    yield api, oracle
    api.close()


@pytest.fixture(params=["life", "world"])
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def growth_of(sessions: told.Sessions[Any], days: list[date], window: int) -> list[Point]:
    return [{"time": str(day), **told.growth(sessions, day, window)} for day in days]


def retention_of(sessions: told.Sessions[Any], cohorts: list[date], days: int, today: date) -> list[Point]:
    return [{"time": str(day), "retained": told.retention(sessions, day, days, today)} for day in cohorts]


@pytest.mark.slow
@pytest.mark.parametrize("window", [1, 2, 7, 30, 44, 45])
def test_growth_is_that_of_all_sessions_by_app_and_window(case: Case, window: int) -> None:
    days = days_between(case.first, case.last)
    for app in (None, *sorted(case.oracle.apps)):
        got = case.api.data(GROWTH, window=window, app_id=app, **{"from": case.first, "to": case.last})
        for mine, theirs in zip(got, growth_of(case.sessions(app), days, window), strict=True):
            assert mine == theirs, (app, window)


@pytest.mark.parametrize("followed", [1, 29, 89, 90])
def test_retention_is_that_of_all_sessions_by_app(case: Case, followed: int) -> None:
    days = days_between(case.first, case.last)
    for app in (None, *sorted(case.oracle.apps)):
        got = case.api.data(RETENTION, days=followed, app_id=app, **{"from": case.first, "to": case.last})
        expected = retention_of(case.sessions(app), days, followed, case.api.workspace().today)
        for mine, theirs in zip(got, expected, strict=True):
            assert mine == theirs, (app, followed)


def test_what_was_active_before_is_what_was_retained_or_lost(life: Case) -> None:
    asked = {"window": 14, "from": life.first, "to": life.last}
    rows = life.api.data(GROWTH, **asked)
    for before, row in zip(rows, rows[14:], strict=False):
        assert before["active"] == row["retained"] + row["lost"]
        assert row["active"] == row["new"] + row["retained"] + row["resurrected"]


def test_stickiness_is_of_the_day_and_its_month_whatever_the_window(life: Case) -> None:
    asked = {"from": life.first, "to": life.last}
    daily, monthly = (life.api.data("/v1/active_users", window=window, **asked) for window in (1, 30))
    expected = [
        day["active"] / month["active"] if month["active"] else None for day, month in zip(daily, monthly, strict=True)
    ]
    assert None in expected
    for window in (1, 45):
        assert [row["stickiness"] for row in life.api.data(GROWTH, window=window, **asked)] == expected


def test_defaults_are_windows_of_a_week_and_cohorts_followed_for_30_days(life: Case) -> None:
    asked = {"from": FIRST, "to": FIRST + timedelta(days=60)}
    assert life.api.data(GROWTH, **asked) == life.api.data(GROWTH, window=7, **asked)
    assert life.api.data(RETENTION, **asked) == life.api.data(RETENTION, days=30, **asked)
    assert [len(life.api.data(path)) for path in (GROWTH, RETENTION)] == [30, 30]


def test_today_counts_as_far_as_it_has_come(quotidian: Quotidian) -> None:
    today = quotidian.workspace().today
    days = [today - timedelta(days=number) for number in (3, 2, 0)]
    quotidian.deliver(*(session("ana", str(day)) for day in days), session("bo", str(today)))
    row = {"active": 2, "new": 1, "retained": 1, "resurrected": 0, "lost": 0, "stickiness": 1.0}
    assert quotidian.data(GROWTH, window=2)[-1] == {"time": str(today), **row}
    cohorts = quotidian.data(RETENTION, days=90, **{"from": days[0], "to": "9999-12-31"})
    assert [cohort["retained"] for cohort in cohorts] == [[1, 1, 0, 1], [0, 0, 0], [0, 0], [1]]


def test_a_session_that_arrives_late_moves_its_user_to_the_earlier_cohort(quotidian: Quotidian) -> None:
    days = {"from": "2024-03-01", "to": "2024-03-03"}
    quotidian.deliver(session("ana", "2024-03-03"), session("bo", "2024-03-03"))
    assert [row["new"] for row in quotidian.data(GROWTH, window=1, **days)] == [0, 0, 2]
    quotidian.deliver(session("ana", "2024-03-01"))
    assert [row["new"] for row in quotidian.data(GROWTH, window=1, **days)] == [1, 0, 1]
    cohorts = quotidian.data(RETENTION, days=2, **days)
    assert [cohort["retained"] for cohort in cohorts] == [[1, 0, 1], [0, 0, 0], [1, 0, 0]]


def test_before_the_first_event_and_without_any_every_day_has_a_row(quotidian: Quotidian) -> None:
    asked = {"from": "0001-01-01", "to": "0003-01-01"}
    growth, retention = quotidian.data(GROWTH, **asked), quotidian.data(RETENTION, days=2, **asked)
    assert [row["time"] for row in growth] == [row["time"] for row in retention]
    assert (len(growth), growth[0]["time"]) == (731, "0001-01-01")
    assert all(row == {"time": row["time"], **dict.fromkeys(NUMBERS, 0), "stickiness": None} for row in growth)
    assert all(row["retained"] == [0, 0, 0] for row in retention)


# Formats


def rows_of(content: bytes, form: str) -> list[tuple[str, str, float | None]]:
    """What a format says, a row a number: its day, metric and value."""
    if form == "csv":
        header, *rows = csv.reader(io.StringIO(content.decode()))
        assert header == ["day", "metric", "value"]
        return [(day, metric, float(value) if value else None) for day, metric, value in rows]
    table = pq.read_table(io.BytesIO(content)) if form == "parquet" else pa.ipc.open_stream(content).read_all()
    return [(str(row["day"]), row["metric"], row["value"]) for row in table.to_pylist()]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("path", [GROWTH, RETENTION])
def test_all_formats_have_the_same_numbers(life: Case, path: str, form: str) -> None:
    asked = {"from": str(life.first), "to": str(life.last)}
    points, response = life.api.data(path, **asked), life.api.get(path, format=form, **asked)
    assert response.status_code == 200
    if form in ("json", "ndjson"):
        answered = response.json()["data"] if form == "json" else list(map(json.loads, response.text.splitlines()))
        assert answered == points
        return
    numbers = [
        (point["time"], name, number)
        for point in points
        for name, number in (
            [(name, point[name]) for name in NUMBERS]
            if path == GROWTH
            else [(f"retained_{age}", users) for age, users in enumerate(point["retained"])]
        )
    ]
    assert rows_of(response.content, form) == numbers
    assert len(numbers) > 2_000


# What is refused


@pytest.mark.parametrize(
    ("path", "parameter", "most"), [(GROWTH, "window", 45), (RETENTION, "days", 90)], ids=["window", "days"]
)
def test_more_days_than_are_kept_are_refused(life: Case, path: str, parameter: str, most: int) -> None:
    for text in ("0", str(most + 1), "-1", "07", "1.5", "", "x", "٣", "100"):
        assert_error(life.api.get(path, **{parameter: text}), 400, parameter, f"an integer from 1 to {most}", text)


@pytest.mark.parametrize("path", [GROWTH, RETENTION])
def test_an_app_that_no_event_names_is_refused(life: Case, path: str) -> None:
    assert_error(life.api.get(path, app_id="nobody"), 400, "Invalid App ID")
    assert_error(life.api.get(path, app_id=""), 400, "app_id")


@pytest.mark.parametrize("path", [GROWTH, RETENTION])
def test_a_key_needs_the_permission_of_the_path_without_its_version(life: Case, path: str) -> None:
    permission = path.removeprefix("/v1/")
    assert_error(life.api.get(path, key=life.api.new_key("active_users")), 403, repr(permission))
    assert life.api.get(path, key=life.api.new_key(permission)).status_code == 200
