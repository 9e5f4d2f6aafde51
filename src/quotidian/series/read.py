"""Reads slices: some days of a series. The API and the command line both read this way."""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice, date_of, day_of
from quotidian.domain.errors import UserError, shown
from quotidian.domain.kinds import CAMPAIGN, KPIS, SEND
from quotidian.series.campaigns.render import Renderer
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.messages.shape import Shape
from quotidian.series.points import kpi_body, point
from quotidian.store.lookups import Lookup
from quotidian.store.tables import apps, listed, points, registered_sends, series


class UnknownSubject(UserError):  # noqa: N818 - it names what was asked for
    """The workspace has nothing of the kind with that id or name."""

    def __init__(self, workspace: Workspace, kind: str, wanted: object) -> None:
        super().__init__(f"Workspace {workspace.name!r} has no {kind} {wanted!r}")
        self.kind = kind


class PurgedSend(UserError):  # noqa: N818
    """The send is no longer kept."""

    def __init__(self, send_id: str, kept_until: Day) -> None:
        until = date_of(kept_until)
        super().__init__(f"Send {shown(send_id)} was kept until {until}; its campaign's series has its numbers")


class Subject(NamedTuple):
    """What a series is about: a kind, and its ids; '' where the kind has none (domain/kinds.py)."""

    kind: str
    id: str = ""
    send_id: str = ""


class FoundSeries(NamedTuple):
    """A series that can be read: `id` None if no day has a point; `zero` is the body of a day without data."""

    id: int | None
    zero: bytes


def days_ending(ending: date, length: int, workspace: Workspace) -> Slice:
    """The `length` days that end with a date, without those after today.

    Raises OverflowError if the first would be before year 1.
    """
    first = ending - timedelta(days=length - 1)
    return Slice(day_of(first), day_of(min(ending, workspace.today)))


def find_series(connection: Connection, workspace: Workspace, subject: Subject, rules: SendRules) -> FoundSeries:
    """The series of a subject.

    An app, a campaign or a send is known once an event names it; a campaign also if the catalogue has it, a send also
    if it is registered. Raises UnknownSubject, and PurgedSend for a send that the rules no longer keep.
    """
    key = {"workspace": workspace.id, "kind": subject.kind, "subject": subject.id, "send": subject.send_id}
    for series_id, zero, first_day in _SERIES.rows(connection, **key):
        if first_day is not None and rules.is_purged(first_day, day_of(workspace.today)):
            raise PurgedSend(subject.send_id, rules.kept_until(first_day))
        return FoundSeries(series_id, zero)
    named = {"workspace": workspace.id, "subject": subject.id}
    if subject.kind in KPIS:
        require_app(connection, workspace, subject.id)
        return FoundSeries(None, kpi_body(subject.kind, 0))
    if connection.execute(_LISTED, {**named, "kind": CAMPAIGN}).one_or_none() is None:
        raise UnknownSubject(workspace, CAMPAIGN, subject.id)
    if subject.kind == SEND and connection.execute(_REGISTERED, key).one_or_none() is None:
        raise UnknownSubject(workspace, SEND, subject.send_id)
    return FoundSeries(None, Renderer(Shape(), Shape(), is_send=subject.kind == SEND).body(None))


def require_app(connection: Connection, workspace: Workspace, app_id: str) -> None:
    """Raise UnknownSubject if no event has named this app; '' is all apps."""
    if app_id and connection.execute(_APP, {"workspace": workspace.id, "subject": app_id}).one_or_none() is None:
        raise UnknownSubject(workspace, "app", app_id)


def series_id_of(
    connection: Connection, workspace: Workspace, subject: Subject, segment_id: str = "", app_id: str = ""
) -> int | None:
    """The series of that name that has points; None if nothing was ever published."""
    named = {"kind": subject.kind, "subject": subject.id, "send": subject.send_id}
    for (series_id,) in _SERIES_ID.rows(connection, workspace=workspace.id, segment=segment_id, app=app_id, **named):
        return int(series_id)
    return None


def read_points(connection: Connection, found: FoundSeries, days: Slice) -> list[bytes]:
    """The points of a slice, one a day, ascending, as they are served."""
    kept: dict[int, bytes | None] = {}
    if found.id is not None:
        kept = dict(_POINTS.rows(connection, series=found.id, first=days.first, last=days.last))
    return [kept.get(day) or point(day, found.zero) for day in range(days.first, days.last + 1)]


_SERIES = Lookup(
    select(series.c.id, series.c.zero, series.c.first_day).where(
        series.c.workspace_id == bindparam("workspace"),
        series.c.kind == bindparam("kind"),
        series.c.subject == bindparam("subject"),
        series.c.send_id == bindparam("send"),
    )
)
_SERIES_ID = Lookup(
    select(series.c.id).where(
        series.c.workspace_id == bindparam("workspace"),
        series.c.kind == bindparam("kind"),
        series.c.subject == bindparam("subject"),
        series.c.send_id == bindparam("send"),
        series.c.segment_id == bindparam("segment"),
        series.c.app_id == bindparam("app"),
    )
)
_APP = select(apps.c.app_id).where(apps.c.workspace_id == bindparam("workspace"), apps.c.app_id == bindparam("subject"))
_LISTED = select(listed.c.id).where(
    listed.c.workspace_id == bindparam("workspace"),
    listed.c.kind == bindparam("kind"),
    listed.c.id == bindparam("subject"),
)
_REGISTERED = select(registered_sends.c.day).where(
    registered_sends.c.workspace_id == bindparam("workspace"),
    registered_sends.c.campaign_id == bindparam("subject"),
    registered_sends.c.send_id == bindparam("send"),
)
_POINTS = Lookup(
    select(points.c.day, points.c.point).where(
        points.c.series_id == bindparam("series"), points.c.day.between(bindparam("first"), bindparam("last"))
    )
)
