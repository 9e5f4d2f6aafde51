"""What is known of a campaign beside its numbers, as far as the key may see it."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from quotidian.dashboard.visit import Visit
from quotidian.domain.kinds import CAMPAIGN
from quotidian.series.listing.read import item_details, item_name

LETTERS: Final = "ABCD"
"""What conversion behaviours are called, by their index."""

_UNITS: Final = (("days", 86_400), ("hours", 3_600), ("seconds", 1))


class Behavior(NamedTuple):
    """A conversion behaviour: its letter, what it is, and its window as a whole number of a unit."""

    letter: str
    what: str
    window: int
    unit: str


def campaign_name(connection: Connection, visit: Visit, campaign_id: str) -> str:
    """The name of a campaign; its id for a key that may not see names."""
    if not (visit.may("campaigns.details") or visit.may("campaigns.list")):
        return campaign_id
    return item_name(connection, visit.workspace, CAMPAIGN, campaign_id) or campaign_id


def campaign_details(connection: Connection, visit: Visit, campaign_id: str) -> dict[str, Any]:
    """What /campaigns/details answers; nothing for a key that may not see it."""
    if not visit.may("campaigns.details"):
        return {}
    found = item_details(connection, visit.workspace, CAMPAIGN, campaign_id)
    return msgspec.json.decode(found, type=dict[str, Any]) if found else {}


def behaviors_in(details: Mapping[str, Any]) -> list[Behavior]:
    """The conversion behaviours of these details."""
    behaviors = []
    for letter, each in zip(LETTERS, details.get("conversion_behaviors", []), strict=False):
        of = each.get("custom_event_name") or each.get("product")
        unit, seconds = next(whole for whole in _UNITS if each["window"] % whole[1] == 0)
        what = f"{each['type']} ({of})" if of else each["type"]
        behaviors.append(Behavior(letter, what, each["window"] // seconds, unit))
    return behaviors
