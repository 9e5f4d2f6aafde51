"""`quotidian series`: every series that the API has, and what is said of those that there are not."""

import csv
import json
from typing import Any, get_args, get_type_hints

import pytest
from commands import Command, session
from currents import write_jsonl
from everything import DAY, ON_THE_DAY, listed, points, some_of_everything

from quotidian.api.endpoints import ENDPOINTS
from quotidian.cli.series import series
from quotidian.cli.series_kinds import SERIES


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Commands on a data folder with some of everything, for what only reads."""
    return some_of_everything(Command(tmp_path_factory.mktemp("series") / "data"))


def test_every_series_of_the_api_can_be_shown() -> None:
    served = {endpoint.path for endpoint in ENDPOINTS if endpoint.path.endswith("_series")}
    tables = {"/v1/active_users", "/v1/growth", "/v1/retention"}
    assert served - {"/feed/data_series"} | tables == {kind.path for kind in SERIES.values()}
    assert tables <= {endpoint.path for endpoint in ENDPOINTS}
    assert set(get_args(get_type_hints(series)["name"])) == SERIES.keys()


def test_hours_are_shown_instead_of_days(loaded: Command) -> None:
    asked = ("--hours", 3, "--ending-at", f"{DAY}T12:59:00", "--format", "json")
    found = json.loads(loaded.here("series", "sessions", *asked).stdout)
    assert [(point["time"], point["sessions"]) for point in found] == [
        (f"{DAY}T10:00:00+01:00", 1),
        (f"{DAY}T11:00:00+01:00", 0),
        (f"{DAY}T12:00:00+01:00", 1),
    ]
    lines = loaded.here("series", "revenue", *asked[:-1], "table").stdout.splitlines()
    assert lines[0].split() == ["time", "revenue"]
    assert lines[-1].split()[:2] == [f"{DAY}T12:00:00+01:00", "0.00"]


def test_purchases_and_revenue_are_shown(loaded: Command) -> None:
    assert points(loaded, "purchases") == [{"time": DAY, "purchase_quantity": 1}]
    assert points(loaded, "revenue", "--product", "Pot") == [{"time": DAY, "revenue": 2.5}]


def test_a_canvas_is_shown_with_its_variants_and_steps(loaded: Command) -> None:
    [point] = points(loaded, "canvas", "welcome journey")
    assert point["total_stats"]["entries"] == 1
    assert point["step_stats"]["s1"]["messages"]["email"][0]["sent"] == 1
    out = loaded.here("series", "canvas", "welcome", *ON_THE_DAY).stdout
    assert out.splitlines()[1].split()[:5] == [DAY, "2.50", "0", "0", "1"]
    assert "  variant Tour: revenue 2.50, conversions 0, conversions_by_entry_time 0, entries 1" in out
    assert "  step First mail, email: sent 1, delivered 0" in out
    assert "unique_opens" not in out


def test_a_canvas_is_csv_with_a_line_a_number(loaded: Command) -> None:
    out = loaded.here("series", "canvas", "welcome", *ON_THE_DAY, "--format", "csv").stdout
    lines = list(csv.DictReader(out.splitlines()))
    numbers = {
        (line["variant_name"], line["step_name"], line["channel"], line["statistic"]): line["value"] for line in lines
    }
    assert numbers["", "", "", "entries"] == numbers["Tour", "", "", "entries"] == "1"
    assert numbers["", "First mail", "", "unique_recipients"] == numbers["", "First mail", "email", "sent"] == "1"
    assert {line["time"] for line in lines} == {DAY}


def test_growth_is_shown_by_any_window_and_app(loaded: Command) -> None:
    row = {"active": 2, "new": 2, "retained": 0, "resurrected": 0, "lost": 0, "stickiness": 1.0}
    assert points(loaded, "growth") == points(loaded, "growth", "--app-id", "Shop for iOS") == [{"time": DAY, **row}]
    later = ("growth", "--window", 2, "--days", 1, "--ending-at", "2024-04-01")
    [point] = listed(loaded, "series", *later)
    assert point == {"time": "2024-04-01", **dict.fromkeys(row, 0), "lost": 2, "stickiness": 0.0}
    header, line = loaded.here("series", *later).stdout.splitlines()
    assert header.split() == ["time", *row]
    assert line.split() == ["2024-04-01", "0", "0", "0", "0", "2", "0.00"]


def test_a_share_of_no_users_is_none(loaded: Command) -> None:
    before = ("growth", "--days", 1, "--ending-at", "2024-03-01")
    assert [point["stickiness"] for point in listed(loaded, "series", *before)] == [None]
    assert loaded.here("series", *before).stdout.splitlines()[1].split()[-1] == "-"
    assert loaded.here("series", *before, "--format", "csv").stdout.splitlines()[-1] == "2024-03-01,,,,stickiness,"


@pytest.fixture(scope="module")
def returning(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Four users with a first session on one of two days, of whom some come back."""
    command = Command(tmp_path_factory.mktemp("returning") / "data")
    command.init()
    days = {
        "ana": ("2024-03-01", "2024-03-02", "2024-03-15"),
        "bo": ("2024-03-01", "2024-03-02"),
        "cy": ("2024-03-01",),
        "di": ("2024-03-03", "2024-03-04"),
    }
    sessions = [session(user, day) for user, active in days.items() for day in active]
    command.here("ingest", write_jsonl(command.data.parent / "sessions.jsonl", sessions))
    return command


