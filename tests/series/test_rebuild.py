"""A rebuild goes in pieces: what is served, stored and killed meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import message, session
from conftest import Quotidian, filled
from test_whole_path import SEGMENTS
from worlds import make_world

from quotidian.catalogue import CatalogueFile
from quotidian.domain.progress import Progress
from quotidian.series.ranges import Failed
from quotidian.series.rebuild import is_rebuilding
from quotidian.series.rollup import rebuild

DAY = "2024-03-30"
POINTS = "SELECT kind, subject, send_id, day, point FROM points JOIN series ON series.id = series_id"


def points(quotidian: Quotidian) -> list[tuple[object, ...]]:
    """All points of series, with what names them."""
    with quotidian.engine.connect() as connection:
        return sorted(map(tuple, connection.exec_driver_sql(POINTS)), key=repr)


def rebuilding(quotidian: Quotidian) -> Iterator[Progress]:
    return rebuild(quotidian.stores, Failed())


def is_unfinished(quotidian: Quotidian) -> bool:
    with quotidian.engine.connect() as connection:
        return is_rebuilding(connection)


def fill(quotidian: Quotidian) -> None:
    world = make_world(7, users=10, days=20, campaigns=3)
    quotidian.import_catalogue(CatalogueFile(segments=SEGMENTS))
    quotidian.deliver(*world.events)


@pytest.fixture
def full(folder: Path) -> Iterator[Quotidian]:
    with filled(folder, fill) as opened:
        yield opened


def test_points_are_served_as_they_were_until_theirs_are_new(full: Quotidian) -> None:
    before = points(full)
    pieces = 0
    for _ in rebuilding(full):
        pieces += 1
        assert points(full) == before
    assert pieces > 5
    assert not is_unfinished(full)


@pytest.mark.slow
def test_a_rebuild_that_is_abandoned_after_any_piece_is_gone_on_with(full: Quotidian) -> None:
    before = points(full)
    pieces = len(list(rebuilding(full)))
    for abandoned_after in range(1, pieces, 2):
        work = rebuilding(full)
        for _ in range(abandoned_after):
            # Waiting for the thread that helps makes pieces too, which may be fewer this time.
            next(work, None)
        work.close()  # type: ignore[attr-defined]
        full.roll_up()
        assert not is_unfinished(full)
        assert points(full) == before


def test_live_events_are_stored_and_published_while_a_rebuild_is_at_work(full: Quotidian) -> None:
    work = rebuilding(full)
    while not is_unfinished(full):
        next(work)
    full.deliver(session("new", DAY), message("email.Send", "new", DAY, campaign_id="new", send_id="s"))
    assert full.kpi("dau", DAY)[-1] == 1
    list(work)
    after = points(full)
    full.rebuild()
    assert points(full) == after
    assert ("campaign", "new") in {row[:2] for row in after}


def test_points_that_no_event_explains_are_gone_after_a_rebuild(full: Quotidian) -> None:
    before = points(full)
    with full.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO series (workspace_id, kind, subject, send_id, shape, zero) "
            "VALUES (1, 'campaign', 'ghost', '', '', '')"
        )
        connection.exec_driver_sql(
            "UPDATE points SET point = '{\"spoilt\":1}' WHERE series_id IN (SELECT id FROM series WHERE kind = 'send')"
        )
    assert points(full) != before
    full.rebuild()
    assert points(full) == before
    with full.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM series WHERE subject = 'ghost'").all() == []
