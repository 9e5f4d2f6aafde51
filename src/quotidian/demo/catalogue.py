"""The demo's catalogue: names, tags, conversion windows and rates that events do not carry."""

from quotidian.demo.campaigns import APPS, CAMPAIGNS, Campaign, fixed_id
from quotidian.demo.canvases import CANVAS, CANVAS_ID

_HEAD = """\
# The demo's catalogue. Purchases in JPY have no rate: they are left out of revenue, and counted as skipped.
[rates]
EUR = 1.08
"""

_CANVAS = f"""\
[canvases."{CANVAS_ID}"]
name = "{CANVAS}"
description = "Three messages for who is new: a mail, a push, a card."
tags = ["Lifecycle"]
schedule_type = "action_based"
conversion_behaviors = [ {{ type = "Makes Purchase", window = 259200 }} ]
"""
_SEGMENTS = """\
[segments.lively]
name = "Lively"
description = "Opened an app on at least three occasions in a week."
tags = ["Lifecycle"]
filters = [ { type = "active", at_least = 3, within_days = 7 } ]

[segments.buyers]
name = "Buyers"
description = "Bought something in the last month."
filters = [ { type = "purchase", within_days = 30 } ]
"""


def demo_catalogue() -> str:
    """The catalogue as TOML, for the apps and campaigns that every demo has."""
    apps = [f'[apps."{app_id}"]\nname = "{name}"\n' for name, app_id in APPS.items()]
    return "\n".join([_HEAD, *apps, *map(_campaign, CAMPAIGNS), _CANVAS, _SEGMENTS])


def _campaign(campaign: Campaign) -> str:
    tags = ", ".join(f'"{tag}"' for tag in campaign.tags)
    behaviors = ", ".join(
        f'{{ type = "{kind}", window = {window} }}'
        for kind, window in (("Makes Purchase", campaign.window), ("Starts Session", 86_400))
    )
    return (
        f'[campaigns."{campaign.id}"]\n'
        f'name = "{campaign.name}"\n'
        f'description = "{campaign.description}"\n'
        f"tags = [{tags}]\n"
        f"is_api_campaign = {'true' if campaign.sends else 'false'}\n"
        f"conversion_behaviors = [ {behaviors} ]\n"
        f"{_split(campaign) if campaign.control else ''}"
    )


def _split(campaign: Campaign) -> str:
    """The split that an experiment intends, in percent."""
    share = 100 * (1 - campaign.control) / len(campaign.variations)
    weights = (
        f'variations."{fixed_id("variation", campaign.name, variation.name)}" = {{ weight = {share:g} }}\n'
        for variation in campaign.variations
    )
    return f"control_weight = {100 * campaign.control:g}\n{''.join(weights)}"
