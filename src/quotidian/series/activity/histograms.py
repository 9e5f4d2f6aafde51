"""Gap and age histograms of users, made of the active days that are kept beside the events.

The active days of users are staged first, some users at a time, so that memory stays bounded; the histograms of these
users are then counted from what is staged, and add up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from quotidian.control.dirty_days import AGE_CAP, GAP_CAP
from quotidian.domain.day_bits import BLOCK_DAYS, bits_of_days
from quotidian.domain.days import Day
from quotidian.store.events import Statements, unstage
from quotidian.store.sql import statement
from quotidian.store.sums import largest

_BLOCKS: Final = 4  # that are read: stage_bits.sql
_LOOK_BACK: Final = max(GAP_CAP - 1, AGE_CAP)

RANGE_DAYS: Final = _BLOCKS * BLOCK_DAYS - (BLOCK_DAYS - 1) - _LOOK_BACK
"""The longest range of days that can be computed at once: the blocks may begin up to BLOCK_DAYS - 1 days before the
days that are looked back on."""

_ROWS_AT_ONCE: Final = 4_000_000
"""Of active_days. A user has one a block and app; each takes some 200 bytes of memory while it is grouped."""

_FEW_DAYS: Final = 3
"""On more days than these, so many users have been active that finding out who takes longer than grouping everybody."""

_USERS: Final = 1 << 128  # a user is a hash of so many bits
_STAGED: Final = ("user_bits", "user_days", "seen_before")

ALL: Final = 0
"""Stands for all apps among the numbers that active_days has for them."""

ByApp = defaultdict[int, defaultdict[Day, Counter[int]]]
"""App → day → gap, or age → users."""


class _Row(NamedTuple):
    """Users active on a day, so many days after another; whether they count among all apps, and among the app's."""

    in_all: int
    in_app: int
    app: int
    day: Day
    distance: int
    users: int


def gap_histograms(events: Statements, workspace: str, days: list[Day]) -> ByApp:
    """Users by day and gap (windows.py), on some days (ascending, within RANGE_DAYS)."""
    gaps = _none()
    for values in _staged(events, workspace, days):
        _add_gaps(gaps, events, values)
    return gaps


def gap_and_age_histograms(events: Statements, workspace: str, days: list[Day]) -> tuple[ByApp, ByApp]:
    """The same, and users by day and age (cohorts.py), of the same users."""
    gaps, ages = _none(), _none()
    for values in _staged(events, workspace, days):
        _add_gaps(gaps, events, values)
        _add_ages(ages, events, values)
    return gaps, ages


def _none() -> ByApp:
    return defaultdict(lambda: defaultdict(Counter))


def _staged(events: Statements, workspace: str, days: list[Day]) -> Iterator[Mapping[str, Any]]:
    """Stage the active days of all users, some at a time; yields what the statements about them bind."""
    first_block = (days[0] - _LOOK_BACK) // BLOCK_DAYS
    blocks = bits_of_days(days)
    values = {
        "workspace": workspace,
        "positions": tuple(day - BLOCK_DAYS * first_block for day in days),
        "first_block": first_block,
        **{f"mask_{number}": blocks.get(first_block + number, 0) for number in range(_BLOCKS)},
        "everybody": int(len(days) > _FEW_DAYS),
        "mask_blocks": tuple(blocks),
        "blocks": list(blocks),
        "masks": list(blocks.values()),
        "powers": [1 << exponent for exponent in range(BLOCK_DAYS)],
        "exponents": list(range(BLOCK_DAYS)),
        "gap_cap": GAP_CAP,
        "age_cap": AGE_CAP,
        "first_new": days[0] - AGE_CAP - BLOCK_DAYS * first_block,
    }
    for users in _some_users(events, values):
        unstage(events, _STAGED)
        chosen = {**values, **users}
        events.run(statement(__package__, "stage_bits"), chosen)
        # Where nobody has several apps, to look for their days takes four times as long as to see that.
        if largest(events.rows("SELECT count() FROM user_bits WHERE has_several", {}, tuple[int])):
            events.run(statement(__package__, "stage_bits_of_apps"), chosen)
        events.run(statement(__package__, "stage_days"), chosen)
        events.run("DROP TEMPORARY TABLE user_bits")
        yield chosen
    unstage(events, _STAGED)


def _some_users(events: Statements, values: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Ranges of users, with no more than some _ROWS_AT_ONCE rows each: hashes are spread evenly."""
    rows = largest(events.rows(statement(__package__, "count_active"), values, tuple[int]))
    ranges = rows // _ROWS_AT_ONCE + 1
    for number in range(ranges):
        first, last = _USERS * number // ranges, _USERS * (number + 1) // ranges - 1
        yield {"first_user": f"{first:032x}", "last_user": f"{last:032x}"}


def _add_gaps(gaps: ByApp, events: Statements, values: Mapping[str, Any]) -> None:
    _add(gaps, events.rows(statement(__package__, "activity_gaps"), values, _Row))


def _add_ages(ages: ByApp, events: Statements, values: Mapping[str, Any]) -> None:
    events.run(statement(__package__, "stage_seen_before"), values)
    _add(ages, events.rows(statement(__package__, "activity_ages"), values, _Row))


def _add(found: ByApp, rows: list[_Row]) -> None:
    for in_all, in_app, app, day, distance, users in rows:
        if in_all:
            found[ALL][day][distance] += users
        if in_app:
            found[app][day][distance] += users