COHORTS = ("retention", "--days", 3, "--ending-at", "2024-03-03")


def test_retention_is_a_number_a_day_in_json_and_csv(returning: Command) -> None:
    assert listed(returning, "series", *COHORTS, "--follow-days", 2) == [
        {"time": "2024-03-01", "retained": [3, 2, 0]},
        {"time": "2024-03-02", "retained": [0, 0, 0]},
        {"time": "2024-03-03", "retained": [1, 1, 0]},
    ]
    rows = list(csv.DictReader(returning.here("series", *COHORTS, "--format", "csv").stdout.splitlines()))
    assert len(rows) == 3 * 31
    kept = {(row["time"], row["statistic"]): row["value"] for row in rows if row["value"] != "0"}
    assert kept == {
        ("2024-03-01", "retained_0"): "3",
        ("2024-03-01", "retained_1"): "2",
        ("2024-03-01", "retained_14"): "1",
        ("2024-03-03", "retained_0"): "1",
        ("2024-03-03", "retained_1"): "1",
    }


def test_the_table_of_retention_has_shares_of_cohorts_and_of_all_together(returning: Command) -> None:
    assert returning.here("series", *COHORTS, "--follow-days", 14).stdout.splitlines() == [
        "cohort      users   day 1  day 3  day 7  day 14",
        "2024-03-01      3   66.7%   0.0%   0.0%   33.3%",
        "2024-03-02      0       -      -      -       -",
        "2024-03-03      1  100.0%   0.0%   0.0%    0.0%",
        "all             4   75.0%   0.0%   0.0%   25.0%",
    ]


def test_days_that_have_not_come_are_no_part_of_retention(returning: Command) -> None:
    """The oldest of the last three days has been followed for two days: so the table ends with day 2."""
    lines = returning.here("series", "retention", "--days", 3).stdout.splitlines()
    assert lines[0].split("  ")[-1] == "day 2"
    assert [len(line.split()) for line in lines[1:]] == [4, 3, 2, 4]


def test_a_narrow_terminal_folds_retention_between_numbers(returning: Command) -> None:
    out = returning.here("series", *COHORTS, "--follow-days", 14, COLUMNS="40").stdout
    assert out.splitlines()[:2] == ["2024-03-01  users 3  day 1 66.7%", "            day 3 0.0%  day 7 0.0%"]


WRONG: dict[str, tuple[list[Any], str]] = {
    "an option of others": (["dau", "--product", "Pot"], "--product does not go with the series dau; it goes with pur"),
    "hours of days": (["segment", "tea", "--hours", 3], "--hours does not go with the series segment"),
    "no hours": (["sessions", "--hours", 0], "--hours: '0' is no whole number from 1 to 8784"),
    "too many hours": (["sessions", "--hours", 10**9], "--hours: '1000000000' is no whole number"),
    "both": (["sessions", "--hours", 3, "--days", 3], "--days 3 and --hours 3 are both given"),
    "hours before the calendar": (
        ["sessions", "--hours", 30, "--ending-at", "0001-01-01"],
        "--days 3 reaches back before the calendar",
    ),
    "no window": (["active"], "active needs --window"),
    "an empty window": (["active", "--window", 0], "--window: '0' is no whole number from 1 to 90"),
    "two windows beyond what is kept": (["growth", "--window", 46], "--window 46 is too long for growth"),
    "days of others": (["growth", "--follow-days", 7], "--follow-days does not go with the series growth"),
    "followed too long": (["retention", "--follow-days", 91], "--follow-days: '91' is no whole number from 1 to 90"),
    "too many ids": (["canvas", "a", "b"], "'canvas a b' is no series; ask for it as: quotidian series canvas CANVAS_"),
    "too few": (["event"], "quotidian series event NAME"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_shown_is_refused_with_what_can(loaded: Command, words: list[Any], said: str) -> None:
    done = loaded.here("series", *words, status=2)
    assert said in done.stderr
    assert done.stdout == ""
