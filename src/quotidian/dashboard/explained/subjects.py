"""What a number is of: the campaign, the canvas, the variation, the app, with their names."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from quotidian.dashboard.explained.asked import Asked
from quotidian.dashboard.explained.told import Of
from quotidian.dashboard.naming import CHANNEL_NAMES
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.channels import CONTROL, STEP, VARIANT
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEGMENT, SEND
from quotidian.series.listing.read import item_name
from quotidian.series.points import whole
from quotidian.series.values import Metric

Element = tuple[str, str | None]

_SUBJECTS: Final[Mapping[str, tuple[str, str]]] = {
    "campaign_id": (N_("Campaign"), CAMPAIGN),
    "send_id": (N_("Send"), SEND),
    "canvas_id": (N_("Canvas"), CANVAS),
    "segment_id": (N_("Segment"), SEGMENT),
    "event": (N_("Custom event"), "event"),
    "product": (N_("Product"), ""),
    "app_id": (N_("App"), ""),
}
"""By the parameter that names it: what it is, and the page about it, which has the name of the kind."""

_LISTED: Final = (CAMPAIGN, CANVAS, SEGMENT)


class Names(NamedTuple):
    """The names that a series has: of its subject by the parameter that has its id, and of its elements."""

    subjects: Mapping[str, str]
    elements: Mapping[Element, str]


def names_of(
    connection: Connection, visit: Visit, kind: str, ids: Mapping[str, str], point: bytes | None = None
) -> Names:
    """The names of what a series is about; of its elements those in a point."""
    subjects = {}
    for parameter, given in ids.items():
        _, page = _SUBJECTS.get(parameter, ("", ""))
        name = item_name(connection, visit.workspace, page, given) if page in _LISTED else None
        subjects[parameter] = name or given
    return Names(subjects, dict(_elements(kind, point)) if point else {})


def _elements(kind: str, point: bytes) -> Iterator[tuple[Element, str]]:
    if kind == CANVAS:
        decoded = msgspec.json.decode(whole(kind, point))
        for place, stats in ((VARIANT, decoded["variant_stats"]), (STEP, decoded["step_stats"])):
            yield from (((place, each), stats[each]["name"]) for each in stats if stats[each].get("name"))
    elif kind in (CAMPAIGN, SEND):
        for channel, elements in msgspec.json.decode(point)["messages"].items():
            for element in elements:
                if element["variation_name"]:
                    place = CONTROL if "enrolled" in element else channel
                    yield (place, element["variation_api_id"]), element["variation_name"]


def of_what(visit: Visit, asked: Asked, names: Names, metric: Metric | None = None) -> list[Of]:
    """What a number is of, from the whole to its part; with a `metric` a number of the same series."""
    channel, variation = (asked.channel, asked.variation) if metric is None else (metric.channel, metric.variation)
    is_whole_channel = metric is None and variation is None and (channel, None) not in names.elements
    text = visit.language.gettext
    found = [_subject(visit, asked, names, parameter) for parameter in asked.ids if parameter in _SUBJECTS]
    if channel in (VARIANT, STEP):
        label = N_("Variant") if channel == VARIANT else N_("Step")
        return [*found, Of(text(label), _element_name(visit, names, (channel, variation)))]
    if channel:
        found.append(_channel(visit, channel))
        if "canvas_id" in asked.ids:
            found.append(Of(text(N_("Step")), _element_name(visit, names, (STEP, variation))))
        elif variation is not None or not is_whole_channel:
            found.append(Of(text(N_("Variation")), _element_name(visit, names, (channel, variation))))
    return found


def _subject(visit: Visit, asked: Asked, names: Names, parameter: str) -> Of:
    label, page = _SUBJECTS[parameter]
    ids = {parameter: asked.ids[parameter]}
    if page == SEND:
        ids["campaign_id"] = asked.ids["campaign_id"]
    return Of(visit.language.gettext(label), names.subjects[parameter], visit.to(page, **ids) if page else "")


def _channel(visit: Visit, channel: str) -> Of:
    if channel == CONTROL:
        return Of(visit.language.gettext(N_("Group")), visit.language.gettext(N_("Control group")))
    return Of(visit.language.gettext(N_("Channel")), visit.language.gettext(CHANNEL_NAMES.get(channel, channel)))


def _element_name(visit: Visit, names: Names, element: Element) -> str:
    _, variation = element
    return names.elements.get(element) or variation or visit.language.gettext(N_("Without a variation"))


def parameters_of(asked: Asked, *names: str) -> dict[str, Any]:
    """Some of the parameters of what was asked, for the address of another number."""
    return {name: asked.ids[name] for name in names if name in asked.ids}
