"""The users' active days beside the events: whatever happens in between, they are what the events say."""

from datetime import date, timedelta

import pytest
from conftest import Json, Quotidian
from events import session

from quotidian.control.doubtful_days import doubtful
from quotidian.domain.day_bits import BLOCK_DAYS
from quotidian.domain.days import day_of
from quotidian.series.activity.active_days import remake
from quotidian.store.events import StatementFailed

BITS = """
SELECT hex(user) AS user, app, block, groupBitOrMerge(days)
FROM quotidian.active_days GROUP BY user, app, block ORDER BY user, app, block
"""
BORDER = date(1970, 1, 1) + timedelta(days=BLOCK_DAYS * 310)


def bits(quotidian: Quotidian) -> list[tuple[str, int, int, int]]:
    return quotidian.events.rows(BITS, {}, tuple[str, int, int, int])


def sessions() -> list[Json]:
    """Around the border of two blocks, years before it, and of users with several apps, one, and none."""
    days = [BORDER + timedelta(days=number) for number in (-2000, -129, -128, -127, -65, -64, -63, -1, 0, 1, 63, 64)]
    return [session(user, str(day), app_id=app) for day in days for user, app in APPS]


APPS = (("ana", "tea"), ("ana", "cake"), ("bo", "tea"), ("cy", None), ("di", "tea"), ("di", None))


def test_active_days_are_the_same_however_they_were_made(quotidian: Quotidian) -> None:
    events = sessions()
    quotidian.deliver(*events[::2])
    quotidian.deliver(*events)
    put = bits(quotidian)
    assert sum(number.bit_count() for *_, number in put) == len(events)
    assert list(remake(quotidian.events))
    assert bits(quotidian) == put


@pytest.mark.parametrize("interrupted", ["quotidian.ingest.store_batch.put_new", "quotidian.ingest.store_batch.trust"])
@pytest.mark.parametrize("then", ["another load", "a rollup"])
def test_what_a_crash_left_out_is_derived_from_the_events(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, interrupted: str, then: str
) -> None:
    def crash(*_: object) -> None:
        raise StatementFailed("a crash")

    monkeypatch.setattr(interrupted, crash)
    with pytest.raises(StatementFailed, match="a crash"):
        quotidian.deliver(*sessions())
    monkeypatch.undo()
    assert in_doubt(quotidian)
    more = 0
    if then == "another load":
        quotidian.deliver(session("ed", str(BORDER), app_id="tea"))
        more = 1
    quotidian.roll_up()
    assert not in_doubt(quotidian)
    assert quotidian.kpi("dau", str(BORDER)) == [4 + more]
    assert quotidian.kpi("dau", str(BORDER), app_id="tea") == [3 + more]
    assert quotidian.kpi("mau", str(BORDER + timedelta(days=30)), app_id="tea") == [3]
    put = bits(quotidian)
    assert list(remake(quotidian.events))
    assert bits(quotidian) == put


def in_doubt(quotidian: Quotidian) -> bool:
    with quotidian.engine.connect() as connection:
        return bool(doubtful(connection))


def test_a_session_of_long_ago_changes_no_later_block(quotidian: Quotidian) -> None:
    quotidian.deliver(*sessions())
    before = [row for row in bits(quotidian) if row[2] >= 308]
    quotidian.deliver(session("ana", "2015-01-01", app_id="tea"))
    assert [row for row in bits(quotidian) if row[2] >= 308] == before
    assert day_of(date(2015, 1, 1)) // BLOCK_DAYS in {block for _, _, block, _ in bits(quotidian)}
