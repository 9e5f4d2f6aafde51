"""Growth and retention from the histograms of gaps and ages: the numbers that all sessions give."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from random import Random

import oracle_growth
import pytest
from conftest import Json, Quotidian
from events import session
from hypothesis import given
from hypothesis import strategies as st
from oracle import Oracle, User
from oracle_growth import sessions_of, window_of

from quotidian.control.dirty_days import AGE_CAP, GAP_CAP
from quotidian.domain.day_bits import BLOCK_DAYS
from quotidian.domain.days import Day, Slice, date_of, day_of
from quotidian.series.activity import histograms, read
from quotidian.series.activity.active_days import remake
from quotidian.series.activity.cohorts import Ages, Growth, growth_look_back, growth_series, retained
from quotidian.series.activity.publish import read_ages, read_gaps
from quotidian.series.activity.windows import Gaps
from quotidian.store.events import StatementFailed

FIRST = date(2024, 1, 1)
BORDER = date(1970, 1, 1) + timedelta(days=BLOCK_DAYS * 310)
APPS = ("", "tea", "cake")

_DAYS = st.sets(st.integers(0, 200), min_size=1, max_size=12)
_USERS = st.lists(_DAYS, max_size=8)


def gaps_and_ages(users: list[set[int]]) -> tuple[Gaps, Ages]:
    """The histograms of users who were active so many days after FIRST."""
    gaps: dict[Day, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    ages: dict[Day, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for active in users:
        for number in active:
            day = Day(day_of(FIRST) + number)
            gaps[day][min([GAP_CAP, *(number - other for other in active if other < number)])] += 1
            if number - min(active) <= AGE_CAP:
                ages[day][number - min(active)] += 1
    return gaps, ages


def sessions(users: list[set[int]]) -> dict[int, set[date]]:
    return {user: {FIRST + timedelta(days=number) for number in active} for user, active in enumerate(users)}


@given(users=_USERS, number=st.integers(-10, 300), length=st.integers(0, 20), window=st.integers(1, GAP_CAP // 2))
def test_growth_is_that_of_the_sessions(users: list[set[int]], number: int, length: int, window: int) -> None:
    days = [FIRST + timedelta(days=number + each) for each in range(length)]
    found = growth_of(*gaps_and_ages(users), days, window)
    assert [each._asdict() for each in found] == [oracle_growth.growth(sessions(users), day, window) for day in days]
    assert [each.active for each in found] == [each.new + each.retained + each.resurrected for each in found]


def growth_of(gaps: Gaps, ages: Ages, days: list[date], window: int) -> list[Growth]:
    """Of days that follow each other, from the histograms that their growth is made of, and no others."""
    asked = range(day_of(days[0]), day_of(days[-1]) + 1) if days else range(0)
    known = range(asked.start - growth_look_back(window), asked.stop)
    near_gaps, near_ages = ({day: each[day] for day in each if day in known} for each in (gaps, ages))
    return list(growth_series(near_gaps, near_ages, asked, window))


@given(users=_USERS, number=st.integers(-10, 210), days=st.integers(1, AGE_CAP), today=st.integers(0, 250))
def test_retention_is_that_of_the_sessions(users: list[set[int]], number: int, days: int, today: int) -> None:
    cohort, last = FIRST + timedelta(days=number), FIRST + timedelta(days=today)
    _, ages = gaps_and_ages(users)
    expected = oracle_growth.retention(sessions(users), cohort, days, last)
    assert retained(ages, day_of(cohort), days, day_of(last)) == expected


def test_windows_and_ages_beyond_what_is_kept_are_refused() -> None:
    with pytest.raises(ValueError, match="gaps are kept up to 90 days"):
        next(growth_series({}, {}, range(1), GAP_CAP // 2 + 1))
    with pytest.raises(ValueError, match="ages are kept up to 90 days"):
        retained({}, Day(0), AGE_CAP + 1, Day(200))


# From events


class Histograms:
    """What is published of a workspace, and the oracle of the same events."""

    def __init__(self, quotidian: Quotidian) -> None:
        self._quotidian = quotidian
        self._oracle = Oracle(timezone="Europe/Paris")

    def deliver(self, events: list[Json]) -> None:
        self._quotidian.deliver(*events)
        self._oracle.deliver(events)

    def sessions(self, app: str) -> Mapping[User, set[date]]:
        """Who had sessions on which days, of an app or, by '', of all."""
        return sessions_of(self._oracle, app or None)

    def published(self) -> tuple[Mapping[str, Gaps], Mapping[str, Ages]]:
        days, workspace = range(40_000), self._quotidian.workspace()
        with self._quotidian.engine.connect() as connection:
            return (
                read_gaps(connection, workspace, list(APPS), days),
                read_ages(connection, workspace, list(APPS), days),
            )

    def check(self, days: list[date], windows: tuple[int, ...] = (1, 7, 45)) -> None:
        """Growth and retention of days, of every app and of all, put to the oracle."""
        gaps, ages = self.published()
        for app in APPS:
            told = self.sessions(app)
            for day in days:
                for window in windows:
                    [found] = growth_of(gaps[app], ages[app], [day], window)
                    assert found._asdict() == oracle_growth.growth(told, day, window), (app, day, window)
                assert retained(ages[app], day_of(day), AGE_CAP, Day(40_000)) == oracle_growth.retention(
                    told, day, AGE_CAP, date.max
                ), (app, day)


def around_borders() -> list[date]:
    """Days at which ages and blocks end: of one block, of two, of the longest age, and years before."""
    numbers = (-2000, -129, -128, -127, -91, -90, -89, -65, -64, -63, -1, 0, 1, 62, 63, 64, 65, 90, 91, 127, 128)
    return [BORDER + timedelta(days=number) for number in numbers]


def world(seed: int, users: int = 30) -> Iterator[Json]:
    """Users of one app, several, or none at times, who begin and come back around the borders of blocks."""
    random = Random(seed)
    for user in range(users):
        apps = random.choice((("tea",), ("cake",), ("tea", "cake"), ("tea", None), (None,)))
        for day in random.sample(around_borders(), random.randrange(1, 9)):
            yield session(f"user-{user}", str(day), app_id=random.choice(apps))


@pytest.mark.parametrize("seed", range(2))
def test_growth_and_retention_hold_in_whatever_order_sessions_arrive(quotidian: Quotidian, seed: int) -> None:
    """Also for users whose first session of all arrives last, years late: they count as new no longer."""
    of_events = Histograms(quotidian)
    events = list(world(seed))
    Random(seed).shuffle(events)
    for start in range(0, len(events), 50):
        of_events.deliver(events[start : start + 50])
        of_events.check(around_borders(), windows=(1, 45))
    by_arrival = of_events.published()
    quotidian.rebuild()
    assert of_events.published() == by_arrival


def test_a_first_session_years_late_moves_its_user_to_the_earlier_cohort(quotidian: Quotidian) -> None:
    of_events = Histograms(quotidian)
    active = [BORDER, BORDER + timedelta(days=63), BORDER + timedelta(days=90), BORDER + timedelta(days=400)]
    of_events.deliver([session(user, str(day), app_id="tea") for user in ("ana", "bo") for day in active])
    late = BORDER - timedelta(days=2000)
    of_events.deliver([session("ana", str(late), app_id="cake")])
    _, ages = of_events.published()
    assert [ages[app][day_of(BORDER)] for app in ("", "tea")] == [{0: 1}, {0: 2}]
    of_events.deliver([session("ana", str(late), app_id="tea")])
    _, ages = of_events.published()
    assert [ages[app][day_of(BORDER)] for app in ("", "tea")] == [{0: 1}, {0: 1}]
    of_events.check([late, *active])


def test_users_counted_some_at_a_time_add_up(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histograms, "_ROWS_AT_ONCE", 7)
    of_events = Histograms(quotidian)
    of_events.deliver(list(world(1)))
    of_events.check(around_borders())


def test_rows_read_some_days_at_a_time_are_those_of_all_sessions(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every day of the range has a row: days before the first session too, and days between sessions."""
    monkeypatch.setattr(read, "_CHUNK_DAYS", 40)
    of_events = Histograms(quotidian)
    of_events.deliver(list(world(3)))
    days = [BORDER + timedelta(days=number) for number in range(-140, 140)]
    asked, workspace = Slice(day_of(days[0]), day_of(days[-1])), quotidian.workspace()
    for app in (*APPS, "unknown"):
        told = of_events.sessions(app)
        with quotidian.engine.connect() as connection:
            active = dict(read.read_active(connection, workspace, app, asked, 10))
            grown = dict(read.read_growth(connection, workspace, app, asked, 10))
            returned = dict(read.read_retention(connection, workspace, app, asked, 70))
        assert [date_of(day) for day in active] == days
        assert list(active.values()) == [len(oracle_growth.active_in(told, window_of(day, 10))) for day in days]
        assert [row._asdict() for row in grown.values()] == [oracle_growth.growth(told, day, 10) for day in days]
        today = workspace.today
        assert list(returned.values()) == [oracle_growth.retention(told, day, 70, today) for day in days]


