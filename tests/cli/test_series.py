"""`quotidian series`: every series that the API has, and what is said of those that there are not."""

import csv
import json
from typing import Any, get_args, get_type_hints

import pytest
from commands import Command
from everything import DAY, ON_THE_DAY, points, some_of_everything

from quotidian.api.endpoints import ENDPOINTS
from quotidian.cli.series import series
from quotidian.cli.series_kinds import SERIES


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Commands on a data folder with some of everything, for what only reads."""
    return some_of_everything(Command(tmp_path_factory.mktemp("series") / "data"))


def test_every_series_of_the_api_can_be_shown() -> None:
    served = {endpoint.path for endpoint in ENDPOINTS if endpoint.path.endswith("_series")}
    assert served - {"/feed/data_series"} == {kind.path for kind in SERIES.values() if kind.path}
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
    "too many ids": (["canvas", "a", "b"], "'canvas a b' is no series; ask for it as: quotidian series canvas CANVAS_"),
    "too few": (["event"], "quotidian series event NAME"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_shown_is_refused_with_what_can(loaded: Command, words: list[Any], said: str) -> None:
    done = loaded.here("series", *words, status=2)
    assert said in done.stderr
    assert done.stdout == ""
