"""Values with which the page at /docs fills requests in: ids that exist in the workspace of the reader's key."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from quotidian.control.keys import Key
from quotidian.domain.kinds import CAMPAIGN, CANVAS, EVENT, SEGMENT
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.examples import newest, newest_send
from quotidian.series.listing.names import list_names
from quotidian.settings import Settings

EXAMPLES_PATH: Final = "/docs/examples"

_CAMPAIGNS: Final = 20


def find_examples(connection: Connection, settings: Settings, key: Key) -> dict[str, str]:
    """Values of parameters by name. A key sees what it could learn from the lists that it may ask for."""
    examples: dict[str, str] = {}
    if "campaigns.list" in key.permissions:
        examples |= _campaign(connection, settings, key)
    for name, kind, permission in (
        ("canvas_id", CANVAS, "canvas.list"),
        ("segment_id", SEGMENT, "segments.list"),
    ):
        if permission in key.permissions:
            examples |= _first(name, newest(connection, key.workspace, kind, 1))
    if "events.list" in key.permissions:
        examples |= _first("event", list_names(connection, key.workspace, EVENT, 0, 1))
    return examples


def _campaign(connection: Connection, settings: Settings, key: Key) -> dict[str, str]:
    """A campaign and a send of it: of the newest campaigns the one with the newest send, if any has one."""
    campaigns = newest(connection, key.workspace, CAMPAIGN, _CAMPAIGNS)
    if "sends.data_series" in key.permissions:
        send = newest_send(connection, key.workspace, campaigns, SendRules.of(settings))
        if send:
            return dict(zip(("campaign_id", "send_id"), send, strict=True))
    return _first("campaign_id", campaigns)


def _first(name: str, values: Sequence[str]) -> dict[str, str]:
    return {name: values[0]} if values else {}
