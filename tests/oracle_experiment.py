"""Reports of experiments, in slow and obvious Python: functions of the oracle (semantics.md §9 and §11, "Experiment").

Intervals of proportions are found by bisection on the tests that they invert; p-values are those of scipy.stats.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import inf, sqrt
from typing import Any, Literal

from oracle import CONTROL, Element, Event, Oracle, conversion_index, element_of, element_order, is_receipt
from scipy import stats

Z = 1.959963984540054
Row = tuple[bool, str | None]  # whether it is a control group, and the variation
Outcome = int | Literal["revenue"]
Json = dict[str, Any]


# Who counts


def row_of(event: Event) -> Row:
    element = element_of(event)
    assert element is not None
    return element.channel == CONTROL, element.variation


def rows_of(events: Sequence[Event]) -> list[Row]:
    """Rows by first receipt ever; those without one last, then by id, then messages before the control group."""
    by_row: dict[Row, list[Event]] = defaultdict(list)
    for event in events:
        by_row[row_of(event)].append(event)

    def order(row: Row) -> tuple[bool, int, str, bool]:
        return element_order(Element(CONTROL if row[0] else "email", row[1]), by_row[row])

    return sorted(by_row, key=order)


def report(
    oracle: Oracle,
    campaign: str,
    days: tuple[date, date],
    outcome: Outcome = 0,
    *,
    baseline: str | None = None,
    weights: Mapping[Row, float] | None = None,
) -> Json:
    """What `/v1/campaigns/experiment` answers, without its message and note."""
    series = oracle._campaign_series(campaign)
    rows = rows_of(series.events)
    received: dict[Row, set[object]] = {row: set() for row in rows}
    for event in series.events:
        if is_receipt(event) and days[0] <= event.day <= days[1]:
            received[row_of(event)].add(event.user)
    spent: dict[Row, dict[object, int]] = {row: {} for row in rows}
    for micros, user, receipt in attributed(oracle, campaign, outcome):
        if days[0] <= receipt.day <= days[1]:
            of_row = spent[row_of(receipt)]
            of_row[user] = of_row.get(user, 0) + micros
    base = chosen_baseline(rows, baseline)
    users = [user for row in rows for user in received[row]]
    of_revenue = outcome == "revenue"
    return {
        "campaign_id": campaign,
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "conversion": outcome,
        "baseline": base[1] if base else None,
        "crossed_over": sum(users.count(user) > 1 for user in set(users)),
        "data": [
            described(row, oracle, campaign, received[row], spent[row], of_revenue=of_revenue)
            | compared(row, base, received, spent, of_revenue=of_revenue)
            for row in rows
        ],
        "sample_ratio": ratio([len(received[row]) for row in rows], [(weights or {}).get(row, 0.0) for row in rows]),
    }


def attributed(oracle: Oracle, campaign: str, outcome: Outcome) -> list[tuple[int, object, Event]]:
    """What counts, of which user, with its receipt among all of the campaign: micro-dollars, 0 of a conversion."""
    series = oracle._campaign_series(campaign)
    if outcome == "revenue":
        return [(micros, purchase.user, receipt) for micros, purchase, receipt in series.purchases]
    return [
        (0, conversion.user, receipt)
        for conversion, receipt in series.conversions
        if receipt is not None and conversion_index(conversion) == outcome
    ]


def chosen_baseline(rows: Sequence[Row], variation: str | None) -> Row | None:
    wanted = [row for row in rows if variation is None or row[1] == variation]
    controls = [row for row in wanted if row[0]]
    return [*controls, *wanted, None][0]


def described(
    row: Row,
    oracle: Oracle,
    campaign: str,
    users: set[object],
    spent: Mapping[object, int],
    *,
    of_revenue: bool,
) -> Json:
    names = oracle._campaign_series(campaign).names
    number, converters = len(users), len(spent)
    counted: Json = {
        "variation_name": names.get(row[1]) if row[1] else None,
        "variation_api_id": row[1],
        "control": row[0],
        "recipients": number,
        "converters": converters,
    }
    if of_revenue:
        micros = sum(spent.values())
        return {**counted, "revenue": micros / 1e6, "mean": micros / 1e6 / number if number else None}
    return {**counted, "rate": converters / number if number else None}


# How they compare


def compared(
    row: Row,
    base: Row | None,
    received: Mapping[Row, set[object]],
    spent: Mapping[Row, Mapping[object, int]],
    *,
    of_revenue: bool,
) -> Json:
    nothing = dict.fromkeys(("difference", "difference_interval", "lift", "lift_interval", "p_value", "enough_data"))
    if base is None or row == base:
        return nothing
    enough = {"enough_data": len(spent[row]) >= 5 and len(spent[base]) >= 5}
    if not received[row] or not received[base]:
        return nothing | enough
    if of_revenue:
        lists = [[spent[each].get(user, 0) / 1e6 for user in received[each]] for each in (row, base)]
        return means(*lists) | enough
    return proportions(len(spent[row]), len(received[row]), len(spent[base]), len(received[base])) | enough


def proportions(x: int, n: int, x0: int, n0: int) -> Json:
    p, p0 = x / n, x0 / n0
    (low, high), (low0, high0) = wilson(x, n), wilson(x0, n0)
    first, last = koopman(x, n, x0, n0)
    return {
        "difference": p - p0,
        "difference_interval": [
            p - p0 - sqrt((p - low) ** 2 + (high0 - p0) ** 2),
            p - p0 + sqrt((high - p) ** 2 + (p0 - low0) ** 2),
        ],
        "lift": p / p0 - 1 if p0 else None,
        "lift_interval": [first - 1, None if last == inf else last - 1],
        "p_value": float(stats.chi2_contingency([[x, n - x], [x0, n0 - x0]], correction=False).pvalue)
        if 0 < x + x0 < n + n0
        else None,
    }


def wilson(x: int, n: int) -> tuple[float, float]:
    """The rates that the score test does not reject."""

    def excess(rate: float) -> float:
        return (x - n * rate) ** 2 - Z * Z * n * rate * (1 - rate)

    p = x / n
    low = bisected(excess, p, 0.0) if x else 0.0
    high = bisected(excess, p, 1.0) if x < n else 1.0
    return low, high


def koopman(x: int, n: int, x0: int, n0: int) -> tuple[float, float]:
    """The ratios that the score test does not reject, found on the line of their logarithms."""
    if not x and not x0:
        return 0.0, inf

    def excess(log_ratio: float) -> float:
        return score(float(2.0**log_ratio), x, n, x0, n0) - Z * Z

    # A ratio that the test does not reject: the one found; where that is 0 or infinite, one far enough out.
    inside = next(each for each in range(-200, 201) if excess(each) < 0) if not x or not x0 else log2(x / n * n0 / x0)
    low = 2.0 ** bisected(excess, inside, -300.0) if x else 0.0
    high = 2.0 ** bisected(excess, inside, 300.0) if x0 else inf
    return low, high


def log2(value: float) -> float:
    return bisected(lambda power: 2.0**power - value, -100.0, 100.0)


def score(ratio: float, x: int, n: int, x0: int, n0: int) -> float:
    """Koopman's statistic, as it is defined: two terms, at the most likely rates with that ratio."""
    q0 = most_likely(ratio, x, n, x0, n0)
    return term(x, n, ratio * q0) + term(x0, n0, q0)


