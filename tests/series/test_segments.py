"""Segments have the oracle's numbers in whatever order events and the catalogue come; nothing is marked needlessly."""

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import oracle_segments as wanted
import pytest
from conftest import Json, Quotidian, days_between, filled
from events import email, event, purchase, session
from oracle import Oracle
from sqlalchemy import select

from quotidian.catalogue import CatalogueFile, Filter, Segment, import_catalogue
from quotidian.control.dirty_segments import SIZE, TALLIES
from quotidian.control.doubtful_filters import has_doubtful
from quotidian.domain.day_bits import BLOCK_DAYS
from quotidian.domain.days import date_of
from quotidian.series.segments import fulfilment
from quotidian.store.events import StatementFailed
from quotidian.store.series import writing
from quotidian.store.tables import dirty_days, hours, points, series

BORDER = date(1970, 1, 1) + timedelta(days=BLOCK_DAYS * 310)
TEA = "tea drunk"

EVER = Segment("Ever", [Filter("active")])
WEEK = Segment("Week", [Filter("active", within_days=7)])
SEGMENTS = {
    "ever": EVER,
    "week": WEEK,
    "one day": Segment("One day", [Filter("purchase", within_days=1)]),
    "thrice": Segment("Thrice", [Filter("active", at_least=3)]),
    "thrice in ten": Segment("Thrice in ten", [Filter("active", at_least=3, within_days=10)]),
    "reached": Segment("Reached", [Filter("received", campaign_id="c", within_days=100)]),
    "all": Segment("All", [Filter("event", event=TEA, at_least=2), Filter("active", within_days=30), Filter("active")]),
    "any": Segment(
        "Any", [Filter("purchase", product="tea"), Filter("received", campaign_id="c", within_days=3)], "any"
    ),
    "twice the same": Segment("Twice the same", [Filter("active", within_days=7), Filter("active", within_days=7)]),
}

EACH_WAY = {name: SEGMENTS[name] for name in ("ever", "thrice in ten", "any")}
"""Of each way in which days are found: for ever, by number, within a window."""


def tea(user: str, when: str) -> Json:
    return event("users.behaviors.CustomEvent", user, when, name=TEA)


def bought(user: str, when: str) -> Json:
    return purchase(user, when, 3.5, product_id="tea")


def sent(user: str, when: str) -> Json:
    return email("Send", user, when, "c")


KINDS = (session, tea, bought, sent)


def some_events(seed: int, number: int = 150) -> list[Json]:
    """Around the border of two blocks, and some years before."""
    rng = random.Random(seed)
    days = [*range(-20, 21), -64, -65, 63, 64, -900]
    return [
        rng.choice(KINDS)(rng.choice(["ana", "bo", "cy", "di", "ed"]), str(BORDER + timedelta(days=rng.choice(days))))
        for _ in range(number)
    ]


def assert_the_oracles(quotidian: Quotidian, delivered: list[Json], segments: Mapping[str, Segment]) -> None:
    """Sizes, and what members did, on all days around the border, and those of some years before."""
    oracle = Oracle(timezone="Europe/Paris")
    oracle.deliver(delivered)
    for last in (BORDER - timedelta(days=870), BORDER + timedelta(days=70)):
        days = days_between(last - timedelta(days=99), last)
        asked = {"length": 100, "ending_at": str(last)}
        for name, segment in segments.items():
            got = quotidian.data("/segments/data_series", **asked, segment_id=name)
            assert got == wanted.sizes(oracle, segment, days), name
            got = quotidian.data("/sessions/data_series", **asked, segment_id=name)
            assert got == wanted.sessions(oracle, segment, days), name
            if any(one["event_type"] == "users.behaviors.CustomEvent" for one in delivered):
                got = quotidian.data("/events/data_series", **asked, segment_id=name, event=TEA)
                assert got == wanted.event_counts(oracle, segment, TEA, days), name


