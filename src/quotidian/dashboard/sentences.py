"""What an experiment says, in sentences that need no statistics: pure functions of a language and numbers."""

from dataclasses import dataclass
from typing import Final

from quotidian.dashboard.languages import Language
from quotidian.dashboard.words import N_

ENOUGH_CONVERTERS: Final = 5
"""Fewer of them in one of two groups are too few to rely on a comparison (semantics.md §9)."""

_MOST_DECIMALS: Final = 4

Ends = tuple[float | None, float | None]
"""An interval of ratios; None is an end that is infinite."""


@dataclass(frozen=True)
class Comparison:
    """A variation against the baseline. `lift` is a ratio less 1, as are the ends of its interval.

    `name` begins a sentence and `baseline` stands within one, both in the reader's language; `value` is the rate, or of
    revenue the mean.
    """

    name: str
    baseline: str
    recipients: int
    baseline_recipients: int
    value: float | None
    baseline_value: float | None
    lift: float | None
    interval: Ends | None
    enough_data: bool
    is_revenue: bool = False


@dataclass(frozen=True)
class _Words:
    """The sentences about conversions, or about revenue."""

    nothing: str
    only: str
    only_at_least: str
    more: str
    more_or_above: str
    less: str
    unclear: str
    unclear_above: str
    more_exactly: str
    less_exactly: str
    more_perhaps: str
    less_perhaps: str
    same_perhaps: str
    few: str


_CONVERSIONS: Final = _Words(
    nothing=N_("Nobody has converted yet, neither here nor there, so there is nothing to compare."),
    only=N_("%(name)s has conversions and %(baseline)s has none; the data do not tell by how much they differ."),
    only_at_least=N_(
        "%(name)s has conversions and %(baseline)s has none; the data allow for at least %(low)s more often."
    ),
    more=N_("%(name)s converts %(lift)s more often than %(baseline)s; the data allow for %(low)s to %(high)s."),
    more_or_above=N_("%(name)s converts %(lift)s more often than %(baseline)s; the data allow for %(low)s and above."),
    less=N_("%(name)s converts %(lift)s less often than %(baseline)s; the data allow for %(low)s to %(high)s."),
    unclear=N_(
        "%(name)s may convert more or less often than %(baseline)s: from %(low)s to %(high)s; the data do not tell."
    ),
    unclear_above=N_(
        "%(name)s may convert more or less often than %(baseline)s: from %(low)s upwards; the data do not tell."
    ),
    more_exactly=N_(
        "%(name)s converts %(lift)s more often than %(baseline)s; the data allow for hardly anything else."
    ),
    less_exactly=N_(
        "%(name)s converts %(lift)s less often than %(baseline)s; the data allow for hardly anything else."
    ),
    more_perhaps=N_("%(name)s converts %(lift)s more often than %(baseline)s; the data do not tell if that is chance."),
    less_perhaps=N_("%(name)s converts %(lift)s less often than %(baseline)s; the data do not tell if that is chance."),
    same_perhaps=N_("%(name)s converts as often as %(baseline)s; the data do not tell if that is chance."),
    few=N_("Fewer than %(least)s have converted on one of the two sides, which is too few to rely on."),
)
_REVENUE: Final = _Words(
    nothing=N_("There is no revenue yet, neither here nor there, so there is nothing to compare."),
    only=N_("%(name)s has revenue and %(baseline)s has none; the data do not tell by how much they differ."),
    only_at_least=N_("%(name)s has revenue and %(baseline)s has none; the data allow for at least %(low)s more."),
    more=N_("%(name)s earns %(lift)s more a recipient than %(baseline)s; the data allow for %(low)s to %(high)s."),
    more_or_above=N_(
        "%(name)s earns %(lift)s more a recipient than %(baseline)s; the data allow for %(low)s and above."
    ),
    less=N_("%(name)s earns %(lift)s less a recipient than %(baseline)s; the data allow for %(low)s to %(high)s."),
    unclear=N_(
        "%(name)s may earn more or less a recipient than %(baseline)s: from %(low)s to %(high)s; the data do not tell."
    ),
    unclear_above=N_(
        "%(name)s may earn more or less a recipient than %(baseline)s: from %(low)s upwards; the data do not tell."
    ),
    more_exactly=N_(
        "%(name)s earns %(lift)s more a recipient than %(baseline)s; the data allow for hardly anything else."
    ),
    less_exactly=N_(
        "%(name)s earns %(lift)s less a recipient than %(baseline)s; the data allow for hardly anything else."
    ),
    more_perhaps=N_(
        "%(name)s earns %(lift)s more a recipient than %(baseline)s; the data do not tell if that is chance."
    ),
    less_perhaps=N_(
        "%(name)s earns %(lift)s less a recipient than %(baseline)s; the data do not tell if that is chance."
    ),
    same_perhaps=N_("%(name)s earns as much a recipient as %(baseline)s; the data do not tell if that is chance."),
    few=N_("Fewer than %(least)s have bought on one of the two sides, which is too few to rely on."),
)

