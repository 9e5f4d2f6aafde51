"""What an experiment says in words: every case, in both languages."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotidian.dashboard.languages import language_of
from quotidian.dashboard.sentences import Comparison, Ends, caution, sentence

ENGLISH, FRENCH = language_of("en", "en"), language_of("fr", "fr")
FIRST = Comparison("“B”", "the control group", 1_000, 1_000, 0.112, 0.1, 0.12, (0.03, 0.22), enough_data=True)


def compared(lift: float | None, interval: Ends | None) -> Comparison:
    return replace(FIRST, lift=lift, interval=interval)


@pytest.mark.parametrize(
    ("lift", "interval", "expected"),
    [
        (0.12, (0.03, 0.22), "“B” converts 12% more often than the control group; the data allow for 3% to 22%."),
        (-0.12, (-0.22, -0.03), "“B” converts 12% less often than the control group; the data allow for 3% to 22%."),
        (12.5, (9, 20), "“B” converts 1,250% more often than the control group; the data allow for 900% to 2,000%."),
        (3, (1.5, None), "“B” converts 300% more often than the control group; the data allow for 150% and above."),
        (-1, (-1, -0.4), "“B” converts 100% less often than the control group; the data allow for 40% to 100%."),
        (
            0.02,
            (-0.04, 0.09),
            "“B” may convert more or less often than the control group: from −4% to +9%; the data do not tell.",
        ),
        (
            0.0,
            (0, 0.09),
            "“B” may convert more or less often than the control group: from 0% to +9%; the data do not tell.",
        ),
        (
            1,
            (-0.5, None),
            "“B” may convert more or less often than the control group: from −50% upwards; the data do not tell.",
        ),
        (
            0.1,
            (None, 0.5),
            "“B” may convert more or less often than the control group: from −100% to +50%; the data do not tell.",
        ),
        (
            0.1,
            None,
            "“B” converts 10% more often than the control group; the data do not tell if that is chance.",
        ),
        (
            -0.1,
            None,
            "“B” converts 10% less often than the control group; the data do not tell if that is chance.",
        ),
        (0.0, None, "“B” converts as often as the control group; the data do not tell if that is chance."),
    ],
)
def test_a_difference_is_told_with_what_else_the_data_allow_for(
    lift: float, interval: Ends | None, expected: str
) -> None:
    assert sentence(ENGLISH, compared(lift, interval)) == expected


@pytest.mark.parametrize(
    ("lift", "interval", "expected"),
    [
        (0.03, (0.028, 0.032), "converts 3.0% more often than the control group; the data allow for 2.8% to 3.2%."),
        (0.03, (0.02995, 0.03005), "3.000% more often than the control group; the data allow for 2.995% to 3.005%."),
        (0.004, (0.001, 0.2), "converts 0.4% more often than the control group; the data allow for 0.1% to 20.0%."),
        (
            0.03,
            (0.02999999, 0.03000001),
            "3.0000% more often than the control group; the data allow for hardly anything",
        ),
        (
            -0.03,
            (-0.03000001, -0.02999999),
            "3.0000% less often than the control group; the data allow for hardly anything",
        ),
        (0.05, (1e-9, 0.1), "5.0000% more often than the control group; the data allow for less than 0.0001% to 10"),
    ],
)
def test_numbers_have_as_many_decimals_as_tell_them_apart(lift: float, interval: Ends, expected: str) -> None:
    assert expected in sentence(ENGLISH, compared(lift, interval))


@pytest.mark.parametrize(
    ("value", "interval", "expected"),
    [
        (0.0, (-1, None), "Nobody has converted yet, neither here nor there, so there is nothing to compare."),
        (
            0.2,
            (0.35, None),
            "“B” has conversions and the control group has none; the data allow for at least 35% more often.",
        ),
        (
            0.2,
            (-0.2, None),
            "“B” has conversions and the control group has none; the data do not tell by how much they differ.",
        ),
        (
            0.2,
            None,
            "“B” has conversions and the control group has none; the data do not tell by how much they differ.",
        ),
    ],
)
def test_there_is_no_ratio_to_nothing(value: float, interval: Ends | None, expected: str) -> None:
    none = replace(FIRST, value=value, baseline_value=0.0, lift=None, interval=interval)
    assert sentence(ENGLISH, none) == expected


def test_who_has_no_recipients_is_not_compared() -> None:
    nobody = replace(FIRST, recipients=0, value=None, lift=None, interval=None, enough_data=False)
    assert sentence(ENGLISH, nobody) == "“B” has no recipients on these days, so there is nothing to compare."
    nothing = replace(nobody, recipients=5, baseline_recipients=0)
    expected = "There is nothing to compare “B” with: the control group has no recipients on these days."
    assert sentence(ENGLISH, nothing) == expected
    assert caution(ENGLISH, nobody) == caution(ENGLISH, nothing) == ""


def test_too_little_data_is_said() -> None:
    assert caution(ENGLISH, FIRST) == ""
    few = replace(FIRST, enough_data=False)
    expected = "Fewer than 5 have converted on one of the two sides, which is too few to rely on."
    assert caution(ENGLISH, few) == expected
    assert "have bought" in caution(ENGLISH, replace(few, is_revenue=True))


def test_revenue_is_told_by_recipient() -> None:
    revenue = replace(FIRST, is_revenue=True)
    expected = "“B” earns 12% more a recipient than the control group; the data allow for 3% to 22%."
    assert sentence(ENGLISH, revenue) == expected
    # Of means no end is cut: refunds may be larger than what was earned.
    unclear = sentence(ENGLISH, replace(revenue, lift=-0.2, interval=(-1.3, 0.9)))
    assert unclear.endswith("from −130% to +90%; the data do not tell.")


def test_sentences_are_written_in_french() -> None:
    french = replace(FIRST, name="« B »", baseline="le groupe de contrôle")
    assert sentence(FRENCH, french) == (
        "« B » convertit 12\xa0% plus souvent que le groupe de contrôle\xa0; d’après les données, ce peut être "
        "de 3\xa0% à 22\xa0%."
    )
    assert "−4\xa0% à +9\xa0%" in sentence(FRENCH, replace(french, lift=0.02, interval=(-0.04, 0.09)))


ENDS = st.none() | st.floats(-2, 50)


@given(st.none() | st.floats(-1, 50), st.none() | st.tuples(ENDS, ENDS), st.booleans(), st.sampled_from((0, 0.1)))
def test_every_comparison_has_a_sentence(
    lift: float | None, interval: Ends | None, is_revenue: bool, value: float
) -> None:
    case = replace(FIRST, lift=lift, interval=interval, is_revenue=is_revenue, value=value)
    for language in (ENGLISH, FRENCH):
        told = sentence(language, case)
        assert told.endswith(".")
        assert not [bad for bad in ("%(", "None", "nan", "inf") if bad in told]


def test_no_two_numbers_of_an_interval_look_the_same() -> None:
    for low, width in product((0.0301, 0.5, 2), (1e-5, 1e-3, 0.4)):
        told = sentence(ENGLISH, compared(low + width / 2, (low, low + width)))
        _, _, ends = told.removesuffix(".").partition("allow for ")
        one, other = ends.split(" to ")
        assert one != other