@pytest.mark.parametrize("few", [0, 200])
def test_whether_those_who_were_active_are_found_first_changes_nothing(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(histograms, "_FEW_DAYS", few)
    of_events = Histograms(quotidian)
    of_events.deliver(list(world(2)))
    of_events.check(around_borders())


@pytest.mark.parametrize("then", ["the same load", "a rollup", "a rebuild"])
@pytest.mark.parametrize(
    "interrupted",
    [
        "quotidian.ingest.store_batch.put_new",
        "quotidian.series.activity.active_days._put_first_days",
        "quotidian.ingest.store_batch.trust",
    ],
)
def test_first_days_that_a_crash_left_out_are_derived_from_the_events(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, interrupted: str, then: str
) -> None:
    of_events, events = Histograms(quotidian), sorted(world(1, users=8), key=lambda event: str(event["time"]))
    of_events.deliver(events[10:])
    with monkeypatch.context() as patched:
        patched.setattr(interrupted, crash)
        with pytest.raises(StatementFailed, match="a crash"):
            of_events.deliver(events[:10])
    if then == "a rollup":
        quotidian.roll_up()
    if then == "a rebuild":
        quotidian.rebuild()
    of_events.deliver(events[:10])
    of_events.check(around_borders())
    put = first_days(quotidian)
    assert list(remake(quotidian.events))
    assert first_days(quotidian) == put


def crash(*_: object) -> None:
    raise StatementFailed("a crash")


def first_days(quotidian: Quotidian) -> list[tuple[str, int, int]]:
    sql = "SELECT hex(user) AS user, app, min(first) FROM quotidian.first_days GROUP BY user, app ORDER BY user, app"
    return quotidian.events.rows(sql, {}, tuple[str, int, int])


def test_without_sessions_nobody_has_a_first_day(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", "2024-03-01"))
    quotidian.events.run("ALTER TABLE quotidian.events DELETE WHERE 1 SETTINGS mutations_sync = 2")
    assert list(remake(quotidian.events))
    assert first_days(quotidian) == []
