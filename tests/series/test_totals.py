"""Totals: what tables of thousands of campaigns are made of, equal to what the points say whatever happened."""

from datetime import date

import pytest
from commands import event, message
from conftest import Quotidian
from test_whole_path import catalogue_of
from totals import assert_totals_follow_from_points
from worlds import make_world

from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT
from quotidian.domain.totals import Totals
from quotidian.series.totals.read import read_days, read_totals
from quotidian.store.series import writing

DAY = "2024-03-30"


def days(first: str, last: str) -> Slice:
    return Slice(day_of(date.fromisoformat(first)), day_of(date.fromisoformat(last)))


def totals(quotidian: Quotidian, kind: str = CAMPAIGN, of: Slice | None = None, channel: str = "") -> dict[str, Totals]:
    with quotidian.engine.connect() as connection:
        return read_totals(connection, quotidian.workspace(), kind, of or days(DAY, DAY), channel=channel)


@pytest.mark.slow
def test_totals_follow_from_the_points_of_a_world_whatever_comes_late_or_twice_or_is_made_again(
    quotidian: Quotidian,
) -> None:
    world = make_world(3, users=4, days=15, campaigns=2)
    quotidian.deliver(*world.events)
    assert assert_totals_follow_from_points(quotidian) > 100
    quotidian.deliver(*world.late, *world.duplicates)
    assert_totals_follow_from_points(quotidian)
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.deliver(message("email.Send", "new", "2024-03-20", campaign_id="camp-0", message_variation_id="new"))
    assert_totals_follow_from_points(quotidian)
    quotidian.rebuild()
    assert_totals_follow_from_points(quotidian)


def test_days_add_up_as_they_would_one_by_one_wherever_a_range_begins_and_ends(quotidian: Quotidian) -> None:
    world = make_world(4, users=2, days=140, campaigns=2)
    quotidian.deliver(*world.events)
    first, last = day_of(world.first_day), day_of(world.last_day)
    for kind in (CAMPAIGN, CANVAS, COUNT):
        for channel in ("", "email"):
            every = Slice(Day(first - 400), Day(last + 400))
            subjects = [*totals(quotidian, kind, every), "of nothing"]
            with quotidian.engine.connect() as connection:
                by_day = read_days(connection, quotidian.workspace(), kind, subjects, every, channel=channel)
            for begin in range(first - 2, last, 5):
                for length in (0, 1, 7, 8, 9, 30, 63, 64, 65, 80, 140):
                    wanted = {}
                    for subject, of_days in by_day.items():
                        if within := [of_days[day] for day in of_days if begin <= day < begin + length]:
                            wanted[subject] = added(within)
                    found = totals(quotidian, kind, Slice(Day(begin), Day(begin + length - 1)), channel)
                    assert found == wanted


def added(days: list[Totals]) -> Totals:
    columns = ([number for number in column if number is not None] for column in zip(*days, strict=True))
    return Totals(*(sum(numbers) if numbers else None for numbers in columns))


def test_a_rate_is_over_the_channels_that_have_both_of_its_numbers(quotidian: Quotidian) -> None:
    families = ("email.Send", "email.Delivery", "email.Open", "sms.Send", "sms.Delivery", "webhook.Send")
    quotidian.deliver(*(message(family, "ana", DAY, campaign_id="c") for family in families))
    quotidian.deliver(message("pushnotification.Send", "ana", DAY, campaign_id="c", platform="ios"))
    quotidian.deliver(message("email.Send", "bo", DAY, campaign_id="c"))
    of = totals(quotidian)["c"]
    assert (of.sent, of.delivered, of.opens, of.clicks) == (5, 2, 1, 0)
    assert of.delivery_rate == 2 / 3, "of two e-mails and a text message, not of pushes and webhooks"
    assert of.open_rate == 1 / 2, "of an e-mail that was delivered, and a push"
    assert of.click_rate == 0 / 2, "of an e-mail and a text message"


def test_what_a_channel_does_not_have_is_nothing_and_not_zero(quotidian: Quotidian) -> None:
    quotidian.deliver(message("webhook.Send", "ana", DAY, campaign_id="c"))
    of = totals(quotidian)["c"]
    assert (of.sent, of.delivered, of.opens, of.clicks, of.entries) == (1, None, None, None, None)
    assert (of.delivery_rate, of.open_rate, of.click_rate) == (None, None, None)
    assert (of.recipients, of.conversions, of.revenue) == (1, 0, 0)


def test_prices_that_are_wrong_by_far_are_added_up(quotidian: Quotidian) -> None:
    quotidian.deliver(
        message("email.Send", "ana", f"{DAY}T00:00:10", campaign_id="c"),
        *(
            event("behaviors.Purchase", "ana", f"{DAY}T01:00:{n:02}", price=9e11, currency="USD", product_id="pot")
            for n in range(30)
        ),
    )
    assert totals(quotidian)["c"].revenue == pytest.approx(30 * 9e17)


def test_what_is_rendered_anew_and_has_the_same_numbers_is_not_written_again(quotidian: Quotidian) -> None:
    quotidian.deliver(*(message("email.Send", "ana", f"2024-03-{day:02}", campaign_id="c") for day in range(1, 29)))
    with writing(quotidian.engine) as connection:
        connection.exec_driver_sql("CREATE TABLE written AS SELECT day, days FROM totals WHERE 1 = 0")
        for change, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
            then = f"INSERT INTO written VALUES ({row}.day, {row}.days)"
            connection.exec_driver_sql(f"CREATE TRIGGER on_{change} AFTER {change} ON totals BEGIN {then}; END")
    quotidian.deliver(message("email.Send", "bo", DAY, campaign_id="c", message_variation_id="new"))
    assert len(quotidian.campaign("c", "2024-03-01")[0]["messages"]["email"]) == 2
    with quotidian.engine.connect() as connection:
        written = {tuple(row) for row in connection.exec_driver_sql("SELECT days, day FROM written")}
    day = days(DAY, DAY).first
    assert written == {(1, day), (8, day - day % 8), (64, day - day % 64)}


def test_totals_go_with_the_campaign_that_no_event_names_after_a_rebuild(quotidian: Quotidian) -> None:
    entry = event("canvas.Entry", "ana", DAY, canvas_id="j")
    quotidian.deliver(message("email.Send", "ana", DAY, campaign_id="c"), entry)
    assert assert_totals_follow_from_points(quotidian) == 9
    quotidian.events.run("ALTER TABLE quotidian.events DELETE WHERE 1 SETTINGS mutations_sync = 2")
    quotidian.rebuild()
    assert totals(quotidian) == {}
    assert assert_totals_follow_from_points(quotidian) == 0
