"""The address of a number: its series, its key, what narrows it, and a day or a range of days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from quotidian.api.endpoints import ENDPOINTS
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.ranges import read_day
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.counts import in_words
from quotidian.domain.days import Day, Slice, date_of
from quotidian.series.explain.question import SERIES, Question

COMPUTED: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "/v1/active_users": ((), ("app_id", "window")),
    "/v1/growth": ((), ("app_id", "window")),
    "/v1/retention": ((), ("app_id",)),
    "/v1/campaigns/experiment": (("campaign_id",), ("conversion", "baseline")),
}
"""Series that are no points, by their path: the parameters that they need, and those that they may have."""

_IDS: Final = ("app_id", "campaign_id", "send_id", "canvas_id", "segment_id", "event", "product")
_LONGEST: Final = 80


@dataclass(frozen=True)
class Asked:
    """A number that is asked about: `day` is None for the range of the page. `ids` name and narrow its series."""

    series: str
    metric: str
    ids: Mapping[str, str]
    channel: str
    variation: str | None
    day: Day | None
    days: Slice

    @property
    def date(self) -> date | None:
        """The day as a date."""
        return None if self.day is None else date_of(self.day)

    @property
    def question(self) -> Question:
        """The same as a question about the last of the days. Only of series that are stored."""
        return Question(self.series, self.days.last, self.metric, self.channel, self.variation, **self.ids)


def asked_of(visit: Visit) -> Asked:
    """The number that an address asks about. Raises PageError for what names none, or none that the key may see."""
    given = visit.given
    series, metric = given.get("series", ""), given.get("metric", "")
    if not series or not metric:
        raise PageError(400, N_("The address of a number needs “series” and “metric”."))
    if series not in SERIES and series not in COMPUTED:
        raise PageError(404, N_("There is no series “%(name)s”."), name=series[:_LONGEST])
    visit.require(permission_of(series))
    day = read_day(given, "day") if "day" in given else None
    today = visit.range.today
    if day is not None and day > today:
        text = N_("%(day)s is after today, %(today)s.")
        raise PageError(400, text, day=date_of(day).isoformat(), today=date_of(today).isoformat())
    days = visit.range.days if day is None else Slice(day, day)
    ids = _ids(series, given)
    return Asked(series, metric, ids, given.get("channel", ""), given.get("variation_api_id"), day, days)


def _ids(series: str, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters that go with a series; whatever else stands in the address is of the page."""
    stored = SERIES.get(series)
    required, optional = (stored.required, stored.optional) if stored else COMPUTED[series]
    missing = [name for name in required if name not in given]
    if missing:
        raise PageError(400, N_("The numbers of %(series)s need %(names)s."), series=series, names=in_words(missing))
    wrong = [name for name in _IDS if name in given and name not in (*required, *optional)]
    if wrong:
        # The number without it would be another one than is meant.
        raise PageError(400, N_("%(name)s does not go with %(series)s."), name=wrong[0], series=series)
    return {name: given[name] for name in (*required, *optional) if name in given}


def permission_of(series: str) -> str:
    """The permission that the API asks for the numbers of a series."""
    return _PERMISSIONS.get(series, series.removeprefix("/v1").strip("/").replace("/", "."))


_PERMISSIONS: Final = {endpoint.path: endpoint.permission for endpoint in ENDPOINTS}
