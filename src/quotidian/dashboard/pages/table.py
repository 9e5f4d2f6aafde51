"""The pages, in the order of the menu."""

from typing import Final

from quotidian.dashboard.page import Page
from quotidian.dashboard.pages import campaign, overview, send
from quotidian.dashboard.words import N_

PAGES: Final = (
    Page("overview", N_("Overview"), overview.overview, menu=N_("Overview")),
    Page("campaign", N_("A campaign"), campaign.campaign, "campaigns.data_series"),
    Page("send", N_("A send"), send.send, "sends.data_series"),
)
