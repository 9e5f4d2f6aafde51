"""Numbers that are worked out when they are asked for: of windows of days, growth and retention."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection

from quotidian.control.dirty_days import AGE_CAP, GAP_CAP
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.explained.asked import Asked
from quotidian.dashboard.explained.subjects import names_of, of_what, parameters_of
from quotidian.dashboard.explained.told import Of, Part, Told
from quotidian.dashboard.given import number_given
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.tables import Form
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.ratios import share
from quotidian.domain.wording import days_in_words
from quotidian.series.activity.cohorts import GROWTH_DAYS
from quotidian.series.activity.read import read_active, read_growth, read_retention
from quotidian.series.activity.windows import MAU_DAYS
from quotidian.series.read import require_app

_RETAINED: Final = re.compile(r"(retained|retention)_(0|[1-9]\d?)", re.ASCII)
_RETENTION: Final = N_("Retention after %(days)s")
_STAYED: Final = N_("Retained after %(days)s")


class _Growth(NamedTuple):
    name: str
    definition: str
    form: Form = "number"


_ACTIVE: Final = _Growth(
    N_("Active users over %(window)s"),
    N_("Distinct users with a session in the window of %(window)s that ends with the day."),
)
_GROWTH: Final[Mapping[str, _Growth]] = {
    "active": _ACTIVE,
    "new": _Growth(
        N_("New users over %(window)s"),
        N_("Distinct users whose first session of all is in the window of %(window)s that ends with the day."),
    ),
    "retained": _Growth(
        N_("Retained users over %(window)s"),
        N_(
            "Distinct users with a session in the window of %(window)s that ends with the day, and in the one just "
            "before it too."
        ),
    ),
    "resurrected": _Growth(
        N_("Resurrected users over %(window)s"),
        N_(
            "Distinct users with a session in the window of %(window)s that ends with the day, with none in the one "
            "just before it, and with one before that."
        ),
    ),
    "lost": _Growth(
        N_("Lost users over %(window)s"),
        N_(
            "Distinct users without a session in the window of %(window)s that ends with the day, and with one in "
            "the window just before it."
        ),
    ),
    "stickiness": _Growth(
        N_("Stickiness"),
        N_("Active users of the day as a share of those of the 30 days that end with the day."),
        "percent",
    ),
}


def read_computed(connection: Connection, visit: Visit, asked: Asked) -> Told:
    """A number of `/v1/active_users`, `/v1/growth` or `/v1/retention`. Raises PageError and UnknownSubject."""
    require_app(connection, visit.workspace, asked.ids.get("app_id", ""))
    return _READ[asked.series](_Reading(connection, visit, asked))


@dataclass(frozen=True)
class _Reading:
    connection: Connection
    visit: Visit
    asked: Asked

    @property
    def app_id(self) -> str:
        return self.asked.ids.get("app_id", "")

    def text(self, english: str, **values: object) -> str:
        """A text in the reader's language."""
        text = self.visit.language.gettext(english)
        return text % values if values else text

    def window(self, default: int, most: int) -> int:
        """The window that is asked for, in days."""
        return number_given(self.asked.ids, "window", default, most)

    def what(self, *more: Of) -> list[Of]:
        """What the number is of."""
        ids = {name: given for name, given in self.asked.ids.items() if name == "app_id"}
        return [*of_what(self.visit, self.asked, names_of(self.connection, self.visit, "", ids)), *more]

    def sessions(self) -> list[Part]:
        """What all numbers of active users are made of."""
        named, day = parameters_of(self.asked, "app_id"), self.asked.date
        addresses = {
            N_("Active users a day"): self.visit.number("/kpi/dau/data_series", "dau", **named, day=day),
            N_("Active users over 30 days"): self.visit.number("/kpi/mau/data_series", "mau", **named, day=day),
            N_("Sessions"): self.visit.number("/sessions/data_series", "sessions", **named, day=day),
        }
        return [Part(self.text(name), address) for name, address in addresses.items()]

    def unknown(self, *known: str) -> PageError:
        """There is no such number."""
        text = N_("There is no number “%(metric)s” here; there are %(known)s.")
        return PageError(404, text, metric=self.asked.metric[:80], known=", ".join(known))


def _active_users(reading: _Reading) -> Told:
    asked = reading.asked
    if asked.metric != "active":
        raise reading.unknown("active")
    window = reading.window(MAU_DAYS, GAP_CAP)
    found = read_active(reading.connection, reading.visit.workspace, reading.app_id, asked.days, window)
    return _of_window(reading, _ACTIVE, window, [active for _, active in found])


def _growth(reading: _Reading) -> Told:
    asked = reading.asked
    if asked.metric not in _GROWTH:
        raise reading.unknown(*_GROWTH)
    window = reading.window(GROWTH_DAYS, GAP_CAP // 2)
    found = read_growth(reading.connection, reading.visit.workspace, reading.app_id, asked.days, window)
    numbers = [getattr(growth, asked.metric) for _, growth in found]
    return _of_window(reading, _GROWTH[asked.metric], window, numbers)


def _of_window(reading: _Reading, growth: _Growth, window: int, numbers: Sequence[float | None]) -> Told:
    written = {"window": days_in_words(reading.visit.language, window)}
    return Told(
        name=reading.text(growth.name, **written),
        of=reading.what(),
        definition=reading.text(growth.definition, **written),
        form=growth.form,
        days=days_of(reading.asked.days),
        values=numbers,
        parts=reading.sessions(),
    )


def _retention(reading: _Reading) -> Told:
    asked = reading.asked
    named = _RETAINED.fullmatch(asked.metric)
    if not named or int(named[2]) > AGE_CAP:
        raise reading.unknown("retained_0", f"retained_{AGE_CAP}", "retention_1", f"retention_{AGE_CAP}")
    is_share, after = named[1] == "retention", int(named[2])
    cohorts = read_retention(reading.connection, reading.visit.workspace, reading.app_id, asked.days, after)
    # Of the youngest cohorts the day has not come yet.
    found = [(users[0], users[after] if len(users) > after else None) for _, users in cohorts]
    began = sum(size for size, left in found if left is not None)
    came_back = sum(left for _, left in found if left is not None)
    written = {"days": days_in_words(reading.visit.language, after)}
    definition = (
        N_("Of the users whose first session of all is on the day, the share that had a session %(days)s later.")
        if is_share
        else N_("Users whose first session of all is on the day, and who had a session %(days)s later.")
    )
    return Told(
        name=reading.text(_RETENTION if is_share else _STAYED, **written),
        of=reading.what(),
        definition=reading.text(definition, **written),
        form="percent" if is_share else "number",
        days=days_of(asked.days),
        values=[share(left, size) if is_share else left for size, left in found],
        whole=share(came_back, began) if is_share else came_back,
        parts=_cohorts(reading, after) if is_share else reading.sessions(),
    )


def _cohorts(reading: _Reading, after: int) -> list[Part]:
    day = reading.asked.date
    return [
        Part(
            reading.text(_STAYED, days=days_in_words(reading.visit.language, age)),
            reading.visit.number("/v1/retention", f"retained_{age}", **parameters_of(reading.asked, "app_id"), day=day),
        )
        for age in dict.fromkeys((after, 0))
    ]


_READ: Final[Mapping[str, Callable[[_Reading], Told]]] = {
    "/v1/active_users": _active_users,
    "/v1/growth": _growth,
    "/v1/retention": _retention,
}
