"""Times in the catalogue: in UTC, which is the zone of those that have none."""

from datetime import UTC, datetime

from quotidian.domain.days import micros_of


def in_utc(time: datetime | None) -> datetime | None:
    """A time in UTC, which is its zone if it has none.

    Raises OverflowError if it has no year there.
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


def micros_or(given: datetime | None, otherwise: int) -> int:
    """A time in microseconds; another where none is given."""
    time = in_utc(given)
    return otherwise if time is None else micros_of(time)
