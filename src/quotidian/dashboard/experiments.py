"""Asks the engine how the variations of a campaign compare."""

import asyncio
from typing import Any, Final

from quotidian.dashboard.comparisons import Comparisons
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.messages import Parts
from quotidian.dashboard.messaging import Messaging
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.errors import ApiError
from quotidian.series.experiments.question import Experiment, Outcome

PERMISSION: Final = "campaigns.experiment"
REVENUE: Final = "revenue"

_INDEXES: Final = ("0", "1", "2", "3")
_SUMMARY_SECONDS: Final = 1.0
"""How long the page of a campaign waits for what its experiment says."""


async def ask(of: Messaging, conversion: str = "0", baseline: str = "") -> Comparisons:
    """How the variations compare over the receipts of the range; `baseline` is '' for the usual one.

    Raises PageError for a conversion that there cannot be, and ApiError if the engine has no answer.
    """
    visit, days = of.visit, of.visit.range.days
    asked = Experiment(
        visit.workspace.name, of.campaign_id, days.first, days.last, _outcome(conversion), baseline or None
    )
    return Comparisons(await visit.services.engine.experiment(asked), visit.language)


def _outcome(text: str) -> Outcome:
    if text == REVENUE:
        return "revenue"
    if text not in _INDEXES:
        raise PageError(400, N_("“conversion” must be 0, 1, 2, 3 or revenue, not “%(text)s”."), text=text[:40])
    return int(text)


def can_compare(parts: Parts) -> bool:
    """Whether there are at least two variations, or one and a control group."""
    return len({(each.is_control, each.variation) for each in parts.elements}) > 1


async def summary(visit: Visit, of: Messaging) -> dict[str, Any]:
    """What the page of a campaign says of its experiment: whether it is one, and what was found if that was quick."""
    has_experiment = can_compare(of.parts) and visit.may(PERMISSION)
    comparisons = None
    if has_experiment:
        try:
            async with asyncio.timeout(_SUMMARY_SECONDS):
                comparisons = await ask(of)
        except (ApiError, TimeoutError):
            pass  # the page of the experiment says what the matter is
    return {"has_experiment": has_experiment, "comparisons": comparisons}
