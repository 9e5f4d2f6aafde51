"""semantics.md, section 7, in slow and obvious Python: sessions, custom events and purchases, by day and by hour.

Built on the oracle of sections 1 to 5, in the same way: every answer is computed again from all events. Where
semantics.md is silent, docs/metrics.md says what was chosen.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from oracle import PURCHASE, SECOND, SESSION, Event, Oracle, Point

CUSTOM_EVENT = "users.behaviors.CustomEvent"


class ExportOracle(Oracle):
    """The oracle of the rest of the Export API."""

    @property
    def event_names(self) -> list[str]:
        """Names of custom events, alphabetical: Python compares strings by code point."""
        return sorted({name for event in self._events if event.type == CUSTOM_EVENT and (name := event.text("name"))})

    @property
    def products(self) -> list[str]:
        """What was bought."""
        return sorted({item for event in self._events if event.type == PURCHASE and (item := event.text("product_id"))})

    def sessions(self, times: Sequence[date | str], app_id: str | None = None) -> list[Point]:
        """Points of days (dates) or hours (their `time`)."""
        return self._counted("sessions", self._of_app(SESSION, app_id), times, len)

    def event_counts(self, name: str, times: Sequence[date | str], app_id: str | None = None) -> list[Point]:
        """How often a custom event happened."""
        events = [event for event in self._of_app(CUSTOM_EVENT, app_id) if event.text("name") == name]
        return self._counted("count", events, times, len)

    def quantities(
        self, times: Sequence[date | str], app_id: str | None = None, product: str | None = None
    ) -> list[Point]:
        """Number of purchases. Choice: those whose price or currency cannot be used are purchases too."""
        return self._counted("purchase_quantity", self._bought(app_id, product), times, len)

    def revenue(
        self, times: Sequence[date | str], app_id: str | None = None, product: str | None = None
    ) -> list[Point]:
        """US dollars, as in section 4: whole micro-dollars each, summed, divided once."""

        def dollars(found: list[Event]) -> float:
            return sum(self._usd_micros(purchase) or 0 for purchase in found) / 1_000_000

        return self._counted("revenue", self._bought(app_id, product), times, dollars)

    def _bought(self, app_id: str | None, product: str | None) -> list[Event]:
        purchases = self._of_app(PURCHASE, app_id)
        return purchases if product is None else [each for each in purchases if each.text("product_id") == product]

    def _counted(
        self, key: str, events: list[Event], times: Sequence[date | str], number: Callable[[list[Event]], float]
    ) -> list[Point]:
        found: dict[date | str, list[Event]] = defaultdict(list)
        for event in events:
            found[event.day].append(event)
            found[self._hour(event.time)].append(event)
        return [{"time": str(time), key: number(found[time])} for time in times]

    def _hour(self, time: int) -> str:
        """Section 7, Hours: the full hour of a moment in workspace time, with the moment's offset."""
        local = datetime.fromtimestamp(time // SECOND, self.zone)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%dT%H}:00:00{offset[:3]}:{offset[3:]}"

    def hours(self, ending: datetime, length: int) -> list[str]:
        """The hours that end with a moment's, ascending: found by going back a minute at a time."""
        found: list[str] = []
        moment = ending.astimezone(UTC)
        while len(found) <= length:
            hour = self._hour(int(moment.timestamp()) * SECOND)
            if not found or found[-1] != hour:
                found.append(hour)
            moment -= timedelta(minutes=1)
        return found[length - 1 :: -1]
