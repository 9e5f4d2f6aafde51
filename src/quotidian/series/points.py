"""Points: the JSON of a day, stored as it is served."""

from quotidian.days import date_of


def point(day: int, body: bytes) -> bytes:
    """A point from its body: the same for every series."""
    return b'{"time":"%s",%s' % (date_of(day).isoformat().encode(), body)
