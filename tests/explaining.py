"""Every number that a data folder publishes, and the question that asks for it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cache
from random import Random
from time import monotonic
from typing import NamedTuple

from conftest import Quotidian
from oracle import Oracle
from oracle_canvas import canvases
from oracle_export import event_names, products

from quotidian.domain.days import day_of
from quotidian.series.explain.explaining import Deadlines, explain
from quotidian.series.explain.explanation import Explanation
from quotidian.series.explain.question import Question
from quotidian.series.explain.subject import published_values

KPIS = ("dau", "mau", "new_users", "uninstalls")


class Told(NamedTuple):
    """The same world, told to both; the days are those that are asked for."""

    quotidian: Quotidian
    oracle: Oracle
    days: Sequence[date]


class Asked(NamedTuple):
    """A question, and the number that is published."""

    question: Question
    value: float


def series_of(oracle: Oracle, segments: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The path of each series, and the ids that name it."""
    apps = ["", *sorted(oracle.apps)]
    for app_id in apps:
        for name in KPIS:
            yield f"/kpi/{name}/data_series", {"app_id": app_id}
        for segment_id in ("", *segments):
            yield "/sessions/data_series", {"app_id": app_id, "segment_id": segment_id}
            for event in event_names(oracle):
                yield "/events/data_series", {"app_id": app_id, "segment_id": segment_id, "event": event}
        for product in ("", *products(oracle)):
            yield "/purchases/quantity_series", {"app_id": app_id, "product": product}
            yield "/purchases/revenue_series", {"app_id": app_id, "product": product}
    for segment_id in segments:
        yield "/segments/data_series", {"segment_id": segment_id}
    for campaign_id in sorted(oracle.campaigns):
        yield "/campaigns/data_series", {"campaign_id": campaign_id}
    for campaign_id, send_id in sorted(oracle.sends):
        yield "/sends/data_series", {"campaign_id": campaign_id, "send_id": send_id}
    for canvas_id in canvases(oracle):
        yield "/canvas/data_series", {"canvas_id": canvas_id}


def numbers(told: Told, path: str, segments: Sequence[str], *, each: int) -> list[Asked]:
    """Some numbers of every key of a path's series: `each` that are not 0, if there are as many, and one that is."""
    rng = Random(path)
    some = []
    for asked in _published(told.quotidian, told.oracle, tuple(told.days), path, tuple(segments)):
        above = [one for one in asked if one.value]
        zeros = [one for one in asked if not one.value]
        some += rng.sample(above, min(each, len(above))) + rng.sample(zeros, min(1, len(zeros)))
    return some


@cache
def _published(
    quotidian: Quotidian, oracle: Oracle, days: Sequence[date], path: str, segments: Sequence[str]
) -> Collection[list[Asked]]:
    """All numbers of a path's series, together for each key: read once for all tests that look at a folder."""
    found: dict[tuple[str, str], list[Asked]] = {}
    with quotidian.engine.connect() as connection:
        for of_path, ids in series_of(oracle, segments):
            if of_path != path:
                continue
            for day in days:
                whole = Question(path, day_of(day), "", **ids)
                of_day = published_values(connection, quotidian.workspace(), quotidian.rules, whole)
                for metric, value in of_day.items():
                    kind = metric.name if not metric.name.startswith("notif_button") else "button"
                    question = Question(path, day_of(day), metric.name, metric.channel, metric.variation, **ids)
                    found.setdefault((kind, metric.channel), []).append(Asked(question, value))
    return found.values()


def explained(
    quotidian: Quotidian,
    question: Question,
    cursor: str | None = None,
    *,
    seconds: float = 3,
    workspace: str = "default",
) -> Explanation:
    """A page of an explanation, which waits at most so many seconds for the events to make up the value."""
    deadlines = Deadlines(monotonic() + seconds, monotonic() + 60)
    return explain(quotidian.stores, workspace, question, cursor, deadlines)


def pages(quotidian: Quotidian, question: Question) -> Iterator[Explanation]:
    """All pages."""
    page = explained(quotidian, question)
    yield page
    while page.cursor:
        page = explained(quotidian, question, page.cursor)
        yield page