def rows(quotidian: Quotidian) -> list[object]:
    with quotidian.engine.connect() as connection:
        names = series.c.kind, series.c.subject, series.c.app_id, series.c.segment_id
        of_points = select(*names, points.c.day, points.c.point).join_from(series, points)
        of_hours = select(*names, hours.c.day, hours.c.hours).join_from(series, hours)
        return [sorted(map(tuple, connection.execute(query)), key=repr) for query in (of_points, of_hours)]


def define(quotidian: Quotidian, segments: Mapping[str, Segment]) -> None:
    quotidian.import_catalogue(CatalogueFile(segments=dict(segments)))


def marked(quotidian: Quotidian) -> dict[tuple[str, str], set[str]]:
    found = defaultdict(set)
    with quotidian.engine.connect() as connection:
        for row in connection.execute(select(dirty_days).where(dirty_days.c.family == "segments")):
            found[row.subject, row.part].add(date_of(row.day).isoformat())
    return found


def sizes(quotidian: Quotidian, segment: str, days: int) -> list[int]:
    """Those of so many days from the border on."""
    asked = {"length": days, "ending_at": day(days - 1), "segment_id": segment}
    return [point["size"] for point in quotidian.data("/segments/data_series", **asked)]


def day(number: int) -> str:
    return str(BORDER + timedelta(days=number))


# Numbers


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_events_in_any_order_give_the_oracles_numbers_and_a_rebuild_the_same(quotidian: Quotidian, seed: int) -> None:
    events = some_events(seed)
    define(quotidian, SEGMENTS)
    for part in range(6):
        quotidian.deliver(*events[part::6])
    assert_the_oracles(quotidian, events, SEGMENTS)
    before = rows(quotidian)
    quotidian.rebuild()
    assert rows(quotidian) == before


def test_a_catalogue_that_changes_between_events_gives_the_oracles_numbers(quotidian: Quotidian) -> None:
    events = some_events(4)
    quotidian.deliver(*events[:40])
    define(quotidian, {"ever": EVER, "any": WEEK})
    quotidian.deliver(*events[40:80])
    define(quotidian, SEGMENTS)
    quotidian.deliver(*events[80:])
    assert_the_oracles(quotidian, events, SEGMENTS)


def test_a_filter_that_was_gone_for_a_while_knows_the_events_of_that_time(quotidian: Quotidian) -> None:
    events = some_events(5)
    define(quotidian, {"ever": Segment("Ever", [Filter("active", at_least=3)])})
    quotidian.deliver(*events[:50])
    define(quotidian, {"ever": WEEK})
    quotidian.deliver(*events[50:100])
    define(quotidian, {"ever": Segment("Ever", [Filter("active", at_least=3)])})
    quotidian.deliver(*events[100:])
    assert_the_oracles(quotidian, events, {"ever": Segment("Ever", [Filter("active", at_least=3)])})


def test_a_segment_without_a_window_has_a_member_from_years_back_on(quotidian: Quotidian) -> None:
    define(quotidian, {"ever": EVER, "thrice": SEGMENTS["thrice"]})
    early = session("ana", day(-900))
    said = [session("bo", day(-2)), session("ana", day(0)), session("ana", day(1))]
    quotidian.deliver(*said)
    quotidian.deliver(early)
    assert_the_oracles(quotidian, [*said, early], {"ever": EVER, "thrice": SEGMENTS["thrice"]})


def test_late_events_make_up_the_number_that_is_needed(quotidian: Quotidian) -> None:
    some = {name: SEGMENTS[name] for name in ("thrice", "thrice in ten")}
    define(quotidian, some)
    events = [session("ana", day(9)), session("ana", day(0)), session("ana", day(5)), session("ana", day(1))]
    for number, late in enumerate(events):
        quotidian.deliver(late)
        assert_the_oracles(quotidian, events[: number + 1], some)


