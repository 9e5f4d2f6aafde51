"""Numbers of series that are stored: of a day, or of each day of a range and together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from quotidian.dashboard.errors import PageError
from quotidian.dashboard.explained.asked import Asked
from quotidian.dashboard.explained.combined import Combined, find_combined
from quotidian.dashboard.explained.names import name_of
from quotidian.dashboard.explained.subjects import Names, names_of, of_what
from quotidian.dashboard.explained.told import Part, Told
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.tables import Form
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.kinds import SIZE
from quotidian.domain.nearest import nearest
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.explain.explaining import define
from quotidian.series.explain.question import BadQuestion
from quotidian.series.explain.subject import find_number, history_of, points_between
from quotidian.series.values import Metric, Values, values

_HEAD_BYTES: Final = len('{"time":"2026-11-28",')
_WINDOWS: Final = ("mau", SIZE)
"""Users of several days, or of a state: such numbers of days do not add up."""

_USERS: Final = ("dau", "new_users", "enrolled", "unique_recipients", "recipients", "opens", "clicks")
_PLACES: Final = 6


def read_stored(connection: Connection, visit: Visit, asked: Asked) -> Told:
    """A number of a stored series. Raises PageError, UnknownSubject and PurgedSend."""
    rules = SendRules.of(visit.services.settings)
    points = points_between(connection, visit.workspace, rules, asked.question, asked.days)
    kind, metric = asked.question.kind, asked.question.number
    daily = _numbers(kind, points)
    names = names_of(connection, visit, kind, asked.ids, points[-1])
    combined = None if metric in daily[-1] else find_combined(kind, metric, daily[-1])
    if metric not in daily[-1] and combined is None:
        raise _unknown(asked, daily[-1])
    if combined:
        return _told_combined(visit, asked, combined, daily, names)
    return _told(connection, visit, asked, daily, names)


def _numbers(kind: str, points: Iterable[bytes]) -> list[Values]:
    """The numbers of each point. Most days of a long range are alike, without data, and are decoded once."""
    decoded: dict[bytes, Values] = {}
    found = []
    for point in points:
        body = point[_HEAD_BYTES:]
        if body not in decoded:
            decoded[body] = values(kind, point)
        found.append(decoded[body])
    return found


def _told(connection: Connection, visit: Visit, asked: Asked, daily: Sequence[Values], names: Names) -> Told:
    question, rules = asked.question, SendRules.of(visit.services.settings)
    numbers = [of_day.get(question.number, 0) for of_day in daily]
    try:
        definition = define(find_number(connection, visit.workspace, rules, question), rules, visit.language)
    except BadQuestion as error:  # of what is checked by now, there is nothing left
        raise PageError(400, str(error)) from error
    return Told(
        name=name_of(asked.metric, visit.language.gettext),
        of=of_what(visit, asked, names),
        definition=definition,
        form=_form(asked.metric),
        days=days_of(asked.days),
        values=numbers,
        whole=None if asked.metric in _WINDOWS else round(sum(numbers), _PLACES),
        repeats=_repeats(asked.metric),
        question=None if asked.day is None else question,
        history=[] if asked.day is None else history_of(connection, visit.workspace, question),
    )


def _told_combined(visit: Visit, asked: Asked, combined: Combined, daily: Sequence[Values], names: Names) -> Told:
    sums: dict[Metric, float] = defaultdict(float)
    for of_day in daily:
        for metric in (*combined.summed, *(combined.shared or ())):
            sums[metric] += of_day.get(metric, 0)
    translated = visit.language.gettext
    whole = combined.value(sums)
    return Told(
        name=translated(combined.name) if combined.name else name_of(asked.metric, translated),
        of=of_what(visit, asked, names),
        definition=translated(combined.definition),
        form=_form(asked.metric) if combined.shared is None else "percent",
        days=days_of(asked.days),
        values=[combined.value(of_day) for of_day in daily],
        whole=whole if whole is None else round(whole, _PLACES),
        repeats=_repeats(asked.metric),
        parts=_shares(visit, asked, combined, daily, sums)
        if combined.shared is not None
        else [_part(visit, asked, metric, sums, names) for metric in combined.summed],
    )


def _part(visit: Visit, asked: Asked, metric: Metric, sums: Mapping[Metric, float], names: Names) -> Part:
    """A number of an element."""
    place = " · ".join(each.text for each in of_what(visit, asked, names, metric)[-2:])
    address = _number(visit, asked, metric.name, channel=metric.channel, variation_api_id=metric.variation)
    text = f"{place}: {name_of(metric.name, visit.language.gettext)}"
    return Part(text, address, round(sums[metric], _PLACES), _form(metric.name))


def _shares(
    visit: Visit, asked: Asked, combined: Combined, daily: Sequence[Values], sums: Mapping[Metric, float]
) -> list[Part]:
    """The two numbers of which one is the share in the other."""
    parts = []
    for total, metrics in zip(combined.ingredients, (combined.summed, combined.shared or ()), strict=True):
        keys = {metric.name for metric in metrics}
        # Of one channel the share is that of a statistic, which has the total's key in no channel.
        key = keys.pop() if asked.channel and len(keys) == 1 else total
        found = find_combined(asked.question.kind, Metric(key, asked.channel, asked.variation), daily[-1])
        name = visit.language.gettext(found.name) if found and found.name else name_of(key, visit.language.gettext)
        value = round(sum(sums[metric] for metric in metrics), _PLACES)
        place = {"channel": asked.channel, "variation_api_id": asked.variation}
        parts.append(Part(name, _number(visit, asked, key, **place), value))
    return parts


def _number(visit: Visit, asked: Asked, metric: str, **place: Any) -> str:
    day = asked.date.isoformat() if asked.date else None
    return visit.number(asked.series, metric, **asked.ids, **place, day=day)


def _form(key: str) -> Form:
    return "money" if key == "revenue" else "number"


def _repeats(key: str) -> bool:
    return key in _USERS or key.startswith("unique_")


def _unknown(asked: Asked, known: Iterable[Metric]) -> PageError:
    """What is wrong with a number that there is not."""
    there = list(known)
    place = (asked.channel, asked.variation)
    in_place = [each.name for each in there if (each.channel, each.variation) == place]
    if not in_place:
        text = N_("There is no channel “%(channel)s” with the variation “%(variation)s” here.")
        return PageError(404, text, channel=asked.channel[:80], variation=(asked.variation or "")[:80])
    near = nearest(asked.metric, in_place)
    if near:
        text = N_("There is no number “%(metric)s” here; the nearest is “%(nearest)s”.")
        return PageError(404, text, metric=asked.metric[:80], nearest=near)
    return PageError(404, N_("There is no number “%(metric)s” here."), metric=asked.metric[:80])
