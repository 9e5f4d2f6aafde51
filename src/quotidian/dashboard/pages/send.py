"""A send of a campaign: the same numbers as the campaign's page has, of its messages alone."""

from sqlalchemy import Connection

from quotidian.dashboard.campaigns import campaign_name
from quotidian.dashboard.messaging import find_messaging, needed
from quotidian.dashboard.page import Shown
from quotidian.dashboard.pages.campaign import numbers_shown
from quotidian.dashboard.visit import Visit


async def send(visit: Visit) -> Shown:
    """The numbers of a send over the range."""
    return await visit.read(_read, visit, needed(visit, "campaign_id"), needed(visit, "send_id"))


def _read(connection: Connection, visit: Visit, campaign_id: str, send_id: str) -> Shown:
    shown = numbers_shown(connection, find_messaging(connection, visit, campaign_id, send_id))
    window = visit.services.settings.send_window_days
    values = {**shown.values, "campaign": campaign_name(connection, visit, campaign_id), "window": window}
    return Shown(values, shown.tables)
