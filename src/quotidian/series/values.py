"""The numbers of a point, each with what it is of. So points are compared, listed row by row, and explained."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from quotidian.domain.channels import CONTROL, STEP, VARIANT
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEND
from quotidian.series.points import whole


class Metric(NamedTuple):
    """A number of a point: the key of the number, and the element that has it.

    Of campaigns and sends `channel` is a channel's key or CONTROL, and `variation` the `variation_api_id`. Of canvases
    `channel` is VARIANT or STEP, or the channel of a step's messages, and `variation` the id of the variant or step. Of
    the day's totals, and of what has no elements, `channel` is ''.
    """

    name: str
    channel: str = ""
    variation: str | None = None


TOTAL: Final = ""
"""The channel of what is no element's."""

Values = dict[Metric, float]


def values(kind: str, point: bytes) -> Values:
    """All numbers of a point as it is stored, zeros included. A control group's, which each channel lists, once."""
    return {
        Metric(name, *element): number
        for element, stats in _elements(kind, point)
        for name, number in stats.items()
        if isinstance(number, _NUMBERS)
    }


def above_zero(kind: str, point: bytes | None) -> Values:
    """The numbers of a point that are not 0: points with the same are the same (semantics.md §11, "Changes")."""
    # Most numbers are 0, and left out first: all points that are rendered anew are compared.
    return {
        Metric(name, *element): number
        for element, stats in (_elements(kind, point) if point else ())
        for name, number in stats.items()
        if number and isinstance(number, _NUMBERS)
    }


def controlled(kind: str, point: bytes | None) -> frozenset[str]:
    """The channels of a campaign's point that list a control group: in each the group's numbers are the point's."""
    if kind not in (CAMPAIGN, SEND) or not point or b'"enrolled":' not in point:
        return frozenset()
    messages = msgspec.json.decode(point)["messages"]
    return frozenset(
        channel
        for channel, elements in messages.items()
        for element in elements
        if "enrolled" in element and any(number for number in element.values() if isinstance(number, _NUMBERS))
    )


_NUMBERS: Final = (int, float)

_Element = tuple[str, str | None]
_TOTALS: Final[_Element] = (TOTAL, None)


def _elements(kind: str, point: bytes) -> Iterator[tuple[_Element, Mapping[str, Any]]]:
    """What has numbers: channel and variation of each element, and the JSON object that it is."""
    decoded = msgspec.json.decode(whole(kind, point))
    return _of_canvas(decoded) if kind == CANVAS else _of_campaign(decoded)


def _of_campaign(point: Mapping[str, Any]) -> Iterator[tuple[_Element, Mapping[str, Any]]]:
    yield _TOTALS, point
    for channel, elements in point.get("messages", {}).items():
        for element in elements:
            # Only a control group has this key, in whatever channel it is listed.
            place = CONTROL if "enrolled" in element else channel
            yield (place, element["variation_api_id"]), element


def _of_canvas(point: Mapping[str, Any]) -> Iterator[tuple[_Element, Mapping[str, Any]]]:
    yield _TOTALS, point["total_stats"]
    for variant, stats in point["variant_stats"].items():
        yield (VARIANT, variant), stats
    for step, stats in point["step_stats"].items():
        yield (STEP, step), stats
        for channel, elements in stats["messages"].items():
            for element in elements:
                yield (channel, step), element
