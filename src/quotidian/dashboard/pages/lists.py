"""The lists of campaigns, canvases, segments and custom events."""

from quotidian.dashboard.lists.kinds import CAMPAIGN_LIST, CANVAS_LIST, EVENT_LIST, SEGMENT_LIST
from quotidian.dashboard.lists.listing import show_list
from quotidian.dashboard.page import Shown
from quotidian.dashboard.visit import Visit


async def campaigns(visit: Visit) -> Shown:
    """Campaigns: what was sent, and what became of it."""
    visit.require("campaigns.list")
    return await show_list(visit, CAMPAIGN_LIST)


async def canvases(visit: Visit) -> Shown:
    """Canvases: entries and what they led to."""
    visit.require("canvas.list")
    return await show_list(visit, CANVAS_LIST)


async def segments(visit: Visit) -> Shown:
    """Segments: how many users are in each."""
    visit.require("segments.list")
    return await show_list(visit, SEGMENT_LIST)


async def events(visit: Visit) -> Shown:
    """Custom events: how often they happen."""
    visit.require("events.list")
    return await show_list(visit, EVENT_LIST)
