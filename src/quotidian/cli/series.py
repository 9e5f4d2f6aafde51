"""`quotidian series`: a series in the terminal, or as JSON or CSV for pipes."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from quotidian.api.texts import read_instant
from quotidian.cli.canvas_points import CANVAS_HEADER, canvas_lines, canvas_sums
from quotidian.cli.context import Given
from quotidian.cli.errors import print_warning
from quotidian.cli.ranges import between
from quotidian.cli.retention_points import is_retention, retention_lines, retention_table
from quotidian.cli.rows import number_text, print_csv, print_json
from quotidian.cli.series_kinds import (
    ACTIVE,
    GROWTH,
    SERIES,
    Asked,
    Kind,
    Options,
    Point,
    StoredName,
    named,
    named_options,
)
from quotidian.cli.terminal import columns, drawn, folded
from quotidian.control.dirty_days import AGE_CAP, GAP_CAP
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice
from quotidian.domain.errors import UserError
from quotidian.domain.kinds import CAMPAIGN, CANVAS, EVENT, SEGMENT, SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.extent import beyond_data
from quotidian.series.read import days_ending
from quotidian.telemetry.visible import visible

_BAR_WIDTH = 40
_MOST_DAYS = 1_000_000
_MOST_HOURS = 366 * 24
_HEADER = ("time", "channel", "variation_api_id", "variation_name", "statistic", "value")
_PLACEHOLDERS = {CAMPAIGN: "CAMPAIGN_ID", SEND: "SEND_ID", CANVAS: "CANVAS_ID", SEGMENT: "SEGMENT_ID", EVENT: "NAME"}


def series(  # noqa: PLR0913 - these are the command's options
    name: Literal[StoredName, "active", "growth", "retention"],
    *ids: str,
    days: Annotated[int | None, between(1, _MOST_DAYS)] = None,
    hours: Annotated[int | None, between(1, _MOST_HOURS)] = None,
    ending_at: str | None = None,
    app_id: str | None = None,
    segment_id: str | None = None,
    product: str | None = None,
    window: Annotated[int | None, between(1, GAP_CAP)] = None,
    follow_days: Annotated[int | None, between(1, AGE_CAP)] = None,
    format: Literal["table", "json", "csv"] = "table",
    context: Given,
) -> None:
    """Show a series: a table and a small chart, or --format json|csv for pipes.

    Users: dau, mau, new_users, uninstalls, active (on any of --window days).

    Whether they stay: growth (users of --window days who are new, were active in as many days before, or came back
    after longer, and those who are lost), retention (of the users of each first day, how many came back 1, 2, …
    --follow-days days later).

    What they did, also by hours: sessions, event NAME, purchases (how many), revenue (in US dollars).

    Messages: campaign CAMPAIGN_ID, send CAMPAIGN_ID SEND_ID, canvas CANVAS_ID.

    Sizes: segment SEGMENT_ID.

    A name may stand for an id if only one thing has it. The commands campaigns, sends, canvases, segments, events and
    products list what there is.

    Parameters
    ----------
    name
        Which series.
    ids
        The id or name of the campaign, canvas, segment or custom event; for a send, the send's id behind it.
    days
        How many days; of retention: of how many first days. By default 30.
    hours
        Of sessions, event, purchases and revenue: hours instead of days, and how many.
    ending_at
        The last day or hour, or a moment of it: ISO 8601. By default today, or this hour.
    app_id
        Of users, growth, retention, sessions, event, purchases and revenue: only this app.
    segment_id
        Of sessions and event: only users who are in this segment on the day.
    product
        Of purchases and revenue: only this product.
    window
        Of active: count users active on any of this many days, up to 90. Of growth: compare this many days with as
        many before, up to 45, by default 7.
    follow_days
        Of retention: for how many days after their first day users are followed, up to 90. By default 30.
    format
        table, json (the points as the API answers them) or csv (a line a number).
    """
    kind, options = SERIES[name], Options(app_id, segment_id, product, window, follow_days, hours)
    _check(name, kind, ids, options, days)
    engine = context.series()
    workspace = context.workspace(engine)
    ending = _ending(ending_at, workspace)
    # The days that have the hours in them: a day has 23 at the least.
    asked = _days(days or (30 if hours is None else hours // 23 + 2), ending, workspace)
    with engine.connect() as connection:
        found = named(connection, workspace, kind, ids)
        options = named_options(connection, workspace, options)
        rules = SendRules.of(context.settings)
        points = kind.read(Asked(connection, workspace, rules, found, options, asked, ending))
        beyond = beyond_data(connection, workspace, asked)
    _show(points, format)
    if beyond:
        print_warning(beyond)


def _check(name: str, kind: Kind, ids: tuple[str, ...], options: Options, days: int | None) -> None:
    if len(ids) != len(kind.ids):
        wanted = " ".join((name, *(_PLACEHOLDERS[each] for each in kind.ids)))
        raise UserError(f"{' '.join((name, *ids))!r} is no series; ask for it as: quotidian series {wanted}")
    for option, given in options._asdict().items():
        if given is not None and option not in kind.options:
            those = ", ".join(each for each in SERIES if option in SERIES[each].options)
            raise UserError(f"--{option.replace('_', '-')} does not go with the series {name}; it goes with {those}")
    if name == ACTIVE and options.window is None:
        raise UserError(f"active needs --window: users active on any of so many days, from 1 to {GAP_CAP}")
    if name == GROWTH and (options.window or 1) > GAP_CAP // 2:
        raise UserError(f"--window {options.window} is too long for growth, which takes from 1 to {GAP_CAP // 2}")
    if days is not None and options.hours is not None:
        raise UserError(f"--days {days} and --hours {options.hours} are both given; give one of them")


def _ending(given: str | None, workspace: Workspace) -> datetime:
    try:
        return read_instant(given, workspace) if given else datetime.now(workspace.zone)
    except ValueError as error:
        raise UserError(f"--ending-at must be {error}, not {given!r}") from error


def _days(days: int, ending: datetime, workspace: Workspace) -> Slice:
    try:
        return days_ending(ending.date(), days, workspace)
    except OverflowError as error:
        raise UserError(f"--days {days} reaches back before the calendar from {ending.date()}") from error


def _show(points: list[Point], output: str) -> None:
    is_canvas = bool(points) and "total_stats" in points[0]
    if output == "json":
        print_json(points)
    elif output == "csv" and is_canvas:
        print_csv(CANVAS_HEADER, (line for point in points for line in canvas_lines(point)))
    elif output == "csv":
        print_csv(_HEADER, (line for point in points for line in _lines(point)))
    elif is_canvas:
        _table([{"time": point["time"], **point["total_stats"]} for point in points])
        print("\nsums over these days", *canvas_sums(points), sep="\n")
    elif points and is_retention(points[0]):
        print(*retention_table(points), sep="\n")
    else:
        _table(points)


def _lines(point: Point) -> Iterator[tuple[object, ...]]:
    """A line a number: the day's own, then those of each channel and variation."""
    time = point["time"]
    for statistic, value in _own(point):
        yield time, "", "", "", statistic, value
    for channel, elements in point.get("messages", {}).items():
        for element in elements:
            names = element.pop("variation_api_id"), element.pop("variation_name")
            for statistic, value in element.items():
                yield time, channel, *names, statistic, value


