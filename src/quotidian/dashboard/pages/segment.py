"""A segment: who is in it, and how many they were each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from quotidian.control.workspaces import Workspace
from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.lists.reading import definitions_of
from quotidian.dashboard.messaging import needed
from quotidian.dashboard.page import Shown
from quotidian.dashboard.ranges import Range, days_of
from quotidian.dashboard.tables import Linked
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_, sentence
from quotidian.domain.days import Slice
from quotidian.domain.kinds import PATHS, SEGMENT, SIZE
from quotidian.domain.ratios import change
from quotidian.domain.segments import Segment
from quotidian.series.listing.read import item_details
from quotidian.series.read import UnknownSubject
from quotidian.series.segments.read import read_sizes, size_in


@dataclass(frozen=True)
class _Sizes:
    details: Mapping[str, Any]
    definition: Segment | None
    now: Sequence[int]
    before: Sequence[int]


async def segment(visit: Visit) -> Shown:
    """The segment that the parameter `segment_id` names."""
    segment_id = needed(visit, "segment_id")
    sizes = await visit.read(_read, visit.workspace, segment_id, visit.range)

    def address(day: Any = None) -> str:
        return visit.number(PATHS[SIZE], SIZE, segment_id=segment_id, day=day and day.isoformat())

    line = Line(N_("Size"), sizes.now, address)
    days = days_of(visit.range.days)
    chart = DailyChart("sizes", N_("Size a day"), days, [line], before=sizes.before)
    definition = sizes.definition
    now, least, most = sizes.now[-1], min(sizes.now), max(sizes.now)
    of_day = dict(zip(sizes.now[::-1], days[::-1], strict=True))
    values = {
        "details": sizes.details,
        "definition": sentence(definition.in_words(visit.language)) if definition else "",
        "knows_details": visit.may("segments.details"),
        "size": Linked(now, address(visit.range.last)),
        "smallest": Linked(least, address(of_day[least])),
        "largest": Linked(most, address(of_day[most])),
        "change": change(now, sizes.before[-1]),
        "chart": chart,
    }
    return Shown(values, {chart.name: chart.numbers})


def _read(connection: Connection, workspace: Workspace, segment_id: str, days: Range) -> _Sizes:
    details = item_details(connection, workspace, SEGMENT, segment_id)
    if details is None:
        raise UnknownSubject(workspace, SEGMENT, segment_id)

    def sizes(of: Slice) -> list[int]:
        return [size_in(point) for point in read_sizes(connection, workspace, segment_id, of)]

    definition = definitions_of(connection, workspace, [segment_id]).get(segment_id)
    return _Sizes(msgspec.json.decode(details), definition, sizes(days.days), sizes(days.before))
