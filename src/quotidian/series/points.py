"""Points: the JSON of a day, stored as it is served."""

from quotidian.domain.days import date_of


def point(day: int, body: bytes) -> bytes:
    """A point from its body: the same for every series."""
    return b'{"time":"%s",%s' % (date_of(day).isoformat().encode(), body)


def kpi_body(kind: str, number: int) -> bytes:
    """The body of a KPI's point: its one number."""
    return b'"%s":%d}' % (kind.encode(), number)
