"""The campaign catalogue: what events say of campaigns and apps, and what a user adds (`quotidian catalog import`)."""

from quotidian.catalogue.behaviors import Behavior
from quotidian.catalogue.canvases import Canvas, CanvasVariant, Step
from quotidian.catalogue.entries import import_catalogue, list_catalogue, money_of
from quotidian.catalogue.file import App, Campaign, CatalogueFile, CustomEvent, Variation, read_catalogue
from quotidian.domain.segments import Filter, Segment
from quotidian.series.listing.compute import canvas_entries, list_campaigns, list_canvases

__all__ = [
    "App",
    "Behavior",
    "Campaign",
    "Canvas",
    "CanvasVariant",
    "CatalogueFile",
    "CustomEvent",
    "Filter",
    "Segment",
    "Step",
    "Variation",
    "canvas_entries",
    "import_catalogue",
    "list_campaigns",
    "list_canvases",
    "list_catalogue",
    "money_of",
    "read_catalogue",
]
