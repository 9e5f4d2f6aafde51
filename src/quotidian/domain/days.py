"""Days and instants: the two ways in which Quotidian counts time.

A `Day` is a date in a workspace's time zone as the number of days since 1970-01-01: it subtracts to a gap and needs
no type that old ClickHouse lacks. A `Micros` is an instant in microseconds since the epoch, UTC.
"""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, NewType
from zoneinfo import ZoneInfo

from quotidian.domain.errors import UserError

Day = NewType("Day", int)
Micros = NewType("Micros", int)

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400


class Slice(NamedTuple):
    """The days from first to last, both included; none if last is before first."""

    first: Day
    last: Day


def day_of(value: date) -> Day:
    """The day number of a date."""
    return Day(value.toordinal() - _EPOCH_ORDINAL)


def date_of(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def now_micros() -> Micros:
    """This instant."""
    return micros_of(datetime.now(UTC))


def micros_of(instant: datetime) -> Micros:
    """Microseconds since the epoch of an aware datetime."""
    return Micros((instant - _EPOCH) // timedelta(microseconds=1))


def whole_second(instant: int) -> int:
    """The instant without its fraction of a second, in microseconds: what `iso_of` shows of it."""
    return instant // 1_000_000 * 1_000_000


def iso_of(instant: int) -> str:
    """ISO 8601 to the second with its offset, as clients parse it: `2026-03-29T12:00:00+00:00`."""
    return (_EPOCH + timedelta(seconds=instant // 1_000_000)).isoformat()


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of that name.

    Raises UserError if there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UserError(
            f"{name!r} is not an IANA time zone; right would be, for example, Europe/Paris or UTC"
        ) from error


def reach_days(seconds: int) -> int:
    """How many days later an instant can fall that is `seconds` later, in any time zone.

    One more than the division says: the instant may be late in the day, or the clock put forward in between.
    """
    return seconds // _DAY_SECONDS + 1
