"""The figures of a campaign or a send: what was sent, what became of it, and how that compares with the days before."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from quotidian.dashboard.messages import totals_of_parts
from quotidian.dashboard.messaging import Messaging
from quotidian.dashboard.tables import Form
from quotidian.dashboard.words import N_
from quotidian.domain.ratios import change, share
from quotidian.domain.totals import Totals
from quotidian.series.values import Metric


class Figure(NamedTuple):
    """A number that stands alone: its name, where it leads, how much larger it is than before, and what it is of.

    `share` is the rate that belongs to it, with the words of `share_of`, in which %(share)s stands for it, and
    `share_address` where that leads.
    """

    title: str
    value: float | None
    form: Form
    address: str
    change: float | None
    share: float | None = None
    share_of: str = ""
    share_form: Form = "percent"
    share_address: str = ""


class _Total(NamedTuple):
    """A total: its name and title, and the rate that it makes, in words."""

    name: str
    title: str
    rate: str = ""
    share_of: str = ""


_TOTALS: Final = (
    _Total("sent", N_("Sent")),
    _Total("delivered", N_("Delivered"), "delivery_rate", N_("%(share)s of what was sent")),
    _Total("opens", N_("Opens"), "open_rate", N_("%(share)s of what arrived")),
    _Total("clicks", N_("Clicks"), "click_rate", N_("%(share)s of what arrived")),
)


def figures_of(of: Messaging, sums: Mapping[Metric, float], before: Mapping[Metric, float]) -> list[Figure]:
    """The figures; what no channel has is left out."""
    now, then = totals_of_parts(sums, of.parts), totals_of_parts(before, of.parts)
    recipients = now.recipients
    return [
        _own(of, N_("Recipients"), "unique_recipients", _Pair(recipients, then.recipients)),
        *(_total(of, each, now, then) for each in _TOTALS if getattr(now, each.name) is not None),
        _own(of, N_("Conversions"), "conversions", _Pair(now.conversions, then.conversions))._replace(
            share=share(now.conversions, recipients),
            share_of=N_("%(share)s of recipients"),
            share_address=of.number(Metric("conversion_rate")),
        ),
        _own(of, N_("Revenue"), "revenue", _Pair(now.dollars, then.dollars))._replace(
            form="money",
            share=share(now.dollars, recipients),
            share_of=N_("%(share)s a recipient"),
            share_form="money",
        ),
    ]


class _Pair(NamedTuple):
    now: float | None
    before: float | None


def _own(of: Messaging, title: str, key: str, pair: _Pair) -> Figure:
    return Figure(title, pair.now, "number", of.number(Metric(key)), change(*pair))


def _total(of: Messaging, total: _Total, now: Totals, before: Totals) -> Figure:
    return Figure(
        total.title,
        getattr(now, total.name),
        "number",
        of.number(Metric(total.name)),
        change(getattr(now, total.name), getattr(before, total.name)),
        getattr(now, total.rate) if total.rate else None,
        total.share_of,
        share_address=of.number(Metric(total.rate)) if total.rate else "",
    )