def _own(point: Point) -> Iterable[tuple[str, Any]]:
    """The day's own numbers, each with its name."""
    if is_retention(point):
        return retention_lines(point)
    return ((name, value) for name, value in point.items() if name not in ("time", "messages"))


def _table(points: list[Point]) -> None:
    """The day's own numbers, with a bar for the first of them."""
    if not points:
        print("No days: the series has none of those asked for.")
        return
    names = [name for name in points[0] if name not in ("time", "messages")]
    widths = [max(len(name), *(len(number_text(point[name])) for point in points)) for name in names]
    most = max(point[names[0]] for point in points) or 1
    first = max(len("time"), *(len(point["time"]) for point in points))
    room = columns() - len("  ".join(["-" * first, *("-" * width for width in widths), ""]))
    if room < -len("  "):
        _list_points(points, names)
    else:
        print(
            "  ".join([f"{'time':{first}}", *(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))])
        )
        for point in points:
            cells = [f"{number_text(point[name]):>{width}}" for name, width in zip(names, widths, strict=True)]
            bar = drawn("█") * round(max(0, min(_BAR_WIDTH, room)) * point[names[0]] / most)
            print("  ".join([point["time"], *cells, bar]).rstrip())
    for channel, elements in points[-1].get("messages", {}).items():
        _channel_table(channel, [point["messages"][channel] for point in points], elements)


def _list_points(points: list[Point], names: list[str]) -> None:
    """The same where the terminal is too narrow for a table: so that no number is divided between two lines."""
    for point in points:
        print(folded([point["time"], *(f"{name} {number_text(point[name])}" for name in names)], indent=12))


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
        first, *others = (f"{label} {number_text(number)}" for label, number in counts.items())
        print(folded([f"  {visible(name)}: {first}", *others], indent=4, between=", "))


def _these(days: int) -> str:
    return "this day" if days == 1 else f"these {days:,} days"
