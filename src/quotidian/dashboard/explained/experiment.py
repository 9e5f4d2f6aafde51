"""Numbers of the experiment report (semantics.md §9): what each means, and where the report is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import Connection

from quotidian.dashboard.errors import PageError
from quotidian.dashboard.explained.asked import Asked
from quotidian.dashboard.explained.subjects import Names, names_of, of_what, parameters_of
from quotidian.dashboard.explained.told import Of, Part, Told
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.channels import CONTROL
from quotidian.domain.kinds import CAMPAIGN, PATHS
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.read import Subject, find_series


class _Meaning(NamedTuple):
    name: str
    definition: str


_MEANINGS: Final[Mapping[str, _Meaning]] = {
    "recipients": _Meaning(
        N_("Recipients"),
        N_("Distinct users who received the variation, or were enrolled in the control group, on the days shown."),
    ),
    "converters": _Meaning(
        N_("Converters"),
        N_("Those recipients who converted at least once, by a conversion that belongs to one of their receipts."),
    ),
    "rate": _Meaning(N_("Rate"), N_("Converters as a share of recipients.")),
    "revenue": _Meaning(
        N_("Revenue"), N_("What purchases were worth in US dollars that belong to one of the receipts of the report.")
    ),
    "mean": _Meaning(N_("Revenue a recipient"), N_("Revenue for each recipient, those who bought nothing included.")),
    "difference": _Meaning(
        N_("Difference"), N_("The rate of the variation less that of the baseline; of revenue, the means.")
    ),
    "difference_interval": _Meaning(
        N_("Interval of the difference"),
        N_(
            "Where the true difference lies with 95 % confidence: of rates by Newcombe's hybrid score interval, of "
            "means by Welch's."
        ),
    ),
    "lift": _Meaning(
        N_("Lift"), N_("By how much the rate of the variation is above that of the baseline, as a share.")
    ),
    "lift_interval": _Meaning(
        N_("Interval of the lift"),
        N_(
            "Where the true lift lies with 95 % confidence: of rates by Koopman's asymptotic score interval, of "
            "means by the delta method."
        ),
    ),
    "p_value": _Meaning(
        N_("p-value"),
        N_(
            "How likely a difference at least as large would be if both variations worked alike: of rates by Pearson's "
            "chi-squared test, of means by Welch's test. It holds for one look at a time that was fixed in advance."
        ),
    ),
    "crossed_over": _Meaning(
        N_("Crossed over"), N_("Distinct users who received more than one variation; they count in each of them.")
    ),
    "sample_ratio": _Meaning(
        N_("Split"),
        N_(
            "How likely a split as uneven as this is if the intended one holds: a chi-squared test. Below "
            "0.001 something is wrong with it."
        ),
    ),
}


def read_experiment(connection: Connection, visit: Visit, asked: Asked) -> Told:
    """The meaning of a number of the report. Raises PageError and UnknownSubject."""
    meaning = _MEANINGS.get(asked.metric)
    if meaning is None:
        text = N_("There is no number “%(metric)s” here; there are %(known)s.")
        raise PageError(404, text, metric=asked.metric[:80], known=", ".join(_MEANINGS))
    campaign = parameters_of(asked, "campaign_id")
    subject = Subject(CAMPAIGN, campaign["campaign_id"])
    found = find_series(connection, visit.workspace, subject, SendRules.of(visit.services.settings))
    names = names_of(connection, visit, CAMPAIGN, campaign, b"{" + found.zero)
    translated = visit.language.gettext
    report = visit.to("experiment", **campaign, **parameters_of(asked, "conversion", "baseline"))
    numbers = {
        N_("Recipients"): visit.number(PATHS[CAMPAIGN], "unique_recipients", **campaign),
        N_("Conversions"): visit.number(PATHS[CAMPAIGN], "conversions", **campaign),
        N_("Revenue"): visit.number(PATHS[CAMPAIGN], "revenue", **campaign),
    }
    return Told(
        name=translated(meaning.name),
        of=[*of_what(visit, replace(asked, channel="", variation=None), names), *_row(visit, asked, names)],
        definition=translated(meaning.definition),
        parts=[Part(translated(N_("The report of the experiment")), report)]
        + [Part(translated(name), address) for name, address in numbers.items()],
    )


def _row(visit: Visit, asked: Asked, names: Names) -> list[Of]:
    """The row of the report: a variation over all its channels, or the control group."""
    text = visit.language.gettext
    named = (name for (_, variation), name in names.elements.items() if variation == asked.variation)
    name = next(named, asked.variation)
    if asked.channel == CONTROL:
        return [Of(text(N_("Variation")), name or text(N_("Control group")))]
    return [Of(text(N_("Variation")), name)] if name else []
