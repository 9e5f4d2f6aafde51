"""Questions about numbers: what a client or a command names, before it is known whether there is such a number."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from quotidian.domain.counts import in_words
from quotidian.domain.days import Day
from quotidian.domain.errors import UserError, shown
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, KPIS, PATHS, QUANTITY, REVENUE, SEND, SESSIONS, SIZE
from quotidian.domain.nearest import nearest
from quotidian.series.values import Metric

_LIKENESS: Final = 0.5


class BadQuestion(UserError):  # noqa: N818 - it names what was asked
    """There is no such number, or it cannot be asked for so."""


class SeriesKind(NamedTuple):
    """A series that can be asked about: its kind, the parameters that name one of them, and those that narrow it."""

    kind: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


SERIES: Final[Mapping[str, SeriesKind]] = {
    PATHS[each.kind]: each
    for each in (
        *(SeriesKind(name, (), ("app_id",)) for name in KPIS),
        SeriesKind(CAMPAIGN, ("campaign_id",)),
        SeriesKind(SEND, ("campaign_id", "send_id")),
        SeriesKind(CANVAS, ("canvas_id",)),
        SeriesKind(SIZE, ("segment_id",)),
        SeriesKind(SESSIONS, (), ("app_id", "segment_id")),
        SeriesKind(COUNT, ("event",), ("app_id", "segment_id")),
        SeriesKind(QUANTITY, (), ("app_id", "product")),
        SeriesKind(REVENUE, (), ("app_id", "product")),
    )
}
"""The series by the path at which the API answers them."""


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """A number of a day: `series` is a path of SERIES, the names of ids are those of its parameters; '' is not given.

    `metric`, `channel` and `variation` are those of a Metric.
    """

    series: str
    day: Day
    metric: str
    channel: str = ""
    variation: str | None = None
    app_id: str = ""
    campaign_id: str = ""
    send_id: str = ""
    canvas_id: str = ""
    segment_id: str = ""
    event: str = ""
    product: str = ""

    @property
    def number(self) -> Metric:
        """The number of the day's point."""
        return Metric(self.metric, self.channel, self.variation)

    @property
    def kind(self) -> str:
        """The kind of the series."""
        return self.of.kind

    @property
    def of(self) -> SeriesKind:
        """What names the series. Raises BadQuestion for a path that is none's."""
        if found := SERIES.get(self.series):
            return found
        near = nearest(self.series, SERIES, _LIKENESS)
        hint = f"; the nearest is {near}" if near else ""
        raise BadQuestion(f"series must be one of {', '.join(SERIES)}, not {shown(self.series)}{hint}")

    @property
    def ids(self) -> dict[str, str]:
        """The parameters that name and narrow the series, as they are given.

        Raises BadQuestion if one is missing, or one is given that the series has not: another number would be explained
        than the one that is meant.
        """
        given = {name: str(text) for name in _IDS if (text := getattr(self, name))}
        required, allowed = self.of.required, (*self.of.required, *self.of.optional)
        for name in required:
            if name not in given:
                raise BadQuestion(f"{name} is missing: {self.series} needs {in_words(required)}")
        for name in given:
            if name not in allowed:
                right = f"it has {in_words(allowed)}" if allowed else "it has no ids"
                raise BadQuestion(f"{name} does not go with {self.series}; {right}")
        return given


_IDS: Final = ("app_id", "campaign_id", "send_id", "canvas_id", "segment_id", "event", "product")
