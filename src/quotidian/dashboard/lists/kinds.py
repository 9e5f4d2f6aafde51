"""What is in the list of each kind. A table; the rest reads it."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from quotidian.dashboard.rates import CLICK_RATE, CONVERSION_RATE, DELIVERY_RATE, ENTRY_CONVERSION_RATE, OPEN_RATE, Rate
from quotidian.dashboard.tables import Form
from quotidian.dashboard.words import N_
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, EVENT, PATHS, SEGMENT, SIZE


class Measure(NamedTuple):
    """A number of a list: its name among the totals, its key in addresses, its title; and the rate that is below it."""

    name: str
    metric: str
    title: str
    form: Form = "number"
    rate: Rate | None = None


@dataclass(frozen=True)
class ListKind:
    """A list: the kind of its items and of their series, and of which series its numbers are.

    `item_page` is the page of one item, which `parameter` names there and where its numbers are explained. `spark` is
    the measure of the small charts. A list that `has_change` compares that with the days before, instead of adding up.
    """

    kind: str
    series_kind: str
    item_page: str
    parameter: str
    title: str
    measures: tuple[Measure, ...]
    spark: Measure
    has_change: bool = False
    has_channels: bool = False
    has_archived: bool = False

    @property
    def series(self) -> str:
        """The path of the series of its items."""
        return PATHS[self.series_kind]

    @property
    def sorts(self) -> tuple[str, ...]:
        """What it can be sorted by."""
        rates = (measure.rate.name for measure in self.measures if measure.rate)
        return ("name", *(measure.name for measure in self.measures), *rates)


_SENT: Final = Measure("sent", "sent", N_("Sent"))
_EVENTS: Final = Measure("events", COUNT, N_("Times"))
_SIZE: Final = Measure("size", SIZE, N_("Size"))
_ENTRIES: Final = Measure("entries", "entries", N_("Entries"))
_REVENUE: Final = Measure("revenue", "revenue", N_("Revenue"), "money")

CAMPAIGN_LIST: Final = ListKind(
    CAMPAIGN,
    CAMPAIGN,
    "campaign",
    "campaign_id",
    N_("Campaigns"),
    (
        _SENT,
        Measure("delivered", "delivered", N_("Delivered"), rate=DELIVERY_RATE),
        Measure("opens", "opens", N_("Opens"), rate=OPEN_RATE),
        Measure("clicks", "clicks", N_("Clicks"), rate=CLICK_RATE),
        Measure("conversions", "conversions", N_("Conversions"), rate=CONVERSION_RATE),
        _REVENUE,
    ),
    _SENT,
    has_channels=True,
    has_archived=True,
)
CANVAS_LIST: Final = ListKind(
    CANVAS,
    CANVAS,
    "canvas",
    "canvas_id",
    N_("Canvases"),
    (
        _ENTRIES,
        Measure("conversions", "conversions", N_("Conversions"), rate=ENTRY_CONVERSION_RATE),
        _REVENUE,
    ),
    _ENTRIES,
    has_archived=True,
)
SEGMENT_LIST: Final = ListKind(SEGMENT, SIZE, "segment", "segment_id", N_("Segments"), (_SIZE,), _SIZE, has_change=True)
EVENT_LIST: Final = ListKind(EVENT, COUNT, "event", "event", N_("Custom events"), (_EVENTS,), _EVENTS, has_change=True)
