"""The campaign catalogue: what events say of campaigns and apps, and what a user adds (`quotidian catalog import`)."""

from quotidian.catalogue.entries import import_catalogue, list_catalogue, money_of
from quotidian.catalogue.file import App, Behavior, Campaign, CatalogueFile, Variation, read_catalogue
from quotidian.catalogue.listing import list_campaign

__all__ = [
    "App",
    "Behavior",
    "Campaign",
    "CatalogueFile",
    "Variation",
    "import_catalogue",
    "list_campaign",
    "list_catalogue",
    "money_of",
    "read_catalogue",
]
