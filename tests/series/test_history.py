"""What points were, beside a list of everything that was ever published."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import pytest
from commands import SESSION, session
from conftest import Quotidian
from sqlalchemy import insert, select, update
from test_versions import of_everything
from test_whole_path import catalogue_of
from worlds import make_world

from quotidian.control.arrivals import STORED, Arrival, Arriving, note_arrived, note_arriving
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Micros
from quotidian.domain.hours import hours_of
from quotidian.domain.kinds import PATHS
from quotidian.series.history import Past, read_history
from quotidian.series.publishing import NewPoint, Publication
from quotidian.series.values import Metric, values
from quotidian.store.series import writing
from quotidian.store.tables import history, points, series, workspaces

DAY = Day(19812)
HOUR = 3600
FIGURES = [Metric("sent", "email", "v"), Metric("clicks", "email", "v"), Metric("unique_recipients")]
KINDS = list(PATHS)


class State(NamedTuple):
    """What was published, when, as of which version, and how many events had arrived."""

    at: int
    version: int
    events: int
    numbers: tuple[int, ...]


def body(numbers: tuple[int, ...]) -> bytes:
    element = b'{"variation_name":null,"variation_api_id":"v","sent":%d,"clicks":%d}' % numbers[:2]
    return b'"messages":{"email":[%s]},"unique_recipients":%d}' % (element, numbers[2])


ZERO = body((0, 0, 0))


class Desk:
    """Publishes one point again and again, at any time, and notes each of its states."""

    def __init__(self, quotidian: Quotidian) -> None:
        self.engine = quotidian.engine
        self.workspace = quotidian.workspace()
        self.start = hours_of(DAY, self.workspace.zone)[0].start
        self.states: list[State] = []
        self.events = 0
        with writing(self.engine) as connection:
            key = {"workspace_id": 1, "kind": "campaign", "subject": "c", "shape": b"", "zero": ZERO}
            self.series_id = connection.execute(insert(series).returning(series.c.id), key).scalar_one()

    def publish(self, at: int, numbers: tuple[int, ...], arrived: int = 1) -> None:
        """Some seconds after the day has begun, when so many more events have arrived."""
        self.events += arrived
        with (
            patch("quotidian.series.publishing.time.time", lambda: self.start + at),
            writing(self.engine) as connection,
        ):
            connection.execute(update(workspaces).values(events=self.events))
            publication = Publication(connection, self.workspace)
            publication.put([NewPoint(self.series_id, "campaign", ZERO, DAY, body(numbers))])
            before = self.states[-1].numbers if self.states else (0, 0, 0)
            if numbers != before:
                version = connection.execute(select(workspaces.c.version)).scalar_one()
                self.states.append(State(at, version, self.events, numbers))

    def kept(self) -> Iterator[State]:
        """The states at the end of each hour of the first two days, all later ones, and the newest."""
        for number, state in enumerate(self.states):
            later = self.states[number + 1] if number + 1 < len(self.states) else None
            is_hourly = state.at < 48 * HOUR and later and later.at < 48 * HOUR
            if not (is_hourly and later and later.at // HOUR == state.at // HOUR):
                yield state

    def wanted(self, place: int) -> list[Past]:
        told: list[Past] = []
        counted = 0
        for state in self.kept():
            if not told or told[-1].value != state.numbers[place]:
                told.append(Past(state.version, self.start + state.at, state.numbers[place], state.events - counted))
                counted = state.events
        return told

    def told(self, metric: Metric) -> list[Past]:
        with self.engine.connect() as connection:
            return read_history(connection, self.workspace, self.series_id, DAY, metric)

    def assert_right(self) -> None:
        for place, metric in enumerate(FIGURES):
            assert self.told(metric) == self.wanted(place), metric

    def rows(self) -> int:
        with self.engine.connect() as connection:
            return len(connection.execute(select(history.c.version)).all())


def test_a_value_that_comes_later_in_the_hour_takes_the_place_of_the_last(quotidian: Quotidian) -> None:
    desk = Desk(quotidian)
    for at, sent in ((10, 1), (20, 2), (3599, 3), (3600, 4), (3601, 5)):
        desk.publish(at, (sent, 0, 0))
    assert [past.value for past in desk.told(FIGURES[0])] == [3, 5]
    desk.assert_right()


def test_each_restatement_after_two_days_is_kept(quotidian: Quotidian) -> None:
    desk = Desk(quotidian)
    for at, sent in ((47 * HOUR, 1), (48 * HOUR - 1, 2), (48 * HOUR, 3), (48 * HOUR, 4), (48 * HOUR + 1, 5)):
        desk.publish(at, (sent, 0, 0))
    assert [past.value for past in desk.told(FIGURES[0])] == [2, 3, 4, 5]
    desk.assert_right()


def test_events_that_arrived_between_two_values_count_to_the_later(quotidian: Quotidian) -> None:
    desk = Desk(quotidian)
    for at, numbers, arrived in ((0, (1, 0, 1), 10), (HOUR, (1, 1, 1), 5), (2 * HOUR, (2, 1, 1), 7)):
        desk.publish(at, numbers, arrived)
    assert [(past.value, past.arrived) for past in desk.told(FIGURES[0])] == [(1, 10), (2, 12)]
    assert [(past.value, past.arrived) for past in desk.told(FIGURES[1])] == [(0, 10), (1, 5)]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_published_whenever_is_kept_by_the_rules(quotidian: Quotidian, seed: int) -> None:
    desk, random, at = Desk(quotidian), Random(seed), 0
    for _ in range(120):
        at += random.choice((0, 1, 60, 900, 2000, HOUR, 5 * HOUR))
        numbers = tuple(random.choice((0, 0, 1, 2)) for _ in FIGURES)
        desk.publish(at, numbers, random.randrange(4))
        if random.random() < 0.2:
            desk.assert_right()
    desk.assert_right()


def test_a_busy_day_keeps_a_row_an_hour_at_most(quotidian: Quotidian) -> None:
    desk = Desk(quotidian)
    for at in range(0, 48 * HOUR, 600):
        desk.publish(at, (at + 1, 0, 0))
    assert desk.rows() == 47
    assert len(desk.told(FIGURES[0])) == 48


@pytest.mark.slow
def test_the_last_value_of_every_number_is_the_points(quotidian: Quotidian) -> None:
    world = make_world(11, users=8, days=10, campaigns=2)
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.deliver(*world.events)
    quotidian.deliver(*world.late)
    columns = points.c.series_id, points.c.day, points.c.kind_number, points.c.version, points.c.point
    restated, workspace = 0, quotidian.workspace()
    with quotidian.engine.connect() as connection:
        for series_id, day, kind, version, point in connection.execute(select(*columns).where(points.c.version > 0)):
            for metric, number in values(KINDS[kind], point).items() if point else ():
                had = read_history(connection, workspace, series_id, Day(day), metric)
                assert had[-1].value == number
                assert had[-1].version <= version
                assert [each.version for each in had] == sorted({each.version for each in had})
                restated += len(had) > 1
    assert restated > 20


def test_all_events_that_arrived_are_told_of_once(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", "2024-03-30"), session("bo", "2024-03-30"))
    quotidian.deliver(session("cy", "2024-03-30"), session("ana", "2024-03-30"))
    with quotidian.engine.connect() as connection:
        series_id = connection.execute(select(series.c.id).filter_by(kind="dau", subject="")).scalar_one()
        had = read_history(connection, quotidian.workspace(), series_id, DAY, Metric("dau"))
    assert [(past.value, past.arrived) for past in had] == [(2, 2), (3, 1)]


def test_a_batch_that_is_noted_again_counts_once(quotidian: Quotidian) -> None:
    """As after a crash between noting and storing it: what it had noted is replaced."""
    counted = []
    for batch, events, is_stored in ((1, 5, True), (2, 7, False), (2, 8, True), (3, 1, True)):
        arrivals = [Arrival(DAY, SESSION, STORED, "", events, Micros(0), Micros(0))]
        coming = Arriving(quotidian.workspace().id, batch, arrivals)
        with writing(quotidian.engine) as connection:
            note_arriving(connection, coming)
            if is_stored:
                note_arrived(connection, coming)
            counted.append(connection.execute(select(workspaces.c.events)).scalar_one())
    assert counted == [5, 5, 13, 14]


def test_the_history_of_a_purged_send_goes_with_it(quotidian: Quotidian) -> None:
    quotidian.deliver(*of_everything())
    quotidian.deliver(*of_everything("bo"))
    of_send = select(history.c.day).join_from(history, series).where(series.c.kind == "send")
    with quotidian.engine.connect() as connection:
        assert connection.execute(of_send).all()
    object.__setattr__(quotidian.settings, "send_keep_days", 30)
    quotidian.roll_up()
    with quotidian.engine.connect() as connection:
        assert not connection.execute(of_send).all()


def test_what_a_future_day_was_before_it_began_is_no_history(quotidian: Quotidian) -> None:
    with patch.object(Workspace, "today", property(lambda _: date(2024, 3, 29))):
        quotidian.deliver(session("ana", "2024-03-29"))
        quotidian.deliver(session("bo", "2024-03-29"))
    with quotidian.engine.connect() as connection:
        days = set(connection.execute(select(history.c.day)).scalars())
    assert days == {DAY - 1}
