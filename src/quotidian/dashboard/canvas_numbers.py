"""What became of a canvas: each day, and some days together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice
from quotidian.domain.kinds import CANVAS
from quotidian.domain.subjects import STEP_GAP_CAP
from quotidian.series.canvases.read import FoundCanvas, canvas_points, canvas_summary, find_canvas
from quotidian.series.listing.read import item_details
from quotidian.series.points import joined, whole
from quotidian.series.read import UnknownSubject

Stats = Mapping[str, Any]

LONGEST_UNIQUE: Final = STEP_GAP_CAP
"""The longest range in days of which it is known how many users there were; of a longer one the days are summed."""


@dataclass(frozen=True)
class CanvasNumbers:
    """A canvas on some days; the keys of all numbers are those of the API.

    `details` are those of /canvas/details. `daily` and `before` are the total_stats of the days, and of as many before.
    `whole` is all days as one, as /canvas/data_summary has it; its users are counted once if it `counts_users_once`,
    else once a day.
    """

    details: Mapping[str, Any]
    daily: Sequence[Stats]
    before: Sequence[Stats]
    whole: Mapping[str, Any]
    counts_users_once: bool


def read_canvas(  # noqa: PLR0913 - what is read
    connection: Connection, workspace: Workspace, canvas_id: str, days: Slice, before: Slice, *, once: bool
) -> CanvasNumbers:
    """A canvas that an event or the catalogue names; users are counted `once` if that is asked for and can be known.

    Raises UnknownSubject.
    """
    details = item_details(connection, workspace, CANVAS, canvas_id)
    if details is None:
        raise UnknownSubject(workspace, CANVAS, canvas_id)
    found = find_canvas(connection, workspace, canvas_id)
    points = canvas_points(connection, found, days)
    counts_once = once and days.last - days.first < LONGEST_UNIQUE
    return CanvasNumbers(
        msgspec.json.decode(details),
        [_totals(point) for point in points],
        [_totals(point) for point in canvas_points(connection, found, before)],
        _summary(connection, found, days) if counts_once else _summed(points),
        counts_once,
    )


def _totals(point: bytes) -> Stats:
    totals: Stats = msgspec.json.decode(joined(point, variants=False, steps=False, deleted_steps=False))["total_stats"]
    return totals


def _summary(connection: Connection, found: FoundCanvas, days: Slice) -> dict[str, Any]:
    summary: dict[str, Any] = msgspec.json.decode(b"{" + whole(CANVAS, canvas_summary(connection, found, days)))
    return summary


def _summed(points: Iterable[bytes]) -> dict[str, Any]:
    """Points as one: all numbers add up, and so users count once a day."""
    sums: dict[str, Any] = {}
    for point in points:
        _add(sums, msgspec.json.decode(whole(CANVAS, point)))
    return sums


def _add(into: Any, other: Any) -> None:
    """Add the numbers of a JSON object, or of a list of them, to those of another with the same keys."""
    for key, value in other.items():
        if isinstance(value, dict):
            _add(into.setdefault(key, {}), value)
        elif isinstance(value, list):
            known = into.setdefault(key, [{} for _ in value])
            for had, has in zip(known, value, strict=True):
                _add(had, has)
        elif isinstance(value, int | float):
            # Revenue is in dollars, of which millionths are summed.
            into[key] = round(into.get(key, 0) + value, 6)
        else:
            into[key] = value
