"""The statistics of experiments: as published, as their definitions say, and where nothing can be said."""

from math import inf

import oracle_experiment as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotidian.series.experiments.statistics.comparison import NONE, Comparison
from quotidian.series.experiments.statistics.means import Sample, compare_means
from quotidian.series.experiments.statistics.proportions import compare_proportions, koopman, newcombe, pearson, wilson
from quotidian.series.experiments.statistics.split import sample_ratio

# Newcombe, Interval estimation for the difference between independent proportions, Stat Med 17:873-890 (1998):
# Table II, method 10.
NEWCOMBE_1998 = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0000)),
    ((10, 10, 0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("counts", "interval"), NEWCOMBE_1998)
def test_intervals_of_differences_are_those_that_newcombe_published(
    counts: tuple[int, int, int, int], interval: tuple[float, float]
) -> None:
    assert newcombe(*counts) == pytest.approx(interval, abs=0.00005001)


def test_the_interval_of_a_ratio_is_the_one_that_koopman_published() -> None:
    # Koopman, Confidence intervals for the ratio of two binomial proportions, Biometrics 40:513-517 (1984).
    assert koopman(36, 40, 16, 80) == pytest.approx((2.94, 7.15), abs=0.005)


@st.composite
def counts(draw: st.DrawFn, most: int) -> tuple[int, int, int, int]:
    n, n0 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n)), n, draw(st.integers(0, n0)), n0


@settings(max_examples=150, deadline=None)
@given(counts(60) | counts(5_000))
def test_proportions_compare_as_their_definitions_say(found: tuple[int, int, int, int]) -> None:
    assert_compared(found, rel=1e-8)


@pytest.mark.parametrize(
    "found",
    [
        (0, 1, 0, 1),
        (1, 1, 0, 1),
        (0, 1, 1, 1),
        (1, 1, 1, 1),
        (7, 7, 3, 3),
        (7, 7, 2, 3),
        (0, 9, 4, 9),
        (4, 9, 0, 9),
        (1, 10**8, 1, 10**8),
        (10**6, 10**8, 10**6 + 500, 10**8),
        (3, 10**8, 0, 10),
        (10**8 - 1, 10**8, 10**8 - 2, 10**8),
    ],
)
def test_proportions_compare_at_all_edges(found: tuple[int, int, int, int]) -> None:
    assert_compared(found, rel=1e-6)


def assert_compared(found: tuple[int, int, int, int], rel: float) -> None:
    got, wanted = compare_proportions(*found), oracle.proportions(*found)
    for name, value in wanted.items():
        known = getattr(got, name)
        if isinstance(value, list):
            for end, wanted_end in zip(known, value, strict=True):
                assert end == (None if wanted_end is None else pytest.approx(wanted_end, rel=rel, abs=1e-9)), name
        else:
            assert known == (None if value is None else pytest.approx(value, rel=rel, abs=1e-12)), name


@settings(max_examples=200, deadline=None)
@given(counts(10**8))
def test_intervals_of_any_size_hold_what_was_found(found: tuple[int, int, int, int]) -> None:
    x, n, x0, n0 = found
    low, high = wilson(x, n)
    assert 0 <= low <= x / n * (1 + 1e-12)
    assert x / n * (1 - 1e-12) <= high <= 1
    ends = newcombe(*found)
    assert ends[0] is not None
    assert ends[1] is not None
    assert -1 - 1e-12 <= ends[0] <= x / n - x0 / n0 <= ends[1] <= 1 + 1e-12
    low, high = koopman(*found)
    assert 0 <= low <= high
    if x0:
        assert low <= x / n / (x0 / n0) * (1 + 1e-12)
        assert high >= x / n / (x0 / n0) * (1 - 1e-12)
        assert high < inf


def test_a_ratio_has_no_end_where_the_baseline_never_succeeded_and_begins_at_0_where_the_other_did_not() -> None:
    assert koopman(0, 5, 0, 9) == (0.0, inf)
    assert koopman(0, 50, 5, 90)[0] == 0
    low, high = koopman(5, 50, 0, 90)
    assert (low > 1, high) == (True, inf)
    compared = compare_proportions(5, 50, 0, 90)
    assert compared.lift is None
    assert compared.lift_interval is not None
    assert compared.lift_interval[1] is None


def test_nothing_is_said_of_nobody() -> None:
    assert compare_proportions(0, 0, 1, 2) == compare_proportions(1, 2, 0, 0) == NONE
    assert compare_means(Sample(0, 0, 0), Sample(2, 3, 5)) == compare_means(Sample(2, 3, 5), Sample(0, 0, 0)) == NONE


def test_there_is_no_p_value_where_all_or_none_succeeded() -> None:
    assert pearson(0, 5, 0, 9) is None
    assert pearson(5, 5, 9, 9) is None


SPENT = st.lists(st.integers(-10_000_000, 10**12) | st.just(0), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(SPENT, SPENT)
def test_means_compare_as_their_definitions_say(spent: list[int], spent0: list[int]) -> None:
    got = compare_means(sample_of(spent), sample_of(spent0))
    wanted = oracle.means([each / 1e6 for each in spent], [each / 1e6 for each in spent0])
    for name, value in wanted.items():
        assert getattr(got, name) == (None if value is None else pytest.approx(value, rel=1e-6, abs=1e-6)), name


def sample_of(spent: list[int]) -> Sample:
    return Sample(len(spent), sum(spent), sum(each * each for each in spent), 1_000_000)


def test_means_of_many_users_who_hardly_differ_lose_no_digits() -> None:
    # 100 million users who spent 1,000.000000 or 1,000.000001 dollars.
    half, low, high = 5 * 10**7, 10**9, 10**9 + 1
    sample = Sample(2 * half, half * (low + high), half * (low * low + high * high), 10**6)
    assert sample.variance_of_mean == pytest.approx(0.25e-12 / (2 * half - 1), rel=1e-12)


def test_one_variance_of_0_is_used_as_it_is_and_two_say_nothing() -> None:
    compared = compare_means(sample_of([5, 5, 5]), sample_of([1, 2, 3]))
    assert compared.p_value is not None
    compared = compare_means(sample_of([5, 5, 5]), sample_of([1, 1]))
    assert compared == Comparison(difference=compared.difference, lift=compared.lift)
    assert compared.difference == pytest.approx(4e-6)
    assert compared.lift == pytest.approx(4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 1.0, 50.0, 1e9])), max_size=6))
def test_a_sample_ratio_is_tested_as_its_definition_says(rows: list[tuple[int, float]]) -> None:
    found = [count for count, _ in rows]
    weights = [weight for _, weight in rows]
    wanted = oracle.ratio(found, weights)
    got = sample_ratio(found, weights)
    assert got == (None if wanted is None else pytest.approx(wanted["p_value"], rel=1e-6, abs=1e-300))
