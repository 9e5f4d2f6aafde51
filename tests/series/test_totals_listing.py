"""Pages of totals: what is found, in which order, and what the pages add up to."""

from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest
from commands import event, message, session
from conftest import Quotidian

from quotidian.catalogue import Campaign, Canvas, CatalogueFile, CustomEvent, Filter, Segment
from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.kinds import CAMPAIGN, CANVAS, EVENT, SEGMENT
from quotidian.series.listing.read import tags_in_use
from quotidian.series.totals.listing import SORTS, PageOfTotals, Wanted, page_of
from quotidian.series.totals.read import read_some, read_totals

FIRST, LAST = day_of(date(2024, 3, 1)), day_of(date(2024, 3, 30))
DAYS = Slice(FIRST, LAST)
numbers = count()


def sends(campaign: str, number: int, family: str = "email.Send", day: int = 30, **more: object) -> list[Any]:
    return [
        message(family, f"u{n}", f"2024-03-{day:02}T0{next(numbers) % 10}", campaign_id=campaign, **more)
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    quotidian = Quotidian(tmp_path_factory.mktemp("data"))
    quotidian.import_catalogue(
        CatalogueFile(
            campaigns={
                "spring": Campaign("Spring SALE 50%", tags=["sale", "e-mail, first"]),
                "summer": Campaign("Summer_sale", tags=["Sale", 'say "sale"']),
                "old": Campaign("Élan d'été", archived=True, tags=["\n", "sale"]),
                "planned": Campaign("Planned", tags=[","]),
            },
            canvases={"j": Canvas("Journey", tags=["sale"])},
            segments={"ever": Segment("Ever", [Filter("active")]), "never": Segment("Never", [Filter("purchase")])},
            events={"tea": CustomEvent("A cup", tags=["drinks"]), "Coffee": CustomEvent()},
        )
    )
    step = {"canvas_id": "j", "canvas_variation_id": "va", "canvas_step_id": "st", "campaign_id": None}
    quotidian.deliver(
        *sends("spring", 5),
        *sends("spring", 2, "email.Delivery"),
        *sends("spring", 3, day=28),
        *sends("spring", 7, "sms.Send", day=10),
        *sends("summer", 9, day=5),
        *sends("old", 1, "webhook.Send"),
        *sends("unlisted", 4, "pushnotification.Send", platform="ios"),
        *sends("unlisted", 3, "pushnotification.Open", platform="ios"),
        event("canvas.Entry", "ana", "2024-03-30", **step),
        message("email.Send", "ana", "2024-03-30", **step),
        *(event("behaviors.CustomEvent", "ana", f"2024-03-30T0{n}", name="tea") for n in range(3)),
        event("behaviors.CustomEvent", "ana", "2024-03-31", name="water"),
        session("ana", "2024-03-20"),
        session("bo", "2024-03-31"),
    )
    yield quotidian
    quotidian.close()


def page(store: Quotidian, kind: str = CAMPAIGN, days: Slice = DAYS, **wanted: Any) -> PageOfTotals:
    with store.engine.connect() as connection:
        return page_of(connection, store.workspace(), kind, Wanted(days, **wanted))


def ids(store: Quotidian, kind: str = CAMPAIGN, **wanted: Any) -> list[str]:
    return [item.id for item in page(store, kind, **wanted).rows]


def test_items_have_what_they_add_up_to_and_those_without_data_zeros(store: Quotidian) -> None:
    found = {item.id: item for item in page(store).rows}
    spring, planned = found["spring"], found["planned"]
    assert (spring.name, spring.archived, spring.channels) == ("Spring SALE 50%", False, ["email", "sms"])
    assert spring.tags == ["sale", "e-mail, first"]
    assert (spring.totals.sent, spring.totals.delivered, spring.totals.recipients) == (15, 2, 15)
    assert (planned.totals.recipients, planned.totals.revenue, planned.totals.sent) == (0, 0, None)
    before = {item.id: item.totals for item in page(store, days=Slice(Day(FIRST - 90), Day(FIRST - 1))).rows}
    assert (before["spring"].sent, before["spring"].delivered, before["spring"].opens) == (0, 0, 0)
    assert (before["old"].sent, before["old"].delivered) == (0, None), "a webhook is not delivered"
    assert (before["unlisted"].opens, before["unlisted"].clicks) == (0, None)


def test_of_no_days_all_items_have_zeros(store: Quotidian) -> None:
    found = page(store, days=Slice(LAST, Day(LAST - 1)))
    assert [item.id for item in found.rows] == ids(store)
    assert found.sums.sent == 0


def test_sums_are_those_of_all_pages(store: Quotidian) -> None:
    whole = page(store)
    for name in ("sent", "deliverable", "delivered", "openable", "opens", "recipients", "conversions"):
        assert getattr(whole.sums, name) == sum(getattr(item.totals, name) or 0 for item in whole.rows)
    assert (whole.sums.sent, whole.sums.entries) == (29, None)
    small = page(store, rows=2, page=1)
    assert (len(small.rows), small.total_rows, small.sums) == (2, 5, whole.sums)
    assert page(store, rows=2, page=3) == PageOfTotals([], 5, whole.sums)
    assert page(store, page=1 << 60).rows == []
    nothing = page(store, text="nowhere")
    assert (nothing.rows, nothing.total_rows, set(nothing.sums)) == ([], 0, {None})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sale", ["spring", "summer"]),
        ("SALE", ["spring", "summer"]),
        ("%", ["spring"]),
        ("_", ["summer"]),
        ("ÉLAN", ["old"]),
        ("d'été", ["old"]),
        ("LISTED", ["unlisted"]),
        ("*", []),
        ("' OR 1 --", []),
        ("\0", []),
    ],
)
def test_a_search_finds_a_part_of_a_name_or_id_and_is_no_pattern(store: Quotidian, text: str, found: list[str]) -> None:
    assert sorted(ids(store, text=text)) == found


