"""Points: the JSON of a day, stored as it is served.

A canvas's point is kept in pieces, a line each: the time and the totals, the variants, the steps, and the steps that
the catalogue calls deleted. JSON has no line break of its own.
"""

from quotidian.domain.days import date_of
from quotidian.domain.kinds import CANVAS


def point(day: int, body: bytes) -> bytes:
    """A point: a day's time, and a body that has everything behind it."""
    return b'{"time":"%s",%s' % (date_of(day).isoformat().encode(), body)


def kpi_body(kind: str, number: int) -> bytes:
    """The body of a point with one number."""
    return b'"%s":%d}' % (kind.encode(), number)


def joined(point: bytes, *, variants: bool, steps: bool, deleted_steps: bool) -> bytes:
    """The pieces of a canvas's point that were asked for, as one JSON object (from wherever its first piece begins)."""
    totals, of_variants, of_steps, of_deleted = point.split(b"\n")
    pieces = [totals]
    if variants:
        pieces.append(b'"variant_stats":{%s}' % of_variants)
    if steps:
        members = [piece for piece in (of_steps, of_deleted if deleted_steps else b"") if piece]
        pieces.append(b'"step_stats":{%s}' % b",".join(members))
    return b",".join(pieces) + b"}"


def whole(kind: str, point: bytes) -> bytes:
    """A stored point as one JSON object; a canvas's with all of its pieces."""
    return joined(point, variants=True, steps=True, deleted_steps=True) if kind == CANVAS else point
