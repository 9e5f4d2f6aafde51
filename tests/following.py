"""A reader who follows `/v1/changes`, and what the series themselves say: they must come to the same numbers."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from asking import ask
from conftest import Point, Quotidian

from quotidian.domain.days import date_of

Json = dict[str, Any]
Name = tuple[tuple[str, str], ...]
"""The path of a series, and the parameters that name it, as pairs."""

Numbers = dict[tuple[object, ...], float]

_PARAMETERS = {
    "campaign": ("/campaigns/data_series", "campaign_id"),
    "send": ("/sends/data_series", "campaign_id"),
    "canvas": ("/canvas/data_series", "canvas_id"),
    "size": ("/segments/data_series", "segment_id"),
    "count": ("/events/data_series", "event"),
    "purchase_quantity": ("/purchases/quantity_series", "product"),
    "revenue": ("/purchases/revenue_series", "product"),
    "sessions": ("/sessions/data_series", ""),
    **{kpi: (f"/kpi/{kpi}/data_series", "app_id") for kpi in ("dau", "mau", "new_users", "uninstalls")},
}


def numbers(point: object, *place: object) -> Numbers:
    """All numbers of a point that are not 0, by where they stand: elements of lists by the id of their variation."""
    found: Numbers = {}
    if isinstance(point, dict):
        for key, value in point.items():
            found |= numbers(value, *place, key)
    elif isinstance(point, list):
        for element in point:
            found |= numbers(element, *place, element.get("variation_api_id"), "enrolled" in element)
    elif isinstance(point, int | float) and point:
        found[place] = point
    return found


class Follower:
    """Someone who begins with nothing, asks for changes, and keeps the newest point of each day of each series."""

    def __init__(self, quotidian: Quotidian, key: str | None = None, **parameters: object) -> None:
        self.quotidian = quotidian
        self.key = key
        self.parameters = parameters
        self.version = 0
        self.kept: dict[Name, dict[date, Point]] = {}

    def follow(self) -> list[Json]:
        """Ask until there is nothing more; returns what was told."""
        told: list[Json] = []
        while page := self.page():
            told += page
        return told

    def page(self) -> list[Json]:
        """Ask once."""
        answer = self.quotidian.get("/v1/changes", key=self.key, since=self.version, **self.parameters)
        assert answer.status_code == 200, answer.text
        page: list[Json] = answer.json()["data"]
        self.take(page)
        assert answer.json()["version"] >= self.version
        assert bool(page) == (answer.json()["version"] > self.version)
        self.version = answer.json()["version"]
        return page

    def take(self, page: list[Json]) -> None:
        """Keep what is told."""
        for change in page:
            name = name_of(change)
            if change["point"] is None:
                self.kept.pop(name, None)
            else:
                day = date.fromisoformat(change["point"]["time"])
                self.kept.setdefault(name, {})[day] = change["point"]

    def assert_knows_all(self) -> None:
        """What is kept is what the series say: of every series, on every day that could have a number."""
        series = dict(every_series(self.quotidian))
        for name, points in self.kept.items():
            assert name in series or not any(map(numbers, points.values())), f"{name} is no more"
        for name, days in series.items():
            of_name = self.kept.get(name, {})
            for day, point in served(self.quotidian, name, sorted({*days, *of_name})).items():
                assert numbers(of_name.get(day)) == numbers(point), f"{name} on {day}"


def name_of(change: Mapping[str, Any]) -> Name:
    return tuple(sorted((key, value) for key, value in change.items() if key not in ("version", "point")))


def every_series(quotidian: Quotidian) -> Iterator[tuple[Name, list[date]]]:
    """The name of each series of the first workspace that is stored, with the days up to today that have a row."""
    query = """
        SELECT kind, subject, send_id, app_id, segment_id, day FROM series JOIN points ON id = series_id
        WHERE series.workspace_id = 1 ORDER BY id, day
    """
    today = quotidian.workspace().today
    with quotidian.engine.connect() as connection:
        rows = connection.exec_driver_sql(query).all()
    for named, of_series in groupby(rows, key=itemgetter(0, 1, 2, 3, 4)):
        kind, subject, send_id, app_id, segment_id = named
        path, parameter = _PARAMETERS[kind]
        given = {"send_id": send_id, "app_id": app_id, "segment_id": segment_id, "series": path}
        if parameter:
            given[parameter] = subject
        name = tuple(sorted((key, value) for key, value in given.items() if value))
        yield name, [day for row in of_series if (day := date_of(row.day)) <= today]


def served(quotidian: Quotidian, name: Name, days: list[date]) -> dict[date, Point]:
    """The points of a series on some days, and on those between and beside them, as their own path answers them."""
    given = dict(name)
    path = given.pop("series")
    most = 14 if path.startswith("/canvas") else 100
    if path.startswith("/canvas"):
        given |= {"include_variant_breakdown": "true", "include_step_breakdown": "true"}
        given |= {"include_deleted_step_data": "true"}
    found: dict[date, Point] = {}
    for day in days:
        if day not in found:
            last = min(day + timedelta(days=most - 2), quotidian.workspace().today)
            asked = urlencode({**given, "length": most, "ending_at": str(last)})
            status, body = ask(quotidian, path, asked.encode())
            assert status == 200, body
            points = json.loads(body)["data"]
            points = points["stats"] if path.startswith("/canvas") else points
            found |= {date.fromisoformat(point["time"]): point for point in points}
    return found
