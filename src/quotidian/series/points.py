"""Points: the JSON of a day, stored as it is served."""

from quotidian.domain.days import date_of


def point(day: int, body: bytes) -> bytes:
    """A point: a day's time, and a body that has everything behind it."""
    return b'{"time":"%s",%s' % (date_of(day).isoformat().encode(), body)


def kpi_body(kind: str, number: int) -> bytes:
    """The body of a point with one number."""
    return b'"%s":%d}' % (kind.encode(), number)
