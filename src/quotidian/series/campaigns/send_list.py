"""The sends that can be asked for: those of events that are still kept, and those that were registered."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, and_, exists, func, null, select, union_all

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, day_of
from quotidian.domain.kinds import CAMPAIGN, SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.store.tables import listed, registered_sends, series


class ListedSend(NamedTuple):
    """A send with its campaign; `first_day` None if no event has named it yet."""

    campaign_id: str
    campaign: str
    send_id: str
    first_day: Day | None


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
