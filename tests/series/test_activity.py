"""Rolling uniques from gap histograms: the one pass that publishes them, held to the sum that defines them."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

import pytest
from conftest import Json, Quotidian
from events import session
from hypothesis import given
from hypothesis import strategies as st

from quotidian.control.dirty_days import ACTIVITY, GAP_CAP, mark_all
from quotidian.domain.days import Day, day_of
from quotidian.series.activity.active_days import remake
from quotidian.series.activity.compute import ALL_APPS, activity
from quotidian.series.activity.histograms import RANGE_DAYS
from quotidian.series.activity.windows import active_series, active_users
from quotidian.store.series import writing

_HISTOGRAMS = st.dictionaries(st.integers(1, GAP_CAP), st.integers(1, 9), max_size=8)
_GAPS = st.dictionaries(st.integers(100, 250).map(Day), _HISTOGRAMS, max_size=30)


@given(gaps=_GAPS, first=st.integers(80, 270), length=st.integers(0, 60), window=st.integers(1, GAP_CAP))
def test_a_series_of_active_users_is_what_each_day_is(
    gaps: dict[Day, dict[int, int]], first: int, length: int, window: int
) -> None:
    days = range(first, first + length)
    assert active_series(gaps, days, window) == {day: active_users(gaps, Day(day), window) for day in days}


def test_activity_of_the_longest_range_is_that_of_its_days_one_by_one(quotidian: Quotidian) -> None:
    """Users of one app, of two, or of none at times; days next to each other, and gaps beyond what is kept.

    The days cross the borders of several blocks of active days.
    """
    random = Random(7)
    first = date(2024, 1, 1)
    days = [first + timedelta(days=number) for number in range(RANGE_DAYS + 2 * GAP_CAP)]
    events = [
        session(
            f"user-{user}",
            f"{day}T{random.randrange(8, 20):02}:00:00Z",
            app_id=random.choice(("app-0", "app-1", None)[: 1 + user % 3]),
        )
        for user in range(40)
        for day in random.sample(days, 2 + user * 6)
        for _ in range(random.randrange(1, 3))
    ]
    quotidian.deliver(*events, *(session("daily", f"{day}T12:00:00Z") for day in days))
    epoch_days = list(map(day_of, days))
    at_once = epoch_days[GAP_CAP : GAP_CAP + RANGE_DAYS]
    found = activity(quotidian.stores.events, "default", ["app-0", "app-1"], at_once)
    assert set(found) == {ALL_APPS, "app-0", "app-1"}
    for app, each in found.items():
        actives = _active_days(events, app) | ({"daily": set(epoch_days)} if app == ALL_APPS else {})
        expected: dict[Day, dict[int, int]] = {}
        for active_days in actives.values():
            for day in active_days & set(at_once):
                gap = min((day - before for before in active_days if before < day), default=GAP_CAP)
                histogram = expected.setdefault(day, {})
                histogram[min(gap, GAP_CAP)] = histogram.get(min(gap, GAP_CAP), 0) + 1
        assert each.gaps == expected
        assert each.dau == {day: sum(day in of for of in actives.values()) for day in expected}


def _active_days(events: list[Json], app: str) -> dict[str, set[Day]]:
    found: dict[str, set[Day]] = defaultdict(set)
    for each in events:
        if app in (ALL_APPS, each["properties"]["app_id"]):
            found[each["user"]["user_id"]].add(day_of(date.fromisoformat(each["time"][:10])))
    return found


# A day is replaced, not added to


@pytest.mark.parametrize("gone", ["tea", "every app"])
def test_a_day_that_loses_its_last_user_has_none(quotidian: Quotidian, gone: str) -> None:
    """Also in the month whose windows it is in, and of an app of which nobody is left."""
    first = {**session("ana", "2024-03-01", app_id="tea"), "event_type": "users.behaviors.app.FirstSession", "id": "1"}
    uninstall = {**session("ana", "2024-03-01", app_id="tea"), "event_type": "users.behaviors.Uninstall", "id": "2"}
    quotidian.deliver(first, uninstall, session("ana", "2024-03-01", app_id="tea"))
    quotidian.deliver(session("bo", "2024-03-20", app_id="tea"), session("cy", "2024-03-20", app_id="cake"))
    assert numbers(quotidian, app_id="tea") == [[1, 0], [1, 0], [1, 0], [1, 2]]
    quotidian.events.run(
        "ALTER TABLE quotidian.events DELETE WHERE %(all)s OR user = (SELECT user FROM quotidian.events WHERE "
        "type = 'users.behaviors.Uninstall') SETTINGS mutations_sync = 2",
        {"all": int(gone == "every app")},
    )
    assert list(remake(quotidian.events))
    with writing(quotidian.engine) as connection:
        mark_all(connection, quotidian.workspace().id, ACTIVITY)
    quotidian.roll_up()
    left = int(gone == "tea")
    assert numbers(quotidian, app_id="tea") == [[0, 0], [0, 0], [0, 0], [0, left]]
    assert numbers(quotidian) == [[0, 0], [0, 0], [0, 0], [0, 2 * left]]
    assert quotidian.kpi("mau", "2024-03-31", app_id="tea") == [left]


def test_days_that_are_not_computed_keep_their_points(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", "2024-03-01"), session("ana", "2024-03-03"), session("bo", "2024-03-03"))
    quotidian.deliver(session("bo", "2024-03-02"))
    quotidian.deliver(session("cy", "2024-03-01"), session("cy", "2024-03-03"))
    assert quotidian.kpi("dau", "2024-03-04", length=5) == [0, 2, 1, 3, 0]


def numbers(quotidian: Quotidian, app_id: str | None = None) -> list[list[int]]:
    """New users, uninstalls and daily users of 1 and 2 March, monthly ones of 1 and 20 March."""
    kinds = ("new_users", "uninstalls", "dau")
    monthly = [quotidian.kpi("mau", day, app_id=app_id)[0] for day in ("2024-03-01", "2024-03-20")]
    return [*(quotidian.kpi(kind, "2024-03-02", 2, app_id=app_id) for kind in kinds), monthly]
