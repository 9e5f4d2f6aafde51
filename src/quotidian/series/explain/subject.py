"""What a question is about, among what is published: the value of the number, and what it depends on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, select

from quotidian.catalogue import money_of, segments_of
from quotidian.control.dirty_days import SEGMENTS, first_day
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice, date_of, day_of
from quotidian.domain.errors import shown
from quotidian.domain.kinds import CANVAS, COUNT, EVENT, KPIS, PRODUCT, SEGMENT, SEND, SIZE, TALLIES
from quotidian.domain.money import Money
from quotidian.domain.nearest import nearest
from quotidian.domain.segments import Segment
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.canvases.read import canvas_points, find_canvas
from quotidian.series.explain.question import BadQuestion, Question
from quotidian.series.history import Past, read_history
from quotidian.series.listing.names import is_known
from quotidian.series.listing.read import item_name
from quotidian.series.read import Subject, UnknownSubject, find_series, read_points, require_app, series_id_of
from quotidian.series.segments.fulfilment import FOR_EVER
from quotidian.series.segments.read import read_sizes, size_series
from quotidian.series.tallies.read import Tally, read_days, tally_series
from quotidian.series.values import Metric, values
from quotidian.store.tables import series

_MOST_NAMED: Final = 40


@dataclass(frozen=True)
class AskedNumber:
    """A number that is published.

    `segment` is the one that the question names, whose events begin on `first_day`; `send_days` are the days that count
    for a send, if it is one.
    """

    workspace: Workspace
    question: Question
    value: int | float
    money: Money
    segment: Segment | None = None
    first_day: int = 0
    send_days: range | None = None


def find_number(connection: Connection, workspace: Workspace, rules: SendRules, question: Question) -> AskedNumber:
    """The number that a question means, as it is published now.

    Raises BadQuestion for a metric that the series has not and a day after today, UnknownSubject and PurgedSend.
    """
    ids = question.ids
    if question.day > day_of(workspace.today):
        raise BadQuestion(f"day is {date_of(question.day)}, which is after today, {workspace.today}")
    found = published_values(connection, workspace, rules, question)
    if question.number not in found:
        raise BadQuestion(_no_metric(question, found))
    number = AskedNumber(workspace, question, found[question.number], money_of(connection, workspace))
    if question.kind == SEND:
        return replace(number, send_days=_send_days(connection, workspace, rules, question))
    if segment_id := ids.get("segment_id"):
        segment = segments_of(connection, workspace).get(segment_id)
        if segment is None:
            # Removed from the catalogue, and listed until the lists are made again.
            raise UnknownSubject(workspace, SEGMENT, segment_id)
        return replace(number, segment=segment, first_day=first_day(connection, workspace.id, SEGMENTS))
    return number


def published_values(
    connection: Connection, workspace: Workspace, rules: SendRules, question: Question
) -> dict[Metric, float]:
    """All numbers of the point that a question is about. Raises BadQuestion, UnknownSubject and PurgedSend."""
    (point,) = points_between(connection, workspace, rules, question, Slice(question.day, question.day))
    return values(question.kind, point)


def points_between(
    connection: Connection, workspace: Workspace, rules: SendRules, question: Question, days: Slice
) -> list[bytes]:
    """The points of the series that a question is about, one a day of a slice, ascending, as they are stored.

    Raises BadQuestion, UnknownSubject and PurgedSend.
    """
    kind = question.kind
    if kind == CANVAS:
        return canvas_points(connection, find_canvas(connection, workspace, question.canvas_id), days)
    if kind == SIZE:
        _require_segment(connection, workspace, question.segment_id)
        return read_sizes(connection, workspace, question.segment_id, days)
    if kind in TALLIES:
        return read_days(connection, workspace, _tally(connection, workspace, question), days)
    subject = question.app_id if kind in KPIS else question.campaign_id
    send_id = question.send_id if kind == SEND else ""
    return read_points(connection, find_series(connection, workspace, Subject(kind, subject, send_id), rules), days)


def history_of(connection: Connection, workspace: Workspace, question: Question) -> list[Past]:
    """The values that a number has had, oldest first; the last one is its value now."""
    series_id = _series_id(connection, workspace, question)
    return [] if series_id is None else read_history(connection, workspace, series_id, question.day, question.number)


def _series_id(connection: Connection, workspace: Workspace, question: Question) -> int | None:
    if question.kind in TALLIES:
        return tally_series(connection, workspace, _tally_of(question))
    if question.kind == SIZE:
        return size_series(connection, workspace, question.segment_id)
    subject = question.app_id or question.canvas_id or question.campaign_id
    return series_id_of(connection, workspace, Subject(question.kind, subject, question.send_id))


def _tally(connection: Connection, workspace: Workspace, question: Question) -> Tally:
    tally = _tally_of(question)
    named = EVENT if tally.kind == COUNT else PRODUCT
    if tally.subject and not is_known(connection, workspace, named, tally.subject):
        raise UnknownSubject(workspace, named, tally.subject)
    require_app(connection, workspace, tally.app_id)
    if tally.segment_id:
        _require_segment(connection, workspace, tally.segment_id)
    return tally


def _tally_of(question: Question) -> Tally:
    return Tally(question.kind, question.event or question.product, question.app_id, question.segment_id)


def _require_segment(connection: Connection, workspace: Workspace, segment_id: str) -> None:
    if item_name(connection, workspace, SEGMENT, segment_id) is None:
        raise UnknownSubject(workspace, SEGMENT, segment_id)


def _send_days(connection: Connection, workspace: Workspace, rules: SendRules, question: Question) -> range:
    """The days from a send's first to the end of its window; none if no event has named it."""
    columns = series.c
    of_send = select(columns.first_day).where(
        columns.workspace_id == workspace.id,
        columns.kind == SEND,
        columns.subject == question.campaign_id,
        columns.send_id == question.send_id,
    )
    first: Day | None = connection.execute(of_send).scalar_one_or_none()
    if first is None:
        return range(0)
    return range(first, first + rules.window_days + 1 if rules.window_days else FOR_EVER)


def _no_metric(question: Question, found: Mapping[Metric, float]) -> str:
    """What would have been right instead of a metric that is not there."""
    place = (question.channel, question.variation)
    elements = list(dict.fromkeys((metric.channel, metric.variation) for metric in found))
    if place in elements:
        names = [metric.name for metric in found if (metric.channel, metric.variation) == place]
        near = nearest(question.metric, names)
        hint = f"; the nearest is {near!r}" if near else ""
        return f"metric must be one of {_listed(names)}, not {shown(question.metric)}{hint}"
    if question.channel and question.channel in {channel for channel, _ in elements}:
        ids = [variation for channel, variation in elements if channel == question.channel]
        given = shown(question.variation) if question.variation is not None else "none"
        return f"variation_api_id must be one of those of {question.channel}, {_listed(map(_said, ids))}, not {given}"
    channels = list(dict.fromkeys(channel for channel, _ in elements if channel))
    if not question.channel:
        return f"variation_api_id is given without a channel; the channels of this series are {_listed(channels)}"
    right = f"one of {_listed(channels)}" if channels else "absent: this series has no elements"
    return f"channel must be {right}, not {shown(question.channel)}"


def _said(variation: str | None) -> str:
    return "none" if variation is None else shown(variation)


def _listed(names: Iterable[str]) -> str:
    given = list(names)
    more = f" and {len(given) - _MOST_NAMED} more" if len(given) > _MOST_NAMED else ""
    return ", ".join(given[:_MOST_NAMED]) + more or "none"
