"""Lifts, drawn: every point and end is where its number is, and what goes on ends in an arrow."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotidian.dashboard.charts.lift import WIDTH, Lift, LiftChart

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _place(chart: LiftChart, ratio: float) -> float:
    first, last = chart.ticks[0], chart.ticks[-1]
    return WIDTH * (ratio - first) / (last - first)


def test_a_point_and_its_whisker_are_where_their_numbers_are() -> None:
    chart = LiftChart([Lift(0.12, (0.03, 0.22))])
    assert chart.ticks == [0, 0.05, 0.1, 0.15, 0.2, 0.25]
    (drawn,) = chart.drawn
    assert drawn.point == "M480.0,50.0h0"
    assert drawn.whisker == "M120.0,50.0H880.0M120.0,32.0V68.0M880.0,32.0V68.0"
    assert chart.zero == 0


def test_an_infinite_end_is_an_arrow_at_the_edge() -> None:
    chart = LiftChart([Lift(1.0, (0.5, None)), Lift(None, (None, 0.5)), Lift(0.1, None)])
    first, second, third = chart.drawn
    assert first.whisker.endswith("M986.0,32.0L1000,50.0L986.0,68.0")
    assert second.whisker.startswith("M0,50.0")
    assert "L0,50.0" in second.whisker
    assert second.point == third.whisker == ""


def test_what_goes_on_has_room_to_be_seen() -> None:
    assert LiftChart([Lift(None, (-1.0, None))]).ticks[-1] >= 1


def test_an_end_far_away_does_not_press_the_rest_together() -> None:
    chart = LiftChart([Lift(0.1, (-0.2, 90.0))])
    assert chart.ticks[-1] <= 1
    assert "L1000,50.0" in chart.drawn[0].whisker


def test_an_interval_without_a_point_is_on_the_axis() -> None:
    chart = LiftChart([Lift(None, (7.0, None))])
    assert 0 < chart.ticks[-1] < 20
    assert chart.drawn[0].whisker.startswith(f"M{_place(chart, 7.0):.1f},50.0H1000")


@pytest.mark.parametrize("found", [[], [Lift(None, None)], [Lift(0.0, (0.0, 0.0))]])
def test_nothing_is_an_axis_around_zero(found: list[Lift]) -> None:
    chart = LiftChart(found)
    assert chart.ticks[0] < 0 < chart.ticks[-1]
    assert chart.zero == WIDTH / 2


RATIOS = st.floats(-3, 1e6)


@st.composite
def lifts(draw: st.DrawFn) -> Lift:
    """A lift within its interval, either of whose ends may be infinite; or an interval without a lift, or neither."""
    low, value, high = sorted(draw(st.tuples(RATIOS, RATIOS, RATIOS)))
    ends = (draw(st.sampled_from((low, None))), draw(st.sampled_from((high, None))))
    return Lift(draw(st.sampled_from((value, None))), draw(st.sampled_from((ends, None))))


@given(st.lists(lifts(), max_size=5))
def test_every_lift_can_be_drawn(found: list[Lift]) -> None:
    chart = LiftChart(found)
    assert 0 in chart.ticks
    assert 2 <= len(chart.ticks) <= 10
    for lift, drawn in zip(found, chart.drawn, strict=True):
        assert all(-1 <= float(number) <= WIDTH + 1 for number in NUMBER.findall(drawn.whisker + drawn.point))
        if lift.value is not None:
            assert float(NUMBER.findall(drawn.point)[0]) == pytest.approx(_place(chart, lift.value), abs=0.1)
