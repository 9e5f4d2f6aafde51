"""The pages, in the order of the menu."""

from typing import Final

from quotidian.dashboard.page import Page
from quotidian.dashboard.pages import (
    campaign,
    canvas,
    data,
    event,
    experiment,
    lists,
    number,
    overview,
    segment,
    send,
)
from quotidian.dashboard.words import N_

PAGES: Final = (
    Page("overview", N_("Overview"), overview.overview, menu=N_("Overview")),
    Page("campaigns", N_("Campaigns"), lists.campaigns, "campaigns.data_series", N_("Campaigns")),
    Page("canvases", N_("Canvases"), lists.canvases, "canvas.data_series", N_("Canvases")),
    Page("segments", N_("Segments"), lists.segments, "segments.data_series", N_("Segments")),
    Page("events", N_("Custom events"), lists.events, "events.data_series", N_("Custom events")),
    Page("canvas", N_("Canvas"), canvas.canvas, "canvas.data_series"),
    Page("segment", N_("Segment"), segment.segment, "segments.data_series"),
    Page("event", N_("Custom event"), event.event, "events.data_series"),
    Page("campaign", N_("A campaign"), campaign.campaign, "campaigns.data_series"),
    Page("experiment", N_("Experiment"), experiment.experiment, "campaigns.experiment"),
    Page("send", N_("A send"), send.send, "sends.data_series"),
    Page("data", N_("Data"), data.data, "data", menu=N_("Data")),
    Page("number", N_("A number explained"), number.number),
)
