"""Times in the catalogue: those without an offset are UTC."""

from datetime import UTC, datetime
from typing import TypeVar

from quotidian.domain.days import micros_of


def in_utc(time: datetime | None) -> datetime | None:
    """The time in UTC.

    Raises OverflowError if its year in UTC is before 1 or after 9999.
    """
    if time is None:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def check_times(entry: object, *names: str) -> None:
    """Raise ValueError if one of an entry's times has no year in UTC."""
    for name in names:
        try:
            in_utc(getattr(entry, name))
        except OverflowError as error:
            raise ValueError(f"{name} is beyond the calendar in UTC") from error


Otherwise = TypeVar("Otherwise", int, int | None)


def micros_or(given: datetime | None, otherwise: Otherwise) -> int | Otherwise:
    """A time in microseconds; `otherwise` if none is given."""
    time = in_utc(given)
    return otherwise if time is None else micros_of(time)
