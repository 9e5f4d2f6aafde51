"""The sends that can be asked for: those of events that are still kept, and those that were registered."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, and_, exists, func, null, select, union_all

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.store.tables import listed, registered_sends, series


class ListedSend(NamedTuple):
    """A send with its campaign; `first_day` None if no event has named it yet."""

    campaign_id: str
    campaign: str
    send_id: str
    first_day: Day | None


class BegunSend(NamedTuple):
    """A send of a campaign: when it began, or was registered; `first_day` None if no event has named it yet."""

    send_id: str
    begun: Day
    first_day: Day | None


class BegunSends(NamedTuple):
    """Some of the sends that began on some days, and how many there are in all."""

    sends: list[BegunSend]
    in_all: int


def list_sends(connection: Connection, workspace: Workspace, rules: SendRules) -> Iterator[ListedSend]:
    """The sends by their campaign's name and id, their first day and their own id."""
    columns, registered = series.c, registered_sends.c
    seen = and_(columns.workspace_id == workspace.id, columns.kind == SEND)
    of_events = select(columns.subject, columns.send_id, columns.first_day).where(seen)
    if (oldest := rules.oldest_kept(day_of(workspace.today))) is not None:
        of_events = of_events.where(func.coalesce(columns.first_day, oldest) >= oldest)
    has_events = exists().where(seen, columns.subject == registered.campaign_id, columns.send_id == registered.send_id)
    only_registered = select(registered.campaign_id, registered.send_id, null()).where(
        registered.workspace_id == workspace.id, ~has_events
    )
    sends = union_all(of_events, only_registered).subquery()
    named = and_(listed.c.workspace_id == workspace.id, listed.c.kind == CAMPAIGN, listed.c.id == sends.c.subject)
    name = func.coalesce(listed.c.name, sends.c.subject)
    query = select(sends.c.subject, name, sends.c.send_id, sends.c.first_day).outerjoin_from(sends, listed, named)
    for row in connection.execute(
        query.order_by(func.lower(name), sends.c.subject, sends.c.first_day, sends.c.send_id)
    ):
        yield ListedSend(*row)


def sends_begun(  # noqa: PLR0913 - a campaign of a workspace, its days, and a page of them
    connection: Connection,
    workspace: Workspace,
    rules: SendRules,
    campaign_id: str,
    days: Slice,
    *,
    offset: int,
    limit: int,
) -> BegunSends:
    """The sends of a campaign that began on some days and are still kept, newest first."""
    columns, registered = series.c, registered_sends.c
    first = max(days.first, rules.oldest_kept(day_of(workspace.today)) or days.first)
    of_campaign = and_(columns.workspace_id == workspace.id, columns.kind == SEND, columns.subject == campaign_id)
    seen = select(columns.send_id, columns.first_day.label("begun"), columns.first_day).where(
        of_campaign, columns.first_day.between(first, days.last)
    )
    has_events = exists().where(of_campaign, columns.send_id == registered.send_id)
    only_registered = select(registered.send_id, registered.day, null()).where(
        registered.workspace_id == workspace.id,
        registered.campaign_id == campaign_id,
        registered.day.between(days.first, days.last),
        ~has_events,
    )
    begun = union_all(seen, only_registered).subquery()
    page = select(begun).order_by(begun.c.begun.desc(), begun.c.send_id).limit(limit).offset(offset)
    in_all = connection.execute(select(func.count()).select_from(begun)).scalar_one()
    return BegunSends([BegunSend(*row) for row in connection.execute(page)], in_all)
