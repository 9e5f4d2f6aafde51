"""Which days were changed by batches since a rollup began."""

from contextlib import suppress

from quotidian.domain.days import Day
from quotidian.store.changes import Changes

SIXTH, SEVENTH = Day(6), Day(7)
DAYS = {(1, "campaigns"): {SEVENTH, Day(8)}}


def test_days_of_a_batch_that_is_being_stored_are_changed_for_who_began_before_it_or_during_it() -> None:
    changes = Changes()
    before = changes.stored
    with changes.storing():
        changes.add(DAYS)
        during = changes.stored
    for since in (before, during):
        assert changes.changed(1, "campaigns", [SIXTH, SEVENTH], since)
        assert not changes.changed(1, "campaigns", [SIXTH], since)
        assert not changes.changed(1, "canvases", [SEVENTH], since)
        assert not changes.changed(2, "campaigns", [SEVENTH], since)


def test_for_who_begins_after_a_batch_its_days_are_as_they_are() -> None:
    changes = Changes()
    with changes.storing():
        changes.add(DAYS)
    assert not changes.changed(1, "campaigns", [SEVENTH], changes.stored)


def test_a_batch_that_fails_has_ended() -> None:
    changes = Changes()
    with suppress(ValueError), changes.storing():
        changes.add(DAYS)
        raise ValueError
    assert not changes.changed(1, "campaigns", [SEVENTH], changes.stored)
    with changes.none():
        pass
