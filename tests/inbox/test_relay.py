"""From a node's inbox to that of all nodes: whatever ends between two steps, nothing is lost and nothing is doubled."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Quotidian
from events import session
from sqlalchemy import func, select

from quotidian.control.arrivals import DEAD, USABLE
from quotidian.control.nodes import LIVE_SECONDS, NodeState, all_nodes, forget_node, note_node
from quotidian.domain.days import now_micros
from quotidian.domain.errors import UserError
from quotidian.inbox.delivery import Delivery
from quotidian.inbox.drain import drain
from quotidian.inbox.inboxes import Inboxes
from quotidian.inbox.relay import relay
from quotidian.inbox.store import DatabaseInbox, DiskInbox, Inbox
from quotidian.ingest.report import LoadReport
from quotidian.store import sqlite
from quotidian.store.folder import DataFolder
from quotidian.store.tables import arrivals, dead_letters
from quotidian.telemetry.heartbeat import EngineState

DAY = "2024-03-30"
ROOM = 1 << 20


class Crash(BaseException):
    """The process is killed."""


class Relaying:
    """A node that passes on what is posted to it, and the leader, which takes it over."""

    def __init__(self, quotidian: Quotidian) -> None:
        self.quotidian = quotidian
        self.own = quotidian.services.inboxes.own
        self.shared = DatabaseInbox(quotidian.engine)

    def relay(self, most_bytes: int = ROOM) -> None:
        while relay(self.quotidian.engine, Inboxes(self.own, self.shared, self.own), most_bytes):
            pass

    def lead(self, inbox: Inbox | None = None) -> LoadReport:
        report = LoadReport()
        while drain(self.quotidian.stores, self.quotidian.staging, inbox or self.shared, report):
            pass
        self.quotidian.roll_up()
        return report

    def counts(self) -> tuple[int, int]:
        """Daily users, and dead letters with how often each came."""
        with self.quotidian.engine.connect() as connection:
            letters = len(connection.execute(select(dead_letters)).all())
        return self.quotidian.kpi("dau", DAY)[0], letters

    def arrived(self) -> int:
        """Events and dead records that have arrived, copies too."""
        with self.quotidian.engine.connect() as connection:
            counted = select(func.sum(arrivals.c.records)).where(arrivals.c.fate.in_((USABLE, DEAD)))
            return int(connection.execute(counted).scalar_one())


@pytest.fixture
def relaying(quotidian: Quotidian) -> Relaying:
    return Relaying(quotidian)


def post(relaying: Relaying, *users: str) -> None:
    events = [session(user, DAY) for user in users]
    relaying.quotidian.post_events(*events, {**session("nobody", DAY), "id": ""})


def test_what_is_passed_on_counts_once(relaying: Relaying) -> None:
    post(relaying, "ana", "bo")
    relaying.relay()
    assert relaying.own.depth().deliveries == 0
    assert relaying.shared.depth().deliveries == 1
    relaying.lead()
    assert relaying.counts() == (2, 1)
    assert relaying.shared.depth().deliveries == 0


@pytest.mark.parametrize("leads_meanwhile", [False, True])
def test_what_a_crash_has_left_in_the_own_inbox_is_not_passed_on_again(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch, leads_meanwhile: bool
) -> None:
    post(relaying, "ana")

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(DiskInbox, "remove", crash)
        with pytest.raises(Crash):
            relaying.relay()
    if leads_meanwhile:
        relaying.lead()
    post(relaying, "bo")
    relaying.relay()
    relaying.lead()
    assert relaying.counts() == (2, 1)
    assert relaying.arrived() == 4
    assert relaying.own.depth().deliveries == 0


def test_what_a_leader_had_stored_when_it_died_is_not_passed_on_when_it_follows(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(relaying, "ana")

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(DiskInbox, "remove", crash)
        with pytest.raises(Crash):
            relaying.lead(relaying.own)
    relaying.relay()
    relaying.lead()
    assert relaying.counts() == (1, 1)
    assert relaying.arrived() == 2


def test_an_inbox_that_is_restored_from_a_backup_gives_ids_again_and_loses_nothing(
    relaying: Relaying, tmp_path: Path
) -> None:
    other = DataFolder(tmp_path / "other")
    other.path.mkdir()
    with closing(DiskInbox(other)):
        pass
    backup = shutil.copy(other.inbox, tmp_path / "backup")
    for user in ("ana", "bo"):
        with closing(DiskInbox(other)) as own:
            relaying.own = own
            event = relaying.quotidian.services.inboxes.own
            relaying.quotidian.post_events(session(user, DAY))
            (posted,) = event.take(ROOM)
            event.remove([posted])
            assert own.put([Delivery(posted.workspace_id, posted.received_at, posted.events)], ROOM) == [True]
            assert [each.id for each in own.take(ROOM)] == [1]
            relaying.relay()
        shutil.copy(backup, other.inbox)
    relaying.lead()
    assert relaying.counts() == (2, 0)


def test_what_finds_no_room_stays_where_it_is(relaying: Relaying) -> None:
    post(relaying, "ana")
    relaying.relay(most_bytes=10)
    assert (relaying.own.depth().deliveries, relaying.shared.depth().deliveries) == (1, 0)
    relaying.relay()
    assert (relaying.own.depth().deliveries, relaying.shared.depth().deliveries) == (0, 1)


def test_a_key_was_last_used_when_the_latest_node_says(relaying: Relaying) -> None:
    relaying.shared.note_uses({1: 300, 2: 100})
    relaying.shared.note_uses({1: 200, 3: 50})
    assert relaying.shared.last_uses() == {1: 300, 2: 100, 3: 50}


def test_a_node_whose_clock_is_days_ahead_forgets_no_first_request_of_others(relaying: Relaying) -> None:
    now = now_micros()
    assert relaying.shared.first_received(1, "key", now) == now
    relaying.shared.first_received(1, "other", now + 5 * 86_400_000_000)
    assert relaying.shared.first_received(1, "key", now + 60_000_000) == now


# Nodes


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The clock that nodes have in common: a list of one number, in microseconds."""
    now = [1_700_000_000_000_000]
    monkeypatch.setattr(sqlite, "clock", lambda _: now[0])
    return now  # type: ignore[return-value]


