"""`quotidian data`: what came, what became of it, and what does not come any more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter
from sqlalchemy import Connection

from quotidian.api.v1.data import told_of_day, what_else
from quotidian.cli.context import Given
from quotidian.cli.dates import days_given
from quotidian.cli.ranges import between
from quotidian.cli.rows import number_text, print_json, print_table
from quotidian.cli.terminal import drawn, flowed
from quotidian.control.arrivals import read_arrivals
from quotidian.control.missing import FORGOTTEN_DAYS, USUAL_DAYS, Missing, missing_types
from quotidian.control.workspaces import Workspace
from quotidian.domain.counts import counted
from quotidian.domain.days import Slice, date_of, day_of, iso_of
from quotidian.telemetry.visible import visible

_DAYS: Final = 7
_SHOWN: Final = 50
_INDENT: Final = 4
_HEADER: Final = (
    "day",
    "event type",
    "events",
    "duplicate",
    "late",
    "dead",
    "unknown",
    "first arrival",
    "last arrival",
)


def data(  # noqa: PLR0913 - these are the command's options
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    type: str = "",
    check: Annotated[bool, Parameter(negative="")] = False,
    regular_days: Annotated[int, between(1, USUAL_DAYS)] = 5,
    silent_days: Annotated[int, between(1, FORGOTTEN_DAYS)] = 1,
    format: Literal["table", "json"] = "table",
    context: Given,
) -> int:
    """Show what came, by day and event type: events, copies, late ones, and what could not be used.

    Below: why records are dead, which types are unknown, which hours of a Currents prefix have no file between hours
    that have one, and which types used to come and do not come any more.

    Parameters
    ----------
    from_
        The first day of the events, YYYY-MM-DD. By default a week that ends with --to.
    to
        The last day. By default today.
    type
        Only this event type; hours without a file are then those without a file of it.
    check
        For cron: only say which types do not come any more; exit status 1 if there is any.
    regular_days
        On how many of the seven days until its last one a type must have come to be missed.
    silent_days
        How many whole days a type must not have come on to be missed: more, where loads are late.
    format
        table, or json: one document.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    days = days_given(from_, to, workspace, _DAYS)
    with engine.connect() as connection:
        today = day_of(workspace.today)
        found = missing_types(connection, workspace.id, today, regular_days, silent_days)
        missing = [each for each in found if type in ("", each.event_type)]
        told = {} if check else _what_came(connection, workspace, days, type)
    told["missing"] = list(map(_told_of_missing, missing))
    if format == "json":
        print_json(told)
    else:
        _show(told)
    return 1 if check and missing else 0


def _what_came(connection: Connection, workspace: Workspace, days: Slice, event_type: str) -> dict[str, Any]:
    """As `/v1/data` answers it, but for days of which nothing came."""
    came = read_arrivals(connection, workspace.id, *days)
    of_days = [told_of_day(each) for each in came if event_type in ("", each.event_type)]
    return {"data": of_days, **what_else(connection, workspace, days, event_type)}


def _told_of_missing(missing: Missing) -> dict[str, Any]:
    return {
        "event_type": missing.event_type,
        "last_day": date_of(missing.last_day).isoformat(),
        "came_on_days": missing.days,
        "last_arrival": iso_of(missing.last_arrival),
    }


def _show(told: dict[str, Any]) -> None:
    if "data" in told:
        _print_days(told["data"])
        _print_dead(told["data"])
        _print_some("Unknown types, of all time (events, type, last seen):", map(_unknown_line, told["unknown_types"]))
        _print_some(
            "Hours (UTC) of a prefix without a file, between hours that have one:", map(_gap_line, told["gaps"])
        )
        if told["missing"]:
            print("\nWhat does not come any more:")
    for each in told["missing"]:
        print(flowed(visible(_missing_line(each)), _INDENT))


def _print_days(days: Sequence[dict[str, Any]]) -> None:
    if not days:
        print("Nothing came of these days.")
        return
    numbers = ("events", "duplicates", "late")
    print_table(
        _HEADER,
        (
            (
                each["time"],
                each["event_type"],
                *(number_text(each[name]) for name in numbers),
                number_text(sum(each["dead"].values())),
                number_text(each["unknown"]),
                each["first_arrival"],
                each["last_arrival"],
            )
            for each in days
        ),
    )


def _print_dead(days: Sequence[dict[str, Any]]) -> None:
    dead: dict[tuple[str, str], int] = defaultdict(int)
    for each in days:
        for reason, number in each["dead"].items():
            dead[reason, each["event_type"]] += number
    lines = (f"{number:>11,}  {reason}: {event_type}" for (reason, event_type), number in sorted(dead.items()))
    _print_some("Dead records (see: quotidian dead-letters):", lines)


def _print_some(title: str, lines: Iterable[str]) -> None:
    """The first of some lines below a title; nothing if there are none."""
    found = list(lines)
    if not found:
        return
    print(f"\n{title}")
    for line in found[:_SHOWN]:
        print(flowed(visible(f"  {line}"), _INDENT))
    if len(found) > _SHOWN:
        print(drawn(f"  … and {len(found) - _SHOWN:,} more: quotidian data --format json"))


def _unknown_line(told: dict[str, Any]) -> str:
    nearest = f"; the nearest known is {told['nearest']}" if told["nearest"] else ""
    return f"{told['events']:>11,}  {told['event_type']}, {told['last_seen']}{nearest}"


def _gap_line(told: dict[str, Any]) -> str:
    first, last = (each[: len("2026-03-29T12")] for each in (told["from"], told["to"]))
    span = first if first == last else f"{first} to {last}"
    return f"{span} ({counted(told['hours'], 'hour')}): {told['prefix']}"


def _missing_line(told: dict[str, Any]) -> str:
    return (
        f"{told['event_type']} came on {told['came_on_days']} of the {USUAL_DAYS} days until {told['last_day']}, and "
        f"on none since; the last one came at {told['last_arrival']}"
    )
