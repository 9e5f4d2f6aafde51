"""The pages, in the order of the menu."""

from typing import Final

from quotidian.dashboard.page import Page
from quotidian.dashboard.pages import (
    campaign,
    canvas,
    event,
    experiment,
    overview,
    segment,
    send,
)
from quotidian.dashboard.words import N_

PAGES: Final = (
    Page("overview", N_("Overview"), overview.overview, menu=N_("Overview")),
    Page("canvas", N_("Canvas"), canvas.canvas, "canvas.data_series"),
    Page("segment", N_("Segment"), segment.segment, "segments.data_series"),
    Page("event", N_("Custom event"), event.event, "events.data_series"),
    Page("campaign", N_("A campaign"), campaign.campaign, "campaigns.data_series"),
    Page("experiment", N_("Experiment"), experiment.experiment, "campaigns.experiment"),
    Page("send", N_("A send"), send.send, "sends.data_series"),
)
