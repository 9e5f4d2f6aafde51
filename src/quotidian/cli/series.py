"""`quotidian series`: a series in the terminal, or as JSON or CSV for pipes."""

import csv
import json
import sys
from collections.abc import Iterator
from typing import Any, Literal

from sqlalchemy import Connection

from quotidian.api.texts import read_day
from quotidian.cli.context import Given
from quotidian.cli.terminal import columns, drawn, folded
from quotidian.control.dirty_days import GAP_CAP
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, date_of
from quotidian.domain.errors import UserError
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.series.activity.publish import read_gaps
from quotidian.series.activity.windows import active_users
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.read import Slice, Subject, days_ending, find_series, read_points, require_app
from quotidian.telemetry.visible import visible, visible_json

ACTIVE = "active"
_BAR_WIDTH = 40

Point = dict[str, Any]


def series(  # noqa: PLR0913 - these are the command's options
    name: Literal["dau", "mau", "new_users", "uninstalls", "active", "campaign", "send"],
    *ids: str,
    days: int = 30,
    ending_at: str | None = None,
    app_id: str | None = None,
    window: int | None = None,
    format: Literal["table", "json", "csv"] = "table",
    context: Given,
) -> None:
    """Show a series: a table and a small chart, or --format json|csv for pipes.

    Series: dau, mau, new_users, uninstalls, active (with --window), campaign ID, send CAMPAIGN_ID SEND_ID.

    Parameters
    ----------
    name
        Which series.
    ids
        The campaign's id; for a send, the send's id behind it.
    days
        How many days.
    ending_at
        The last day, or a moment of it: ISO 8601. By default today.
    app_id
        For users and uninstalls: only this app.
    window
        For active: count users active on any of this many days, up to 90.
    format
        table, json (as the API answers) or csv (a line a number).
    """
    subject = _subject(name, ids, app_id)
    if days < 1:
        raise UserError(f"--days must be at least 1, not {days}")
    if (window is not None) != (name == ACTIVE) or not 1 <= (window or 1) <= GAP_CAP:
        raise UserError(f"--window goes with the series active, from 1 to {GAP_CAP} days")
    engine = context.series()
    workspace = context.workspace(engine)
    asked = _days(days, ending_at, workspace)
    with engine.connect() as connection:
        if window is not None:
            points = _active(connection, workspace, subject, asked, window)
        else:
            found = find_series(connection, workspace, subject, SendRules.of(context.settings))
            points = [json.loads(point) for point in read_points(connection, found, asked)]
    _show(points, format)


def _subject(name: str, ids: tuple[str, ...], app_id: str | None) -> Subject:
    wanted = {CAMPAIGN: ("CAMPAIGN_ID",), SEND: ("CAMPAIGN_ID", "SEND_ID")}.get(name, ())
    if len(ids) != len(wanted):
        raise UserError(f"Ask for it as: quotidian series {' '.join((name, *wanted))}")
    if wanted and app_id:
        raise UserError("--app-id goes with the series of users and uninstalls")
    return Subject(name, *ids) if wanted else Subject(name, app_id or "")


def _days(days: int, ending_at: str | None, workspace: Workspace) -> Slice:
    try:
        ending = read_day(ending_at, workspace) if ending_at else workspace.today
        return days_ending(ending, days, workspace)
    except ValueError as error:
        raise UserError(f"--ending-at must be {error}, not {ending_at!r}") from error
    except OverflowError as error:
        raise UserError(f"--days {days} reaches back before the calendar from {ending_at or 'today'}") from error


def _active(connection: Connection, workspace: Workspace, subject: Subject, asked: Slice, window: int) -> list[Point]:
    require_app(connection, workspace, subject.id)
    gaps = read_gaps(connection, workspace, [subject.id], asked.first - window + 1, asked.last)[subject.id]
    days = [Day(day) for day in range(asked.first, asked.last + 1)]
    return [{"time": date_of(day).isoformat(), ACTIVE: active_users(gaps, day, window)} for day in days]


def _show(points: list[Point], output: str) -> None:
    if output == "json":
        print(visible_json(json.dumps(points, ensure_ascii=False)))
    elif output == "csv":
        # In a file it must be what it was.
        shown = visible if sys.stdout.isatty() else str
        writer = csv.writer(sys.stdout)
        writer.writerow(("time", "channel", "variation_api_id", "variation_name", "statistic", "value"))
        for point in points:
            writer.writerows([shown(str(cell)) for cell in line] for line in _lines(point))
    else:
        _table(points)


def _lines(point: Point) -> Iterator[tuple[object, ...]]:
    """A line a number: the day's own, then those of each channel and variation."""
    time = point["time"]
    for statistic, value in point.items():
        if statistic not in ("time", "messages"):
            yield time, "", "", "", statistic, value
    for channel, elements in point.get("messages", {}).items():
        for element in elements:
            names = element.pop("variation_api_id"), element.pop("variation_name")
            for statistic, value in element.items():
                yield time, channel, *names, statistic, value


def _table(points: list[Point]) -> None:
    """The day's own numbers, with a bar for the first of them."""
    if not points:
        print("No days: the series ends before it begins.")
        return
    names = [name for name in points[0] if name not in ("time", "messages")]
    widths = [max(len(name), *(len(_number(point[name])) for point in points)) for name in names]
    most = max(point[names[0]] for point in points) or 1
    room = columns() - len("  ".join(["2026-01-31", *("-" * width for width in widths), ""]))
    if room < -len("  "):
        _list_points(points, names)
    else:
        print("  ".join(["time      ", *(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))]))
        for point in points:
            cells = [f"{_number(point[name]):>{width}}" for name, width in zip(names, widths, strict=True)]
            bar = drawn("█") * round(max(0, min(_BAR_WIDTH, room)) * point[names[0]] / most)
            print("  ".join([point["time"], *cells, bar]).rstrip())
    for channel, elements in points[-1].get("messages", {}).items():
        _channel_table(channel, [point["messages"][channel] for point in points], elements)


def _list_points(points: list[Point], names: list[str]) -> None:
    """The same where the terminal is too narrow for a table: so that no number is divided between two lines."""
    for point in points:
        print(folded([point["time"], *(f"{name} {_number(point[name])}" for name in names)], indent=12))


def _channel_table(channel: str, days: list[list[Point]], elements: list[Point]) -> None:
    """Sums of a channel's counts, a line a variation; unique numbers do not add up over days, so are left out."""
    print(f"\n{channel}, sums over {_these(len(days))}")
    for position, element in enumerate(elements):
        counts = {
            name: sum(day[position][name] for day in days)
            for name, value in element.items()
            if isinstance(value, int) and not name.startswith("unique_")
        }
        name = element["variation_name"] or element["variation_api_id"] or "(no variation)"
        first, *others = (f"{label} {_number(number)}" for label, number in counts.items())
        print(folded([f"  {visible(name)}: {first}", *others], indent=4, between=", "))


def _these(days: int) -> str:
    return "this day" if days == 1 else f"these {days:,} days"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