@pytest.mark.slow
def test_members_are_counted_in_pieces_as_at_once(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    events = some_events(6, 60)
    monkeypatch.setattr("quotidian.series.segments.compute._MEMBERS_AT_ONCE", 2)
    monkeypatch.setattr("quotidian.series.segments.fulfilment._AT_ONCE", 5)
    quotidian.deliver(*events)
    define(quotidian, SEGMENTS)
    assert_the_oracles(quotidian, events, SEGMENTS)


# Crashes

CRASHING = some_events(7)


def tell_a_third(quotidian: Quotidian) -> None:
    define(quotidian, EACH_WAY)
    quotidian.deliver(*CRASHING[:50])


@pytest.mark.parametrize("interrupted", ["fulfil", "publish_gained", "put", "trust"])
@pytest.mark.parametrize("then", ["another load", "a rollup"])
def test_what_a_crash_left_out_is_found_out_from_the_events(
    folder: Path, monkeypatch: pytest.MonkeyPatch, interrupted: str, then: str
) -> None:
    def crash(*_: object) -> None:
        raise StatementFailed("a crash")

    with filled(folder, tell_a_third) as quotidian:
        monkeypatch.setattr(f"quotidian.ingest.store_segments.{interrupted}", crash)
        with pytest.raises(StatementFailed, match="a crash"):
            quotidian.store_only(*CRASHING[50:100])
        monkeypatch.undo()
        assert in_doubt(quotidian)
        delivered = CRASHING[:100]
        if then == "another load":
            quotidian.store_only(*CRASHING[100:])
            delivered = CRASHING
        quotidian.roll_up()
        assert not in_doubt(quotidian)
        assert_the_oracles(quotidian, delivered, EACH_WAY)


@pytest.mark.parametrize("interrupted", ["fulfil", "put", "trust"])
def test_an_import_whose_settling_was_interrupted_is_settled_later(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, interrupted: str
) -> None:
    def crash(*_: object) -> None:
        raise StatementFailed("a crash")

    events = some_events(8)
    quotidian.deliver(*events[:50])
    monkeypatch.setattr(fulfilment, interrupted, crash)
    with pytest.raises(StatementFailed, match="a crash"):
        define(quotidian, SEGMENTS)
    monkeypatch.undo()
    quotidian.store_only(*events[50:])
    quotidian.roll_up()
    assert_the_oracles(quotidian, events, SEGMENTS)


def in_doubt(quotidian: Quotidian) -> bool:
    with quotidian.engine.connect() as connection:
        return has_doubtful(connection)


# Marks


def test_an_event_marks_tallies_of_its_own_day_and_sizes_that_it_can_change(quotidian: Quotidian) -> None:
    define(quotidian, {"ever": EVER, "week": WEEK, "any": SEGMENTS["any"]})
    quotidian.deliver(*(session(user, day(number)) for user in ("ana", "bo") for number in range(0, 30, 10)))
    assert marked(quotidian) == {}
    quotidian.store_only(session("ana", f"{day(10)}T18:00:00Z"))
    assert marked(quotidian) == {(segment, TALLIES): {day(10)} for segment in ("ever", "week", "any")}


def test_a_purchase_or_a_receipt_marks_nothing_of_segments_that_do_not_ask_for_it(quotidian: Quotidian) -> None:
    define(quotidian, {"ever": EVER, "week": WEEK})
    quotidian.deliver(session("ana", day(0)))
    quotidian.store_only(bought("ana", day(0)), sent("ana", day(0)), email("Open", "ana", day(0), "c"))
    assert marked(quotidian) == {}


def test_a_new_member_is_counted_within_the_window_and_marks_tallies_where_the_member_acted(
    quotidian: Quotidian,
) -> None:
    define(quotidian, {"any": SEGMENTS["any"]})
    quotidian.deliver(session("ana", day(0)), session("ana", day(2)), session("bo", day(1)), session("ana", day(4)))
    quotidian.store_only(sent("ana", day(0)))
    assert marked(quotidian) == {("any", TALLIES): {day(0), day(2)}}
    assert sizes(quotidian, "any", 5) == [1, 1, 1, 0, 0]


def test_of_one_filter_a_size_grows_at_once_and_is_not_marked(quotidian: Quotidian) -> None:
    some = {"ever": EVER, "week": WEEK}
    define(quotidian, some)
    said = [session(user, day(number)) for user, number in (("ana", 3), ("bo", 0), ("bo", 1), ("bo", 5))]
    quotidian.deliver(*said)
    quotidian.store_only(session("ana", day(1)))
    assert marked(quotidian) == {(segment, TALLIES): {day(1)} for segment in some}
    assert sizes(quotidian, "ever", 4) == [1, 2, 2, 2]
    assert sizes(quotidian, "week", 13) == [1, *[2] * 9, 1, 1, 0]


def test_of_several_filters_a_size_grows_by_those_who_belong_anew(quotidian: Quotidian) -> None:
    filters = [Filter("event", event=TEA), Filter("active", within_days=3)]
    define(quotidian, {match: Segment(match, filters, match) for match in ("all", "any")})
    quotidian.deliver(session("ana", day(0)), session("ana", day(4)), tea("bo", day(1)), session("cy", day(2)))
    assert (sizes(quotidian, "all", 5), sizes(quotidian, "any", 5)) == ([0, 0, 0, 0, 0], [1, 2, 3, 2, 3])
    quotidian.store_only(tea("ana", day(1)), session("bo", day(2)), tea("cy", day(4)))
    assert {part for _, part in marked(quotidian)} == {TALLIES}
    assert (sizes(quotidian, "all", 5), sizes(quotidian, "any", 5)) == ([0, 1, 2, 1, 3], [1, 2, 3, 3, 3])


def test_a_size_that_is_out_of_date_is_counted_by_the_rollup(quotidian: Quotidian) -> None:
    define(quotidian, {"ever": EVER})
    quotidian.deliver(session("ana", day(3)))
    quotidian.store_only(session("bo", day(1)))
    quotidian.store_only(session("cy", day(1)))
    assert marked(quotidian) == {("ever", SIZE): {day(1)}, ("ever", TALLIES): {day(1)}}
    quotidian.roll_up()
    assert sizes(quotidian, "ever", 4) == [0, 2, 2, 3]


def test_who_was_counted_before_a_crash_is_not_counted_again_after_it(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise StatementFailed("a crash")

    define(quotidian, {"ever": EVER})
    quotidian.deliver(session("ana", day(0)))
    monkeypatch.setattr("quotidian.ingest.store_segments.put", crash)
    with pytest.raises(StatementFailed, match="a crash"):
        quotidian.store_only(session("bo", day(0)))
    monkeypatch.undo()
    assert sizes(quotidian, "ever", 1) == [2]
    quotidian.store_only(session("bo", f"{day(0)}T20:00:00Z"))
    quotidian.roll_up()
    assert sizes(quotidian, "ever", 1) == [2]


def test_events_of_a_workspace_without_segments_mark_and_doubt_nothing(quotidian: Quotidian) -> None:
    quotidian.store_only(*some_events(9, 20))
    assert marked(quotidian) == {}
    assert not in_doubt(quotidian)


def test_a_changed_segment_marks_no_other(quotidian: Quotidian) -> None:
    define(quotidian, {"ever": EVER, "week": WEEK})
    quotidian.deliver(session("ana", day(0)))
    with writing(quotidian.engine) as connection:
        import_catalogue(connection, quotidian.workspace(), CatalogueFile(segments={"week": SEGMENTS["thrice in ten"]}))
    assert {segment for segment, _ in marked(quotidian)} == {"week"}
    quotidian.roll_up()
    assert marked(quotidian) == {}
