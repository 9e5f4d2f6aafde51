"""Numbers that are made of several of a point: sums over channels and variations, and shares of one in another."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from quotidian.dashboard.rates import CAMPAIGN_RATES, CANVAS_RATES, Rate
from quotidian.dashboard.words import N_
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEND
from quotidian.domain.ratios import share
from quotidian.domain.totals import SOURCES
from quotidian.series.values import Metric


class Combined(NamedTuple):
    """A number made of others of the point: their sum, or with `shared` the share that it is of the sum of those.

    `ingredients` are the keys of the numbers whose share it is.
    """

    name: str
    definition: str
    summed: tuple[Metric, ...]
    shared: tuple[Metric, ...] | None = None
    ingredients: tuple[str, ...] = ()

    def value(self, numbers: Mapping[Metric, float]) -> float | None:
        """The number of some numbers by what they are of, or of their sums; None is a share of nothing."""
        whole = sum(numbers.get(metric, 0) for metric in self.summed)
        if self.shared is None:
            return whole
        return share(whole, sum(numbers.get(metric, 0) for metric in self.shared))


class _Total(NamedTuple):
    name: str
    definition: str


_TOTALS: Final[Mapping[str, _Total]] = {
    "sent": _Total(
        N_("Sent"),
        N_("What was sent, over all channels and variations; in-app messages count with their impressions."),
    ),
    "deliverable": _Total(
        N_("Sent, where deliveries are told"),
        N_("What was sent in the channels that tell what was delivered, over all variations."),
    ),
    "delivered": _Total(
        N_("Delivered"),
        N_("What was delivered, over all variations of the channels that tell it."),
    ),
    "openable": _Total(
        N_("Delivered, where opens are told"),
        N_(
            "What was delivered, or sent where deliveries are not told, over all variations of the channels that "
            "tell what was opened."
        ),
    ),
    "opens": _Total(
        N_("Opens"),
        N_("Opens over all channels and variations: of e-mails unique opens, of WhatsApp those that were read."),
    ),
    "clickable": _Total(
        N_("Delivered, where clicks are told"),
        N_(
            "What was delivered, or sent where deliveries are not told, over all variations of the channels that "
            "tell what was clicked."
        ),
    ),
    "clicks": _Total(
        N_("Clicks"),
        N_("Clicks over all channels and variations: of e-mails and content cards unique clicks."),
    ),
}


_RATES: Final[Mapping[str, Mapping[str, Rate]]] = {
    CAMPAIGN: CAMPAIGN_RATES,
    SEND: CAMPAIGN_RATES,
    CANVAS: CANVAS_RATES,
}
_KEYS: Final = {"recipients": "unique_recipients"}
"""The keys in points of what rates call otherwise."""

_SUM: Final = N_("The sum over the variations of the channel, each of which has a meaning of its own.")


def find_combined(kind: str, metric: Metric, known: Iterable[Metric]) -> Combined | None:
    """A number of a campaign, send or canvas that is shown and is none of its points; None if there is none.

    `known` are the numbers of its points. With a channel it is that channel's, over all variations; with a variation
    too it is that one's.
    """
    if kind not in _RATES:
        return None
    within = [each for each in known if _is_within(each, metric)]
    if rate := _RATES[kind].get(metric.name):
        keys = (rate.number, _KEYS.get(rate.of, rate.of))
        number, of = (_of_total(key, within) or _of_key(key, metric.channel, within) for key in keys)
        return Combined(rate.title, rate.meaning, number, of, keys) if of else None
    total = _TOTALS.get(metric.name)
    if total and (found := _of_total(metric.name, within)):
        return Combined(total.name, total.definition, found)
    found = _of_key(metric.name, metric.channel, within) if metric.channel else ()
    return Combined("", _SUM, found) if found else None


def _is_within(each: Metric, asked: Metric) -> bool:
    return asked.channel in ("", each.channel) and asked.variation in (None, each.variation)


def _of_key(key: str, channel: str, within: Iterable[Metric]) -> tuple[Metric, ...]:
    """The numbers with this key of a channel's elements, or without a channel of the whole."""
    return tuple(each for each in within if (each.name, each.channel) == (key, channel))


def _of_total(key: str, within: Iterable[Metric]) -> tuple[Metric, ...]:
    """The numbers of elements that a total is the sum of; none of what is no total."""
    if key not in _TOTALS:
        return ()
    sources = ((each, SOURCES.get(each.channel)) for each in within)
    return tuple(each for each, source in sources if source and getattr(source, key) == each.name)
