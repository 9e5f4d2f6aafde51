"""The series that `quotidian series` shows: those of the API."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection

from quotidian.cli.names import meant
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice, date_of
from quotidian.domain.errors import UserError
from quotidian.domain.kinds import (
    APP,
    CAMPAIGN,
    CANVAS,
    COUNT,
    EVENT,
    KPIS,
    PRODUCT,
    QUANTITY,
    REVENUE,
    SEGMENT,
    SEND,
    SESSIONS,
)
from quotidian.series.activity.cohorts import FOLLOWED_DAYS, GROWTH_DAYS
from quotidian.series.activity.read import read_active, read_growth, read_retention
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.canvases.read import canvas_points, find_canvas
from quotidian.series.points import joined
from quotidian.series.read import Subject, find_series, read_points
from quotidian.series.segments.read import read_sizes
from quotidian.series.tallies.read import Tally, read_days, read_hours

ACTIVE: Final = "active"
GROWTH: Final = "growth"
RETENTION: Final = "retention"

Point = dict[str, Any]

StoredName = Literal[
    "dau",
    "mau",
    "new_users",
    "uninstalls",
    "sessions",
    "event",
    "purchases",
    "revenue",
    "campaign",
    "send",
    "canvas",
    "segment",
]
"""The names of series whose points are stored; the others are worked out when they are asked for."""


class Options(NamedTuple):
    """The options that not every series has; each as it was given, or None."""

    app_id: str | None = None
    segment_id: str | None = None
    product: str | None = None
    window: int | None = None
    follow_days: int | None = None
    hours: int | None = None


class Asked(NamedTuple):
    """What is asked for: ids and options name what there is; `hours` are those that end with the hour of `ending`."""

    connection: Connection
    workspace: Workspace
    rules: SendRules
    ids: tuple[str, ...]
    options: Options
    days: Slice
    ending: datetime

    @property
    def app(self) -> str:
        """'' for all apps."""
        return self.options.app_id or ""


class Kind(NamedTuple):
    """A series: the API's path of it, the kinds of the ids that it needs, the options that it has, how it is read."""

    path: str
    ids: tuple[str, ...]
    options: frozenset[str]
    read: Callable[[Asked], list[Point]]


def named(connection: Connection, workspace: Workspace, kind: Kind, words: tuple[str, ...]) -> tuple[str, ...]:
    """The ids that words mean, which may be names; a send has an id only. Raises UserError."""
    pairs = zip(kind.ids, words, strict=True)
    return tuple(word if wanted == SEND else meant(connection, workspace, wanted, word) for wanted, word in pairs)


def named_options(connection: Connection, workspace: Workspace, options: Options) -> Options:
    """The options with ids for names. Raises UserError."""
    found: dict[str, Any] = {
        name: meant(connection, workspace, kind, given)
        for name, kind in (("app_id", APP), ("segment_id", SEGMENT), ("product", PRODUCT))
        if (given := getattr(options, name))
    }
    return options._replace(**found)


def _points(found: Iterable[bytes]) -> list[Point]:
    return [json.loads(point) for point in found]


def _stored(asked: Asked, subject: Subject) -> list[Point]:
    found = find_series(asked.connection, asked.workspace, subject, asked.rules)
    return _points(read_points(asked.connection, found, asked.days))


def _kpi(name: str) -> Kind:
    return Kind(
        f"/kpi/{name}/data_series", (), frozenset({"app_id"}), lambda asked: _stored(asked, Subject(name, asked.app))
    )


def _tallied(asked: Asked, tally: Tally) -> list[Point]:
    if asked.options.hours is None:
        return _points(read_days(asked.connection, asked.workspace, tally, asked.days))
    try:
        return _points(read_hours(asked.connection, asked.workspace, tally, asked.ending, asked.options.hours))
    except OverflowError as error:
        raise UserError(f"The calendar has no {asked.options.hours} hours before {asked.ending:%Y-%m-%d}") from error


def _of_segment(asked: Asked, kind: str, subject: str = "") -> list[Point]:
    return _tallied(asked, Tally(kind, subject, asked.app, asked.options.segment_id or ""))


def _purchases(asked: Asked, kind: str) -> list[Point]:
    return _tallied(asked, Tally(kind, asked.options.product or "", asked.app))


def _active(asked: Asked) -> list[Point]:
    found = read_active(asked.connection, asked.workspace, asked.app, asked.days, asked.options.window or 1)
    return [_point(day, {ACTIVE: users}) for day, users in found]


def _growth(asked: Asked) -> list[Point]:
    window = asked.options.window or GROWTH_DAYS
    found = read_growth(asked.connection, asked.workspace, asked.app, asked.days, window)
    return [_point(day, row._asdict()) for day, row in found]


def _retention(asked: Asked) -> list[Point]:
    follow_days = asked.options.follow_days or FOLLOWED_DAYS
    found = read_retention(asked.connection, asked.workspace, asked.app, asked.days, follow_days)
    return [_point(cohort, {"retained": users}) for cohort, users in found]


def _point(day: Day, numbers: Point) -> Point:
    return {"time": date_of(day).isoformat(), **numbers}


def _canvas(asked: Asked) -> list[Point]:
    found = find_canvas(asked.connection, asked.workspace, asked.ids[0])
    points = canvas_points(asked.connection, found, asked.days)
    return _points(joined(point, variants=True, steps=True, deleted_steps=False) for point in points)


_HOURLY = frozenset({"app_id", "hours"})

SERIES: Final[Mapping[str, Kind]] = {
    **{name: _kpi(name) for name in KPIS},
    ACTIVE: Kind("/v1/active_users", (), frozenset({"app_id", "window"}), _active),
    GROWTH: Kind("/v1/growth", (), frozenset({"app_id", "window"}), _growth),
    RETENTION: Kind("/v1/retention", (), frozenset({"app_id", "follow_days"}), _retention),
    "sessions": Kind("/sessions/data_series", (), _HOURLY | {"segment_id"}, lambda asked: _of_segment(asked, SESSIONS)),
    "event": Kind(
        "/events/data_series",
        (EVENT,),
        _HOURLY | {"segment_id"},
        lambda asked: _of_segment(asked, COUNT, asked.ids[0]),
    ),
    "purchases": Kind(
        "/purchases/quantity_series", (), _HOURLY | {"product"}, lambda asked: _purchases(asked, QUANTITY)
    ),
    "revenue": Kind("/purchases/revenue_series", (), _HOURLY | {"product"}, lambda asked: _purchases(asked, REVENUE)),
    "campaign": Kind(
        "/campaigns/data_series",
        (CAMPAIGN,),
        frozenset(),
        lambda asked: _stored(asked, Subject(CAMPAIGN, *asked.ids)),
    ),
    "send": Kind(
        "/sends/data_series", (CAMPAIGN, SEND), frozenset(), lambda asked: _stored(asked, Subject(SEND, *asked.ids))
    ),
    "canvas": Kind("/canvas/data_series", (CANVAS,), frozenset(), _canvas),
    "segment": Kind(
        "/segments/data_series",
        (SEGMENT,),
        frozenset(),
        lambda asked: _points(read_sizes(asked.connection, asked.workspace, asked.ids[0], asked.days)),
    ),
}
"""The series by the name under which they are asked for."""
