"""What a number is made of: the events that are listed make up the number, and are the oracle's."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

import pytest
from conftest import Quotidian
from explaining import Told, explained, numbers, pages
from oracle import Element
from oracle_explain import ids, of_element, of_kpi, of_size
from test_whole_path import SEGMENTS, catalogue_of, oracle_of
from worlds import make_world

from quotidian.domain.days import date_of, day_of
from quotidian.series.explain import explaining
from quotidian.series.explain.explanation import Explanation
from quotidian.series.explain.question import SERIES, Question

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    world = make_world(11, users=25, days=35, campaigns=3)
    quotidian = Quotidian(tmp_path_factory.mktemp("explained") / "data")
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.deliver(*world.events)
    quotidian.deliver(*world.late, *world.json_only, *world.duplicates)
    oracle = oracle_of(world)
    oracle.deliver([*world.events, *world.late, *world.json_only])
    yield Told(quotidian, oracle, [*world.days, *(world.last_day + timedelta(days=later) for later in (1, 5, 29, 40))])
    quotidian.close()


@pytest.fixture(scope="module")
def explanation_of(told: Told) -> Callable[[Question], Explanation]:
    """The first page of a question's explanation: asked for once, though several tests look at it."""
    return cache(lambda question: explained(told.quotidian, question))


def listed(found: Explanation) -> list[tuple[int, str, int, str]]:
    return [(each.time, each.id, each.receipt_time, each.receipt_id) for each in found.events]


def made_up(found: Explanation) -> float:
    """What the events on this page make up, if it is the only one and no dollars are asked for."""
    return len(found.events) if found.users is None else len({each.user for each in found.events})


# Numbers


@pytest.mark.parametrize("path", SERIES)
def test_what_is_listed_makes_up_every_number(
    told: Told, explanation_of: Callable[[Question], Explanation], path: str
) -> None:
    asked = numbers(told, path, list(SEGMENTS), each=2)
    assert len(asked) > 1
    for question, value in asked:
        found = explanation_of(question)
        assert (found.value, found.is_complete) == (value, True), question
        assert found.cursor is None
        if question.metric != "revenue":
            assert made_up(found) == value, question
            assert found.users in (None, value)


@pytest.mark.parametrize("path", ["/campaigns/data_series", "/sends/data_series"])
def test_events_and_receipts_of_messages_are_the_oracles(
    told: Told, explanation_of: Callable[[Question], Explanation], path: str
) -> None:
    checked = 0
    for question, _ in numbers(told, path, list(SEGMENTS), each=2):
        element = Element(question.channel, question.variation) if question.channel else None
        series = (
            told.oracle._send_series(question.campaign_id, question.send_id)
            if question.send_id
            else told.oracle._campaign_series(question.campaign_id)
        )
        wanted = of_element(series, date_of(question.day), question.metric, element)
        if wanted is not None:
            assert listed(explanation_of(question)) == ids(wanted), question
            checked += bool(wanted)
    assert checked > 30


@pytest.mark.parametrize("name", ["dau", "mau", "new_users", "uninstalls"])
def test_events_of_users_are_the_oracles(told: Told, name: str) -> None:
    for question, _ in numbers(told, f"/kpi/{name}/data_series", list(SEGMENTS), each=8):
        wanted = of_kpi(told.oracle, name, date_of(question.day), question.app_id or None)
        assert listed(explained(told.quotidian, question)) == ids(wanted), question


def test_events_by_which_users_are_in_a_segment_are_the_oracles(told: Told) -> None:
    for name, segment in SEGMENTS.items():
        for day in told.days[3::7]:
            question = Question("/segments/data_series", day_of(day), "size", segment_id=name)
            assert listed(explained(told.quotidian, question)) == ids(of_size(told.oracle, segment, day)), (name, day)


def test_revenue_is_the_sum_of_the_purchases_that_are_listed(told: Told) -> None:
    prices = {(each.time, each.id): told.oracle.usd_micros(each) for each in told.oracle.events}
    asked = numbers(told, "/campaigns/data_series", list(SEGMENTS), each=5)
    for question, value in asked:
        if question.metric == "revenue":
            found = explained(told.quotidian, question)
            assert sum(prices[each.time, each.id] or 0 for each in found.events) / 1_000_000 == value


# Pages


@pytest.mark.parametrize("size", [1, 3, 50])
def test_pages_make_up_the_whole(told: Told, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    day = day_of(told.days[20])
    asked = [
        Question("/kpi/mau/data_series", day, "mau"),
        Question("/segments/data_series", day, "size", segment_id="tea"),
        Question("/campaigns/data_series", day, "unique_recipients", campaign_id="camp-0"),
        Question("/campaigns/data_series", day, "conversions", campaign_id="camp-0"),
    ]
    for question in asked:
        whole = explained(told.quotidian, question)
        with monkeypatch.context() as patched:
            patched.setattr(explaining, "EVENTS_A_PAGE", size)
            found = list(pages(told.quotidian, question))
        assert [each for page in found for each in page.events] == whole.events
        assert {page.value for page in found} == {whole.value}
        assert [page.cursor for page in found[-1:]] == [None]
        assert len(found) == max(1, -(-len(whole.events) // size))