_NO_RECIPIENTS: Final = N_("%(name)s has no recipients on these days, so there is nothing to compare.")
_NO_BASELINE: Final = N_("There is nothing to compare %(name)s with: %(baseline)s has no recipients on these days.")
_LESS_THAN: Final = N_("less than %(least)s")


def sentence(language: Language, compared: Comparison) -> str:
    """What a comparison says: the difference and what else the data allow for, or that they do not tell."""
    words = _REVENUE if compared.is_revenue else _CONVERSIONS
    text, amounts = _said(compared, words)
    return language.gettext(text) % {"name": compared.name, "baseline": compared.baseline, **_told(language, amounts)}


def caution(language: Language, compared: Comparison) -> str:
    """That there is not enough data to rely on what the sentence says; '' if there is, or if there is none at all."""
    if compared.enough_data or not (compared.recipients and compared.baseline_recipients):
        return ""
    words = _REVENUE if compared.is_revenue else _CONVERSIONS
    return language.gettext(words.few) % {"least": language.number(ENOUGH_CONVERTERS)}


@dataclass(frozen=True)
class _Amounts:
    """Ratios that a sentence tells by name; with their signs, or as amounts."""

    ratios: dict[str, float]
    signed: bool = False


_NONE: Final = _Amounts({})


def _said(compared: Comparison, words: _Words) -> tuple[str, _Amounts]:
    """The text, and the amounts in it."""
    if not compared.recipients:
        return _NO_RECIPIENTS, _NONE
    if not compared.baseline_recipients:
        return _NO_BASELINE, _NONE
    if compared.lift is None:
        return _said_of_none(compared, words)
    if compared.interval is None:
        text = words.more_perhaps if compared.lift > 0 else words.less_perhaps
        return (text if compared.lift else words.same_perhaps), _Amounts({"lift": abs(compared.lift)})
    return _said_of_interval(compared.lift, *compared.interval, words)


def _said_of_none(compared: Comparison, words: _Words) -> tuple[str, _Amounts]:
    """Of a baseline without any conversion or revenue, to which there is no ratio."""
    if not compared.value:
        return words.nothing, _NONE
    low = compared.interval[0] if compared.interval else None
    if low is not None and low > 0:
        return words.only_at_least, _Amounts({"low": low})
    return words.only, _NONE


def _said_of_interval(lift: float, low: float | None, high: float | None, words: _Words) -> tuple[str, _Amounts]:
    low = -1.0 if low is None else low  # there is nothing below none at all
    if low > 0:
        if high is None:
            return words.more_or_above, _Amounts({"lift": lift, "low": low})
        text = words.more_exactly if _is_narrow(low, high) else words.more
        return text, _Amounts({"lift": lift, "low": low, "high": high})
    if high is not None and high < 0:
        # Of what is less, the end that is nearer to nothing is told first.
        text = words.less_exactly if _is_narrow(low, high) else words.less
        return text, _Amounts({"lift": -lift, "low": -high, "high": -low})
    if high is None:
        return words.unclear_above, _Amounts({"low": low}, signed=True)
    return words.unclear, _Amounts({"low": low, "high": high}, signed=True)


def _is_narrow(low: float, high: float) -> bool:
    """Whether both ends look the same with as many decimals as a sentence has."""
    return _shown(low, _MOST_DECIMALS) == _shown(high, _MOST_DECIMALS)


def _told(language: Language, amounts: _Amounts) -> dict[str, str]:
    """Amounts as a sentence has them, with so few decimals that they still differ from each other and from 0."""
    decimals = _decimals(list(amounts.ratios.values()))
    return {name: _amount(language, ratio, decimals, amounts.signed) for name, ratio in amounts.ratios.items()}


def _decimals(ratios: list[float]) -> int:
    for decimals in range(_MOST_DECIMALS):
        shown = [_shown(ratio, decimals) for ratio in ratios]
        if len(set(shown)) == len(set(ratios)) and all(
            value or not ratio for value, ratio in zip(shown, ratios, strict=True)
        ):
            return decimals
    return _MOST_DECIMALS


def _shown(ratio: float, decimals: int) -> float:
    return round(100 * ratio, decimals)


def _amount(language: Language, ratio: float, decimals: int, signed: bool) -> str:
    if not _shown(ratio, decimals):
        if ratio > 0 and not signed:
            return language.gettext(_LESS_THAN) % {"least": language.rounded_percent(10 ** -(decimals + 2), decimals)}
        return language.rounded_percent(0, 0)
    return language.rounded_percent(ratio, decimals, signed=signed)