@pytest.mark.parametrize(
    ("tag", "found"),
    [("sale", ["old", "spring"]), ("Sale", ["summer"]), ("\n", ["old"]), (",", ["planned"]), ('"', []), ("e-mail", [])],
)
def test_a_tag_is_found_as_a_whole(store: Quotidian, tag: str, found: list[str]) -> None:
    assert sorted(ids(store, tag=tag)) == found


def test_the_tags_in_use_are_those_of_all_items_each_once(store: Quotidian) -> None:
    with store.engine.connect() as connection:
        assert tags_in_use(connection, store.workspace(), CAMPAIGN) == sorted(
            {"sale", "e-mail, first", "Sale", 'say "sale"', "\n", ","}
        )
        assert tags_in_use(connection, store.workspace(), EVENT) == ["drinks"]


def test_archived_ones_are_found_or_not(store: Quotidian) -> None:
    assert ids(store, archived=True) == ["old"]
    assert sorted(ids(store, archived=False)) == ["planned", "spring", "summer", "unlisted"]
    assert ids(store, archived=True, text="sale") == []


def test_of_a_channel_those_that_have_it_are_found_with_what_it_alone_has(store: Quotidian) -> None:
    found = {item.id: item.totals for item in page(store, channel="email").rows}
    assert {name: (of.sent, of.delivered, of.recipients) for name, of in found.items()} == {
        "spring": (8, 2, 8),
        "summer": (9, 0, 9),
    }
    before = page(store, channel="sms", days=Slice(Day(0), Day(9)))
    assert [(item.id, item.totals.sent, item.totals.delivered, item.totals.opens) for item in before.rows] == [
        ("spring", 0, 0, None)
    ]
    assert ids(store, channel="mail") == []


def test_items_are_sorted_by_any_number_and_those_that_have_none_come_last(store: Quotidian) -> None:
    assert ids(store, sort="sent", descending=True) == ["spring", "summer", "unlisted", "old", "planned"]
    assert ids(store, sort="sent") == ["old", "unlisted", "summer", "spring", "planned"]
    assert ids(store, sort="open_rate", descending=True)[0] == "unlisted"
    for sort in SORTS:
        for descending in (False, True):
            found = page(store, sort=sort, descending=descending).rows
            values = [item.name.casefold() if sort == "name" else getattr(item.totals, sort) for item in found]
            given = [value for value in values if value is not None]
            assert values == sorted(given, reverse=descending) + [None] * (len(values) - len(given))


def test_where_numbers_are_equal_names_decide_whichever_way_the_list_is_sorted(store: Quotidian) -> None:
    for descending in (False, True):
        found = page(store, sort="conversions", descending=descending).rows
        assert [item.name for item in found] == ["Planned", "Spring SALE 50%", "Summer_sale", "unlisted", "Élan d'été"]


def test_a_sort_that_there_is_not_is_refused(store: Quotidian) -> None:
    with pytest.raises(ValueError, match=r"sort must be one of name, sent, .*, not 'id'"):
        page(store, sort="id")


def test_canvases_have_entries_and_what_their_steps_sent(store: Quotidian) -> None:
    (found,) = page(store, CANVAS, tag="sale").rows
    of = found.totals
    assert (found.name, of.entries, of.sent, of.conversions, of.recipients) == ("Journey", 1, 1, 0, None)


def test_custom_events_are_counted(store: Quotidian) -> None:
    found = page(store, EVENT)
    assert [(item.id, item.totals.events, item.tags) for item in found.rows] == [
        ("Coffee", 0, []),
        ("tea", 3, ["drinks"]),
        ("water", 0, []),
    ]
    assert ids(store, EVENT, text="TE", sort="events", descending=True) == ["tea", "water"]
    assert ids(store, EVENT, archived=True) == ids(store, EVENT, channel="email") == []
    assert ids(store, EVENT, archived=False, tag="drinks") == ["tea"]


def test_segments_have_the_size_of_the_last_day(store: Quotidian) -> None:
    for last, size in ((19, 0), (20, 1), (30, 1), (31, 2)):
        until = Slice(FIRST, day_of(date(2024, 3, last)))
        found = page(store, SEGMENT, days=until, sort="size", descending=True)
        assert [(item.id, item.totals.size) for item in found.rows] == [("ever", size), ("never", 0)]
        assert found.sums.size is None


def test_totals_of_some_campaigns_are_those_of_all(store: Quotidian) -> None:
    with store.engine.connect() as connection:
        every = read_totals(connection, store.workspace(), CAMPAIGN, DAYS)
        some = read_some(connection, store.workspace(), CAMPAIGN, ["spring", "old", "planned"], DAYS)
    assert some == {name: every[name] for name in ("spring", "old")}


def test_another_workspace_has_nothing_of_it(store: Quotidian) -> None:
    store.add_workspace("other")
    for kind in (CAMPAIGN, CANVAS, SEGMENT, EVENT):
        with store.engine.connect() as connection:
            assert page_of(connection, store.workspace("other"), kind, Wanted(DAYS)).total_rows == 0