def state(role: str = "all", waiting: int = 0) -> NodeState:
    return NodeState(role, "0.1.0", "a.example", 7, 0.0, waiting, 0, 0.0, EngineState(7, 0.0, 0.0, ""))


def test_two_nodes_of_one_name_are_refused_while_one_of_them_lives(quotidian: Quotidian, clock: list[int]) -> None:
    note_node(quotidian.engine, "alpha", "first", state())
    note_node(quotidian.engine, "beta", "second", state())
    with pytest.raises(UserError, match=r"'alpha' and lives: process 7 on a\.example"):
        note_node(quotidian.engine, "alpha", "second", state())
    clock[0] += (LIVE_SECONDS + 1) * 1_000_000
    note_node(quotidian.engine, "alpha", "second", state("api"))
    with quotidian.engine.connect() as connection:
        found = {each.name: (each.identity, each.is_live) for each in all_nodes(connection)}
    assert found == {"alpha": ("second", True), "beta": ("second", False)}


def test_a_node_that_begins_again_keeps_its_name_and_one_that_has_ended_is_forgotten(quotidian: Quotidian) -> None:
    for _ in range(2):
        note_node(quotidian.engine, "alpha", "first", state())
    forget_node(quotidian.engine, "alpha", "another's")
    with quotidian.engine.connect() as connection:
        assert [each.name for each in all_nodes(connection)] == ["alpha"]
    forget_node(quotidian.engine, "alpha", "first")
    with quotidian.engine.connect() as connection:
        assert all_nodes(connection) == []


def test_a_node_that_is_gone_is_missed_for_as_long_as_it_may_have_something(
    quotidian: Quotidian, clock: list[int]
) -> None:
    note_node(quotidian.engine, "alpha", "first", state(waiting=1))
    note_node(quotidian.engine, "beta", "second", state())
    for hours, missed in ((0.5, ["alpha", "beta"]), (24, ["alpha"]), (24 * 29, ["alpha"])):
        clock[0] += int(hours * 3_600_000_000)
        with quotidian.engine.connect() as connection:
            assert [each.name for each in all_nodes(connection)] == missed
    clock[0] += 48 * 3_600_000_000
    note_node(quotidian.engine, "beta", "second", state())
    with quotidian.engine.connect() as connection:
        assert [each.name for each in all_nodes(connection)] == ["beta"]
