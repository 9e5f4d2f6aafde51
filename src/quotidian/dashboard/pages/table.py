"""The pages, in the order of the menu."""

from typing import Final

from quotidian.dashboard.page import Page
from quotidian.dashboard.pages import overview
from quotidian.dashboard.words import N_

PAGES: Final = (Page("overview", N_("Overview"), overview.overview, menu=N_("Overview")),)
