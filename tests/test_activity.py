"""Rolling uniques from gap histograms: the one pass that publishes them, held to the sum that defines them."""

from hypothesis import given
from hypothesis import strategies as st

from quotidian.days import Day
from quotidian.rollups.activity import active_series, active_users
from quotidian.series.dirty import GAP_CAP

_HISTOGRAMS = st.dictionaries(st.integers(1, GAP_CAP), st.integers(1, 9), max_size=8)
_GAPS = st.dictionaries(st.integers(100, 250).map(Day), _HISTOGRAMS, max_size=30)


@given(gaps=_GAPS, first=st.integers(80, 270), length=st.integers(0, 60), window=st.integers(1, GAP_CAP))
def test_a_series_of_active_users_is_what_each_day_is(
    gaps: dict[Day, dict[int, int]], first: int, length: int, window: int
) -> None:
    days = range(first, first + length)
    assert active_series(gaps, days, window) == {day: active_users(gaps, Day(day), window) for day in days}
