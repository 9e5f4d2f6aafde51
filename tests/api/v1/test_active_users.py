"""`/v1/active_users` beside sets of users."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from asking import assert_error
from conftest import Quotidian
from events import session

PATH = "/v1/active_users"
FIRST = date(2023, 1, 1)
DAYS = 500


@pytest.fixture(scope="module")
def visits() -> list[tuple[date, str, str | None]]:
    """Day, user and app of sessions, of users who come often or seldom."""
    random = Random(14)
    return [
        (FIRST + timedelta(days=random.randrange(DAYS)), f"user-{user}", random.choice(["shop", "news", None]))
        for user in range(40)
        for _ in range(random.choice([1, 3, 20, 60]))
    ]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, visits: list[tuple[date, str, str | None]]) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("active") / "data")
    opened.deliver(*(session(user, str(day), app_id=app) for day, user, app in visits))
    yield opened
    opened.close()


@pytest.mark.parametrize("app_id", [None, "shop"])
@pytest.mark.parametrize("window", [1, 2, 30, 89, 90])
def test_each_user_of_the_window_counts_once(
    api: Quotidian, visits: list[tuple[date, str, str | None]], window: int, app_id: str | None
) -> None:
    first, last = FIRST - timedelta(days=40), FIRST + timedelta(days=DAYS + 100)
    points = api.data(PATH, window=window, app_id=app_id, **{"from": first, "to": last})
    users: dict[date, set[str]] = {}
    for day, user, app in visits:
        if app_id in (None, app):
            users.setdefault(day, set()).add(user)
    expected = []
    for day in (first + timedelta(days=index) for index in range((last - first).days + 1)):
        active = set().union(*(users.get(day - timedelta(days=back), set()) for back in range(window)))
        expected.append({"time": str(day), "active": len(active)})
    assert points == expected


def test_without_a_window_users_are_monthly_users(api: Quotidian) -> None:
    last = FIRST + timedelta(days=90)
    active = [point["active"] for point in api.data(PATH, to=last)]
    assert active == api.kpi("mau", str(last), 30)


@pytest.mark.parametrize("window", ["0", "91", "-1", "1.5", "", "x", "٣", "100"])
def test_a_window_that_cannot_be_told_is_refused(api: Quotidian, window: str) -> None:
    assert_error(api.get(PATH, window=window), 400, "window", "1 to 90")


def test_an_app_that_no_event_names_is_refused(api: Quotidian) -> None:
    assert_error(api.get(PATH, app_id="nobody"), 400, "Invalid App ID")
