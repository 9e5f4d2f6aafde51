"""Versions and changes: what a reader who follows is told, and what is not told again."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from commands import event, message, session
from conftest import Quotidian, filled
from following import Follower, Json, name_of, numbers
from test_arrivals import OTHER_SEGMENTS, SEGMENTS
from test_whole_path import catalogue_of
from worlds import make_world

from quotidian.catalogue import Campaign, Canvas, CatalogueFile, Filter, Segment, Step, remove_entry
from quotidian.control.workspaces import Workspace
from quotidian.store.series import writing

DAY = "2024-03-30"
EVER = Segment("Ever", [Filter("active")])


def of_everything(user: str = "ana", day: str = DAY, send: str = "s") -> list[Json]:
    """A little of every kind of series."""
    canvas = {"canvas_id": "j", "canvas_variation_id": "va", "canvas_step_id": "st"}
    return [
        session(user, f"{day}T10:30", app_id="ios"),
        event("behaviors.app.FirstSession", user, day, app_id="ios"),
        event("behaviors.Uninstall", user, day, app_id="ios"),
        message("email.Send", user, day, campaign_id="c", send_id=send),
        message("email.Send", user, f"{day}T12:00", campaign_id=None, **canvas),
        event("canvas.Entry", user, day, **canvas),
        event("behaviors.CustomEvent", user, f"{day}T10:40", name="tea", app_id="ios"),
        event("behaviors.Purchase", user, f"{day}T13:00", price=2.5, currency="USD", product_id="pot"),
    ]


def fill(quotidian: Quotidian) -> None:
    quotidian.import_catalogue(CatalogueFile(segments={"ever": EVER}))
    quotidian.deliver(*of_everything())


@pytest.fixture
def full(folder: Path) -> Iterator[Quotidian]:
    with filled(folder, fill) as opened:
        yield opened


def versions(quotidian: Quotidian) -> list[tuple[object, ...]]:
    query = (
        "SELECT kind, subject, send_id, app_id, segment_id, day, version, at, events "
        "FROM points JOIN series ON series_id = id"
    )
    with quotidian.engine.connect() as connection:
        return sorted(map(tuple, connection.exec_driver_sql(query)), key=repr)


def told_days(told: list[Json], series: str, **names: str) -> list[str]:
    name = name_of({"series": series, **names})
    return [change["point"]["time"] for change in told if name_of(change) == name]


def test_who_begins_is_told_of_every_kind_of_series(full: Quotidian) -> None:
    follower = Follower(full)
    told = follower.follow()
    assert {change["series"].strip("/") for change in told} == {
        "campaigns/data_series",
        "canvas/data_series",
        "events/data_series",
        "kpi/dau/data_series",
        "kpi/mau/data_series",
        "kpi/new_users/data_series",
        "kpi/uninstalls/data_series",
        "purchases/quantity_series",
        "purchases/revenue_series",
        "segments/data_series",
        "sends/data_series",
        "sessions/data_series",
    }
    follower.assert_knows_all()


@pytest.mark.slow
def test_a_world_that_arrives_late_is_followed_to_the_last_number(quotidian: Quotidian) -> None:
    world = make_world(5, users=15, days=20, campaigns=3)
    follower = Follower(quotidian, limit=200)
    quotidian.import_catalogue(catalogue_of(world))
    for events in (world.events, world.late):
        quotidian.deliver(*events)
        follower.follow()
        follower.assert_knows_all()


def test_changes_come_by_version_series_ids_and_day(full: Quotidian) -> None:
    full.deliver(*of_everything("bo", "2024-03-28", send="r"), *of_everything("bo", send="r"))
    told = Follower(full, limit=10_000).page()
    ids = ("campaign_id", "canvas_id", "event", "product")

    def place(change: Json) -> tuple[object, ...]:
        names = [change.get(name, "") for name in ("send_id", "app_id", "segment_id")]
        subject = "".join(change.get(name, "") for name in ids)
        return (change["version"], change["series"], subject, *names, change["point"]["time"])

    assert [place(change) for change in told] == sorted(map(place, told))
    points = [(name_of(change), change["point"]["time"]) for change in told]
    assert len(points) == len(set(points)), "a point is told once"


@pytest.mark.parametrize("limit", [1, 2, 7, 50])
def test_pages_hold_whole_versions_and_are_together_what_one_page_is(full: Quotidian, limit: int) -> None:
    full.deliver(*of_everything("bo", "2024-03-28"))
    follower, pages = Follower(full, limit=limit), []
    while page := follower.page():
        pages.append(page)
    assert [change for page in pages for change in page] == Follower(full, limit=10_000).page()
    for page, following in pairwise(pages):
        assert page[-1]["version"] < following[0]["version"]
        assert len(page) >= limit
        before_last = [change for change in page if change["version"] < page[-1]["version"]]
        assert len(before_last) < limit, "the page ends with the version in which the limit was reached"


def test_who_wants_one_kind_is_told_of_that_alone(full: Quotidian) -> None:
    everything = Follower(full).follow()
    for path in {change["series"] for change in everything}:
        told = Follower(full, series=path, limit=3).follow()
        assert told == [change for change in everything if change["series"] == path]


def test_what_is_computed_again_and_comes_out_the_same_is_not_told_again(full: Quotidian) -> None:
    full.deliver(*of_everything("bo", "2024-03-28"))
    follower = Follower(full)
    follower.follow()
    before = versions(full)
    full.rebuild()
    full.deliver(*of_everything("bo", "2024-03-28"))
    assert versions(full) == before
    assert follower.follow() == []


def test_a_new_variation_and_a_new_name_render_all_points_and_tell_of_none(full: Quotidian) -> None:
    full.deliver(*of_everything("bo", "2024-03-20"))
    follower = Follower(full)
    follower.follow()
    new = {"message_variation_id": "w", "message_variation_name": "New", "send_id": "s"}
    full.deliver(message("email.Send", "cy", "2024-03-31", campaign_id="c", **new))
    assert len(full.campaign("c", DAY)[0]["messages"]["email"]) == 2
    told = follower.follow()
    assert told_days(told, "/campaigns/data_series", campaign_id="c") == ["2024-03-31"]
    assert told_days(told, "/sends/data_series", campaign_id="c", send_id="s") == ["2024-03-31"]
    steps = {"st": Step("Renamed")}
    full.import_catalogue(CatalogueFile(campaigns={"c": Campaign("Named")}, canvases={"j": Canvas("J", steps=steps)}))
    assert follower.follow() == []
    follower.assert_knows_all()


def test_a_late_event_tells_of_the_days_that_it_changes_and_of_no_others(full: Quotidian) -> None:
    full.deliver(message("email.Open", "ana", DAY, campaign_id="c", send_id="s"))
    follower = Follower(full)
    follower.follow()
    full.deliver(message("email.Open", "ana", "2024-03-27", campaign_id="c", send_id="s"))
    told = follower.follow()
    assert {change["series"] for change in told} == {"/campaigns/data_series", "/sends/data_series"}
    assert told_days(told, "/campaigns/data_series", campaign_id="c") == ["2024-03-27", DAY]


def test_a_purged_send_is_told_once_to_be_gone(full: Quotidian) -> None:
    follower, late_follower = Follower(full), Follower(full)
    follower.follow()
    object.__setattr__(full.settings, "send_keep_days", 30)
    for _ in range(2):
        full.roll_up()
    told = follower.follow()
    assert [{**change, "version": 0} for change in told] == [
        {"series": "/sends/data_series", "campaign_id": "c", "send_id": "s", "version": 0, "point": None}
    ]
    assert not told_days(late_follower.follow()[:-1], "/sends/data_series", campaign_id="c", send_id="s")
    full.roll_up()
    assert follower.follow() == []


def test_a_segment_that_is_removed_is_gone_and_comes_back(full: Quotidian) -> None:
    follower = Follower(full)
    follower.follow()
    with writing(full.engine) as connection:
        remove_entry(connection, full.workspace(), "segment", "ever")
    full.roll_up()
    told = follower.follow()
    assert told
    assert all(change["segment_id"] == "ever" and change["point"] is None for change in told)
    follower.assert_knows_all()
    full.import_catalogue(CatalogueFile(segments={"ever": EVER}))
    for each in (follower, beginner := Follower(full)):
        each.follow()
        each.assert_knows_all()
    assert beginner.kept == follower.kept


def test_what_no_event_names_any_more_is_gone_after_a_rebuild(full: Quotidian) -> None:
    full.deliver(session("bo", "2024-04-02"))
    follower = Follower(full)
    follower.follow()
    full.events.run("ALTER TABLE quotidian.events DELETE WHERE day < 19814 SETTINGS mutations_sync = 2")
    full.rebuild()
    told = follower.follow()
    gone = {change["series"] for change in told if change["point"] is None}
    assert {"/campaigns/data_series", "/canvas/data_series", "/events/data_series", "/sends/data_series"} <= gone
    follower.assert_knows_all()
    assert not Follower(full, series="/campaigns/data_series").follow()[:-1]
    full.deliver(*of_everything("cy"))
    for each in (follower, Follower(full)):
        each.follow()
        each.assert_knows_all()


@pytest.mark.slow
def test_segments_that_are_defined_anew_are_followed(quotidian: Quotidian) -> None:
    world = make_world(6, users=10, days=12, campaigns=2)
    follower = Follower(quotidian)
    quotidian.deliver(*world.events)
    for segments in (SEGMENTS, OTHER_SEGMENTS, {"lively": SEGMENTS["lively"]}):
        quotidian.import_catalogue(CatalogueFile(segments=segments))
        follower.follow()
        follower.assert_knows_all()
    quotidian.rebuild()
    assert follower.follow() == []


def test_two_workspaces_do_not_see_each_other(full: Quotidian) -> None:
    key = full.add_workspace("other", "Asia/Tokyo")
    mine, others = Follower(full), Follower(full, key)
    before = mine.follow()
    assert others.follow() == []
    full.deliver(session("bo", DAY), workspace="other")
    assert mine.follow() == []
    told = others.follow()
    assert {change["version"] for change in told} == {1, 2}
    assert told_days(told, "/kpi/dau/data_series") == [DAY]
    assert Follower(full).follow() == before


class Calendar:
    """Turns the days of all workspaces."""

    def __init__(self, today: date) -> None:
        self.today = today

    def turned(self) -> AbstractContextManager[object]:
        return patch.object(Workspace, "today", property(lambda _: self.today))


def test_days_that_begin_are_told_when_they_do(quotidian: Quotidian) -> None:
    """Monthly users and the sizes of segments are known before: also those of days on which nothing happens."""
    calendar = Calendar(date(2024, 3, 30))
    with calendar.turned():
        quotidian.import_catalogue(
            CatalogueFile(segments={"ever": EVER, "week": Segment("Week", [Filter("active", within_days=7)])})
        )
        quotidian.deliver(*of_everything())
        follower = Follower(quotidian)
        follower.follow()
        for days_later in (1, 1, 3, 1, 30, 1):
            calendar.today += timedelta(days=days_later)
            assert follower.follow() == []
            quotidian.roll_up()
            told = follower.follow()
            assert max(change["point"]["time"] for change in told) == str(calendar.today)
            assert {change["series"] for change in told} <= {"/kpi/mau/data_series", "/segments/data_series"}
            follower.assert_knows_all()
            quotidian.roll_up()
            assert follower.follow() == []
        assert numbers(
            follower.kept[name_of({"series": "/segments/data_series", "segment_id": "ever"})][calendar.today]
        )


def test_a_day_that_begins_while_it_is_computed_is_told(quotidian: Quotidian) -> None:
    calendar = Calendar(date(2024, 3, 30))
    with calendar.turned():
        quotidian.deliver(session("ana", DAY))
        follower = Follower(quotidian)
        follower.follow()
        calendar.today += timedelta(days=1)
        quotidian.deliver(session("bo", DAY))
        follower.follow()
        follower.assert_knows_all()


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({"since": "-1"}, "a version: a whole number"),
        ({"since": "x"}, "a version: a whole number"),
        ({"since": "99"}, "since must be at most"),
        ({"since": "99", "wait": "60"}, "since must be at most"),
        ({"limit": "0"}, "from 1 to 100000"),
        ({"limit": "100001"}, "from 1 to 100000"),
        ({"series": "/nothing"}, "/campaigns/data_series"),
        ({"wait": "61"}, "from 0 to 60"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_what_is_right(
    full: Quotidian, given: dict[str, str], right: str
) -> None:
    response = full.get("/v1/changes", **given)
    assert response.status_code == 400
    assert right in response.json()["message"]


def test_a_campaigns_points_are_those_of_its_series(full: Quotidian) -> None:
    told = Follower(full, series="/campaigns/data_series").follow()
    assert [change["point"] for change in told] == full.campaign("c", DAY)


def test_an_event_far_ahead_brings_no_sizes_of_the_days_until_then(quotidian: Quotidian) -> None:
    quotidian.import_catalogue(CatalogueFile(segments={"ever": EVER}))
    today = date.today()
    quotidian.deliver(session("ana", f"{today}T00:30"), session("bo", "2106-01-01"))
    quotidian.deliver(session("cy", f"{today - timedelta(days=3)}T12:00"))
    stored = "SELECT count(*) FROM points JOIN series ON id = series_id WHERE kind = 'size'"
    with quotidian.engine.connect() as connection:
        assert 4 <= connection.exec_driver_sql(stored).scalar_one() <= 6
    sizes = quotidian.data("/segments/data_series", segment_id="ever", length=4, ending_at=str(today))
    assert [point["size"] for point in sizes] == [1, 1, 1, 2]
