"""Lookups: queries without SQLAlchemy's way from statement to rows, which otherwise are like all others."""

from datetime import date

import pytest
from conftest import Quotidian
from events import session
from sqlalchemy import bindparam, column, select, table
from sqlalchemy.exc import OperationalError

from quotidian.series.campaigns.sends import SendRules
from quotidian.series.read import Subject, days_ending, find_series, read_points
from quotidian.store.lookups import Lookup

DAY = "2024-03-30"


def test_lookups_of_a_connection_see_one_state_of_the_store(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", DAY))
    workspace = quotidian.workspace()
    days = days_ending(date.fromisoformat(DAY), 1, workspace)
    with quotidian.engine.connect() as connection:
        found = find_series(connection, workspace, Subject("dau"), SendRules(0, 0))
        quotidian.deliver(session("bo", DAY))
        assert read_points(connection, found, days) == [b'{"time":"2024-03-30","dau":1}']
    assert quotidian.kpi("dau", DAY) == [2]


def test_a_lookup_that_fails_raises_what_any_query_raises(quotidian: Quotidian) -> None:
    broken = Lookup(select(column("day")).select_from(table("absent")).where(column("day") == bindparam("day")))
    with quotidian.engine.connect() as connection, pytest.raises(OperationalError, match="no such table"):
        broken.rows(connection, day=1)