def term(x: int, n: int, rate: float) -> float:
    variance = n * rate * (1 - rate)
    deviation = (x - n * rate) ** 2
    # A rate of 0 or 1 fits with what was found, or it is impossible.
    return deviation / variance if variance > 0 else 0.0 if deviation < 1e-9 else inf


def most_likely(ratio: float, x: int, n: int, x0: int, n0: int) -> float:
    """Where the likelihood of q0 and ratio·q0 no longer grows with q0."""

    def falls(q0: float) -> float:
        failures, failures0 = n - x, n0 - x0
        loss = ratio * failures / (1 - ratio * q0) if failures else 0.0
        return loss + (failures0 / (1 - q0) if failures0 else 0.0) - (x + x0) / q0

    last = min(1.0, 1 / ratio)
    if not n - x and not n0 - x0:
        return last
    low, high = 0.0, last
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if falls(middle) > 0 else (middle, high)
    return high


def bisected(function: Callable[[float], float], inside: float, outside: float) -> float:
    """Where a function that is negative inside, and positive outside, changes its sign."""
    for _ in range(200):
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            break
        inside, outside = (middle, outside) if function(middle) < 0 else (inside, middle)
    return inside


def means(sample: Sequence[float], baseline: Sequence[float]) -> Json:
    """Of values in dollars. Variances are exact: scipy's own lose what nearly equal values differ in."""
    m, m0 = mean(sample), mean(baseline)
    found: Json = {
        "difference": float(m - m0),
        "difference_interval": None,
        "lift": float(m / m0 - 1) if m0 else None,
        "lift_interval": None,
        "p_value": None,
    }
    if len(sample) < 2 or len(baseline) < 2 or len(set(sample)) == len(set(baseline)) == 1:
        return found
    v, v0 = variance(sample) / len(sample), variance(baseline) / len(baseline)
    freedom = (v + v0) ** 2 / (v**2 / (len(sample) - 1) + v0**2 / (len(baseline) - 1))
    t, error = float(stats.t.ppf(0.975, float(freedom))), sqrt(v + v0)
    deviations = [sqrt(variance(values)) for values in (sample, baseline)]
    tested = stats.ttest_ind_from_stats(
        float(m), deviations[0], len(sample), float(m0), deviations[1], len(baseline), equal_var=False
    )
    found |= {
        "difference_interval": [float(m - m0) - t * error, float(m - m0) + t * error],
        "p_value": float(tested.pvalue),
    }
    if m0:
        half = t * sqrt(v / m0**2 + m**2 * v0 / m0**4)
        found["lift_interval"] = [float(m / m0 - 1) - half, float(m / m0 - 1) + half]
    return found


def mean(values: Sequence[float]) -> Fraction:
    return sum(map(exact, values), Fraction()) / len(values)


def variance(values: Sequence[float]) -> Fraction:
    return sum(((exact(each) - mean(values)) ** 2 for each in values), Fraction()) / (len(values) - 1)


def exact(dollars: float) -> Fraction:
    """The micro-dollars that a number of dollars is made of."""
    return Fraction(round(dollars * 1_000_000), 1_000_000)


def ratio(counts: Sequence[int], weights: Sequence[float]) -> Json | None:
    weighed = [(count, weight) for count, weight in zip(counts, weights, strict=True) if weight > 0]
    number = sum(count for count, _ in weighed)
    if len(weighed) < 2 or not number:
        return None
    share = number / sum(weight for _, weight in weighed)
    tested = stats.chisquare([count for count, _ in weighed], [weight * share for _, weight in weighed])
    return {"p_value": float(tested.pvalue), "mismatch": bool(tested.pvalue < 0.001)}
