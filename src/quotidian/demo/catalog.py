"""The demo's catalogue: names, tags, conversion windows and rates that events do not carry."""

from quotidian.demo.campaigns import APPS, CAMPAIGNS, Campaign

_HEAD = """\
# The demo's catalogue. Purchases in JPY have no rate: they are left out of revenue, and counted as skipped.
[rates]
EUR = 1.08
"""


def demo_catalog() -> str:
    """The catalogue as TOML, for the apps and campaigns that every demo has."""
    apps = [f'[apps."{app_id}"]\nname = "{name}"\n' for name, app_id in APPS.items()]
    return "\n".join([_HEAD, *apps, *map(_campaign, CAMPAIGNS)])


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
    )
