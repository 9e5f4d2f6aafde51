"""Charts of daily numbers: what is drawn where."""

from datetime import date, timedelta

import pytest

from quotidian.dashboard.charts.daily import SIZE, DailyChart, Line
from quotidian.dashboard.charts.scale import ticks

DAYS = [date(2024, 3, 30) + timedelta(days=n) for n in range(3)]


@pytest.mark.parametrize(
    ("values", "whole", "expected"),
    [
        ([], True, [0, 1]),
        ([0, 0], True, [0, 1]),
        ([3], True, [0, 1, 2, 3]),
        ([0.3], False, [0, 0.1, 0.2, 0.3]),
        ([580, -150], True, [-200, 0, 200, 400, 600]),
        ([-7], True, [-8, -6, -4, -2, 0]),
    ],
)
def test_ticks_are_round_and_reach_from_the_smallest_to_the_largest(
    values: list[float], whole: bool, expected: list[float]
) -> None:
    assert ticks(values, whole=whole) == pytest.approx(expected)


def test_what_is_below_hangs_down_from_zero_and_the_rest_stands_on_it() -> None:
    lines = [
        Line("new", [10, 0, 10]),
        Line("lost", [20, None, 5], is_below=True),
        Line("retained", [30, 40, 5]),
    ]
    chart = DailyChart("growth", "Growth", DAYS, lines, "stacked")
    assert (chart.ticks[0], chart.ticks[-1]) == (-20, 40)
    zero = chart.y(0)
    new, lost, retained = (chart.bars(n) for n in range(3))
    assert [bar.y + bar.height for bar in new] == pytest.approx([zero, zero], abs=0.1)
    assert [bar.y for bar in lost] == pytest.approx([zero, zero], abs=0.1)
    assert lost[0].y + lost[0].height == pytest.approx(SIZE, abs=0.1)
    assert retained[0].y + retained[0].height == pytest.approx(new[0].y, abs=0.1)
    assert retained[0].y == pytest.approx(0, abs=0.1)
    assert retained[1].y + retained[1].height == pytest.approx(zero, abs=0.1)


def test_the_line_to_today_is_drawn_apart() -> None:
    chart = DailyChart("a", "A", DAYS, [Line("a", [1, 2, 3])], today=DAYS[-1])
    whole = chart.path([1, 2, 3])
    finished, so_far = chart.path_until_today([1, 2, 3]), chart.path_so_far([1, 2, 3])
    assert whole == finished + so_far[so_far.index("L") :]
    assert [bar.is_so_far for bar in DailyChart("a", "A", DAYS, chart.lines, "bars", today=DAYS[-1]).bars(0)] == [
        False,
        False,
        True,
    ]


def test_days_that_are_over_are_drawn_whole() -> None:
    chart = DailyChart("a", "A", DAYS, [Line("a", [1, 2, 3])], today=date(2024, 4, 2))
    assert not chart.is_unfinished
    assert chart.path_until_today([1, 2, 3]) == chart.path([1, 2, 3])
    assert not any(bar.is_so_far for bar in DailyChart("a", "A", DAYS, chart.lines, "bars").bars(0))


def test_today_alone_is_drawn() -> None:
    chart = DailyChart("a", "A", DAYS[:1], [Line("a", [3])], today=DAYS[0])
    assert chart.path_until_today([3]) == ""
    assert chart.path_so_far([3]).startswith("M")
