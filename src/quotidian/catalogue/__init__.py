"""The catalogue: what a user adds to what events say, by `quotidian catalogue import`."""

from quotidian.catalogue.behaviors import Behavior
from quotidian.catalogue.canvases import Canvas, CanvasVariant, Step
from quotidian.catalogue.entries import (
    app_names,
    campaign_entry,
    canvas_entries,
    import_catalogue,
    money_of,
    segments_of,
)
from quotidian.catalogue.file import App, Campaign, CatalogueFile, CustomEvent, Variation, read_catalogue
from quotidian.catalogue.removal import remove_entry
from quotidian.domain.segments import Filter, Segment

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
    "app_names",
    "campaign_entry",
    "canvas_entries",
    "import_catalogue",
    "money_of",
    "read_catalogue",
    "remove_entry",
    "segments_of",
]
