"""The experiment that a campaign is: each variation against the control group, or against the one that is chosen."""

from typing import NamedTuple

from sqlalchemy import Connection

from quotidian.dashboard.campaigns import LETTERS, behaviors_in, campaign_details, campaign_name
from quotidian.dashboard.comparisons import Comparisons
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.experiments import REVENUE, ask
from quotidian.dashboard.message_chart import Option
from quotidian.dashboard.messaging import Messaging, find_messaging, needed
from quotidian.dashboard.page import Shown
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.errors import ApiError


class _Asked(NamedTuple):
    """A campaign: its name, what can be compared, and what with."""

    of: Messaging
    name: str
    conversions: list[Option]
    baselines: list[Option]


async def experiment(visit: Visit) -> Shown:
    """The report of the days of the range; if the engine cannot give it, the page says so."""
    asked = await visit.read(_read, visit, needed(visit, "campaign_id"))
    conversion, baseline = visit.given.get("conversion", "0"), visit.given.get("baseline", "")
    comparisons: Comparisons | None = None
    problem = ""
    try:
        comparisons = await ask(asked.of, conversion, baseline)
    except ApiError as error:
        problem = error.message
    values = {
        **asked._asdict(),
        "conversion": conversion,
        "baseline": baseline,
        "comparisons": comparisons,
        "problem": problem,
        "is_running": visit.range.days.last == visit.range.today,
    }
    return Shown(values, {"experiment": comparisons.numbers} if comparisons else {})


def _read(connection: Connection, visit: Visit, campaign_id: str) -> _Asked:
    of = find_messaging(connection, visit, campaign_id)
    baselines = _baselines(of)
    baseline = visit.given.get("baseline", "")
    if baseline not in [option.value for option in baselines]:
        raise PageError(404, N_("This campaign has no variation “%(name)s”."), name=baseline[:80])
    return _Asked(of, campaign_name(connection, visit, campaign_id), _conversions(connection, of), baselines)


def _conversions(connection: Connection, of: Messaging) -> list[Option]:
    """What can be compared: the conversions that the campaign has had, or has by the catalogue, and revenue."""
    behaviors = behaviors_in(campaign_details(connection, of.visit, of.campaign_id))
    seen = [index for index in range(len(LETTERS)) if index == 0 or f"conversions{index}" in of.parts.own]
    options = []
    for index in sorted({*seen, *range(len(behaviors))}):
        title = of.text(N_("Conversion %(letter)s")) % {"letter": LETTERS[index]}
        what = f" ({behaviors[index].what})" if index < len(behaviors) else ""
        options.append(Option(str(index), title + what))
    return [*options, Option(REVENUE, of.text(N_("Revenue")))]


def _baselines(of: Messaging) -> list[Option]:
    """The variations, each once whatever its channels; one without an id cannot be named in an address."""
    has_control = any(each.is_control for each in of.parts.elements)
    usual = N_("the control group") if has_control else N_("the first variation")
    named = {each.variation: Option(each.variation, of.name_of(each)) for each in of.parts.elements if each.variation}
    return [Option("", of.text(usual)), *named.values()]
