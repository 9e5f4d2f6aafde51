"""`/v1/data`: whatever is delivered, however often and interrupted wherever, its numbers are those of the oracle."""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import Quotidian
from currents import write_jsonl
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from kills import Kill, killed_after, killing_told, try_kills
from oracle_data import DAY, Came, DataOracle, Key
from sqlalchemy import select

from quotidian.store.sqlite import driver as sqlite
from quotidian.store.tables import loaded_files

Json = dict[str, Any]

HOUR = 3600
ZONES = {"default": "Europe/Paris", "other": "Asia/Kolkata"}
SESSION = "users.behaviors.app.SessionStart"
SEND = "users.messages.email.Send"
UNHEARD_OF = "users.messages.pigeon.Send"
AGES = (HOUR, 23 * HOUR, 25 * HOUR, 3 * DAY, 400 * DAY, -2 * DAY)


def event(event_type: str, number: int, age: float, user: str = "ana") -> Json:
    """An event, and its copies; other numbers are other events."""
    properties = {"campaign_id": "c", "message_variation_id": "v"} if event_type == SEND else {}
    return {
        "event_type": event_type,
        "id": f"{event_type} {number}",
        "time": int(time.time() - age) // 60 * 60,
        "user": {"user_id": user},
        "properties": properties,
    }


def unusable(number: int) -> list[Json]:
    """Records that cannot be used, for every reason; with a usable time, if that is not the reason."""
    one = event(SEND, 1_000 + number, 4 * DAY)
    return [
        {**one, "id": ""},
        {**one, "user": {}},
        {**one, "time": None},
        {**one, "time": one["time"] * 1000},
        {**one, "event_type": ""},
    ]


def unheard_of(number: int) -> Json:
    return {**event(SEND, number, HOUR), "event_type": UNHEARD_OF}


class Deliveries:
    """A data folder with two workspaces, and an oracle of each."""

    def __init__(self, folder: Path) -> None:
        self.quotidian = Quotidian(folder / "data", ZONES["default"])
        self.keys = {"default": self.quotidian.key, "other": self.quotidian.add_workspace("other", ZONES["other"])}
        self.oracles = {name: DataOracle(zone) for name, zone in ZONES.items()}
        self._folder = folder / "files"
        self._files = 0

    def post(self, workspace: str, records: Iterable[Json]) -> None:
        """Records are acknowledged, and no more."""
        with self._telling(workspace, list(records)) as told:
            self.quotidian.post_events(*told, key=self.keys[workspace])

    def write(self, records: Iterable[Json]) -> Path:
        """A file of records."""
        self._files += 1
        return write_jsonl(self._folder / f"{self._files}.jsonl", records)

    def load(self, workspace: str, file: Path, begin: float | None = None) -> None:
        """A file is loaded; it may be that some of its events are stored since `begin`, by a load that was killed."""
        with self._telling(workspace, lines_of(file), begin):
            self.quotidian.load(file, workspace=workspace)

    def load_killed(self, workspace: str, file: Path, after: int, begin: float) -> None:
        """A file is loaded, and that is interrupted after so many changes; the oracle is told if it was noted whole."""
        before = self.noted_at(file)
        with killed_after(after):
            self.quotidian.load(file, workspace=workspace)
        self.quotidian.reopen()
        if self.noted_at(file) != before:
            self.oracles[workspace].deliver(lines_of(file), begin, time.time())

    def noted_at(self, file: Path) -> int | None:
        """When a file was loaded whole, and noted as that, the last time."""
        query = select(loaded_files.c.loaded_at).where(loaded_files.c.origin == str(file))
        with self.quotidian.engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def drain_killed(self, after: int) -> None:
        """What was posted is taken over, and that is interrupted after so many changes."""
        with killed_after(after):
            self.quotidian.drain()
        self.quotidian.reopen()

    def assert_right(self) -> None:
        """Both workspaces are told what the oracle says, zeros included, and nothing of the other."""
        for workspace, oracle in self.oracles.items():
            assert_told(self.told(workspace), oracle.rows)

    def assert_events_are_those_stored(self) -> None:
        """Even if nothing went on after a crash."""
        for workspace in ZONES:
            counted = {key: row["events"] for key, row in self.told(workspace).items() if row["events"]}
            assert counted == self.stored(workspace)

    def told(self, workspace: str) -> dict[Key, Json]:
        """The rows of two years, and of today, by date and type."""
        found = self.quotidian.data("/v1/data", key=self.keys[workspace], **{"from": a_date(800)})
        return {(row["time"], row["event_type"]): row for row in found}

    def stored(self, workspace: str) -> dict[Key, int]:
        query = "SELECT day, type, count() FROM quotidian.events WHERE workspace = %(workspace)s GROUP BY day, type"
        rows = self.quotidian.events.rows(query, {"workspace": workspace}, tuple[int, str, int])
        today = datetime.now(self.quotidian.workspace(workspace).zone).date()
        dated = {(date(1970, 1, 1) + timedelta(days=day), each): number for day, each, number in rows}
        return {(day.isoformat(), each): number for (day, each), number in dated.items() if day <= today}

    @contextmanager
    def _telling(self, workspace: str, records: list[Json], begin: float | None = None) -> Iterator[list[Json]]:
        """The oracle is told of records that are delivered in the block."""
        begin = begin or time.time()
        yield records
        self.oracles[workspace].deliver(records, begin, time.time())

    def close(self) -> None:
        self.quotidian.close()


def lines_of(file: Path) -> list[Json]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def a_date(days: int) -> str:
    """The date so many days ago, where the workspace `default` is."""
    return (datetime.now(ZoneInfo(ZONES["default"])).date() - timedelta(days)).isoformat()


def assert_told(told: Mapping[Key, Json], expected: Mapping[Key, Came]) -> None:
    """The rows are those expected, and zeros; arrivals are to the second."""
    today = max(day for day, _ in told) if told else ""
    for key in {*told, *(key for key in expected if key[0] <= today)}:
        row, came = told[key], expected.get(key, Came())
        found = (row["events"], row["duplicates"], row["late"], row["dead"], row["unknown"])
        assert found == (len(came.arrivals), came.duplicates, came.late, came.dead, came.unknown), (key, row, came)
        for name, pick in (("first_arrival", min), ("last_arrival", max)):
            assert_between(row[name], came.arrivals, pick)


def assert_between(
    told: str | None, arrivals: list[tuple[float, float]], pick: Callable[[Iterable[float]], float]
) -> None:
    if told is None or not arrivals:
        assert (told, arrivals) == (None, [])
        return
    least, most = (pick(ends) for ends in zip(*arrivals, strict=True))
    assert int(least) <= datetime.fromisoformat(told).timestamp() <= most


@pytest.fixture
def deliveries(tmp_path: Path) -> Iterator[Deliveries]:
    with closing(Deliveries(tmp_path)) as opened:
        yield opened


# The rules


def test_events_are_of_their_day_and_type_and_late_if_they_came_more_than_a_day_after_their_time(
    deliveries: Deliveries,
) -> None:
    ages = (HOUR, 23 * HOUR, 25 * HOUR, 25 * HOUR, 30 * DAY)
    deliveries.post("default", [event(SEND, number, age) for number, age in enumerate(ages)])
    deliveries.quotidian.drain()
    rows = deliveries.told("default").values()
    assert (sum(row["events"] for row in rows), sum(row["late"] for row in rows)) == (5, 3)
    deliveries.assert_right()


def test_an_event_that_comes_by_file_and_by_http_is_an_event_and_a_duplicate(deliveries: Deliveries) -> None:
    records = [event(SEND, 1, HOUR), event(SESSION, 1, 3 * DAY)]
    deliveries.load("default", deliveries.write([*records, records[0]]))
    deliveries.post("default", records)
    deliveries.quotidian.drain()
    rows = deliveries.told("default").values()
    assert (sum(row["events"] for row in rows), sum(row["duplicates"] for row in rows)) == (2, 3)
    deliveries.assert_right()


@pytest.mark.parametrize("way", ["posted", "in a file"])
def test_dead_records_are_of_the_day_of_their_time_or_of_that_on_which_they_came(
    deliveries: Deliveries, way: str
) -> None:
    if way == "posted":
        deliveries.post("other", unusable(1))
        deliveries.quotidian.drain()
    else:
        deliveries.load("other", deliveries.write(unusable(1)))
    dead = {key: row["dead"] for key, row in deliveries.told("other").items() if row["dead"]}
    assert sum(sum(reasons.values()) for reasons in dead.values()) == 5
    assert len({day for day, _ in dead}) == 2
    deliveries.assert_right()
    assert deliveries.told("default") == {}


def test_dead_records_beyond_those_that_are_kept_are_counted_by_reason(deliveries: Deliveries) -> None:
    one = event(SEND, 1, HOUR)
    deliveries.quotidian.post_events(*([{**one, "id": ""}] * 700 + [{**one, "user": {}}] * 700))
    deliveries.quotidian.drain()
    dead: Counter[str] = Counter()
    for row in deliveries.told("default").values():
        dead.update(row["dead"])
    assert dead == {"no id": 700, "no user": 700}


def test_a_type_that_clients_made_up_is_no_row_of_its_own_where_it_is_refused(tmp_path: Path) -> None:
    with closing(Quotidian(tmp_path / "data", strict_events="1")) as quotidian:
        quotidian.post_events(*({**event(SEND, 1, HOUR), "event_type": f"made.up.{n}"} for n in range(20)))
        quotidian.drain()
        rows = [row for row in quotidian.data("/v1/data") if row["dead"]]
    assert [(row["event_type"], row["dead"]) for row in rows] == [("(others)", {"unknown event type": 20})]


def test_unknown_types_are_of_the_day_on_which_they_came_and_listed(deliveries: Deliveries) -> None:
    deliveries.post("default", [unheard_of(1), unheard_of(2)])
    deliveries.quotidian.drain()
    deliveries.load("default", deliveries.write([unheard_of(3)]))
    deliveries.assert_right()
    answer = deliveries.quotidian.get("/v1/data").json()
    ((row,), (unknown,)) = [row for row in answer["data"] if row["unknown"]], answer["unknown_types"]
    assert (row["event_type"], row["unknown"], row["events"]) == (UNHEARD_OF, 3, 0)
    assert (unknown["event_type"], unknown["events"]) == (UNHEARD_OF, 3)
    assert deliveries.quotidian.get("/v1/data", key=deliveries.keys["other"]).json()["unknown_types"] == []


def test_events_go_where_their_app_group_says_and_are_counted_there(deliveries: Deliveries) -> None:
    one = event(SEND, 1, HOUR)
    grouped = {**one, "properties": {**one["properties"], "app_group_id": "other"}}
    deliveries.quotidian.load(deliveries.write([grouped]))
    assert [sum(row["events"] for row in deliveries.told(name).values()) for name in ("default", "other")] == [0, 1]


def test_every_day_is_a_row_of_each_type_that_came_in_the_range(deliveries: Deliveries) -> None:
    deliveries.load("default", deliveries.write([event(SEND, 1, 3 * DAY), event(SESSION, 1, 9 * DAY)]))
    first = a_date(10)
    rows = deliveries.quotidian.data("/v1/data", **{"from": first})
    days = [a_date(age) for age in range(10, -1, -1)]
    assert [(row["time"], row["event_type"]) for row in rows] == [(day, t) for day in days for t in (SESSION, SEND)]
    assert sum(row["events"] for row in rows) == 2
    assert deliveries.quotidian.data("/v1/data", **{"from": a_date(8), "to": a_date(5)}) == []


def test_after_a_standstill_arrivals_are_when_events_were_posted(deliveries: Deliveries) -> None:
    """Of so many minutes that several are taken together."""
    inbox, now = deliveries.quotidian.services.inboxes.posted, int(time.time())
    for minute in range(30):
        deliveries.quotidian.post_events(event(SEND, minute, HOUR))
        (*_, delivery) = inbox.take(1 << 30)
        change_arrival(deliveries.quotidian, delivery.id, now - 60 * (30 - minute))
    deliveries.quotidian.drain()
    (row,) = [row for row in deliveries.told("default").values() if row["events"]]
    first, last = (datetime.fromisoformat(row[name]).timestamp() for name in ("first_arrival", "last_arrival"))
    assert (row["events"], first) == (30, now - 30 * 60)
    assert now - 6 * 60 <= last <= now - 60


def change_arrival(quotidian: Quotidian, delivery: int, at: int) -> None:
    with closing(sqlite.connect(quotidian.folder.inbox)) as connection:
        connection.execute("UPDATE deliveries SET received_at = ? WHERE id = ?", (at * 1_000_000, delivery))
        connection.commit()


# What puts them right


def test_a_rebuild_changes_no_number(deliveries: Deliveries) -> None:
    deliveries.load("default", deliveries.write([*of_all_ages(), *unusable(1), unheard_of(1)]))
    before = deliveries.told("default")
    deliveries.quotidian.rebuild()
    assert deliveries.told("default") == before
    deliveries.assert_right()


def of_all_ages() -> list[Json]:
    return [event(kind, number, age) for number, age in enumerate(AGES) for kind in (SEND, SESSION)]


class Scene:
    """Deliveries of which some wait in the inbox, or in a file, with everything in them: as now, however often."""

    def __init__(self, folder: Path) -> None:
        self.deliveries = Deliveries(folder)
        self._data, self._saved = self.deliveries.quotidian.folder.path, folder / "saved"
        for workspace in ZONES:
            self.deliveries.post(workspace, [event(SEND, 1, HOUR), event(SESSION, 1, 3 * DAY), unheard_of(1)])
        self.deliveries.quotidian.drain()

    def save(self) -> None:
        """Now is how it is to begin each time."""
        self.deliveries.quotidian.close()
        shutil.copytree(self._data, self._saved, symlinks=True)

    def begin(self) -> None:
        """Everything is as it was."""
        shutil.rmtree(self._data)
        shutil.copytree(self._saved, self._data, symlinks=True)
        self.deliveries.quotidian.open()

    def try_kills(self, go_on: Callable[[], object]) -> None:
        """A kill after every few changes, until there are no more: all is right before and after it goes on."""
        try_kills(partial(self._run_killed, go_on))

    def _run_killed(self, go_on: Callable[[], object], after: int) -> Kill:
        self.begin()
        with killed_after(after) as kill:
            go_on()
        self.deliveries.quotidian.reopen()
        with closing(self.deliveries.quotidian), killing_told(kill):
            self.deliveries.assert_events_are_those_stored()
            go_on()
            self.deliveries.assert_right()
        return kill


def everything(number: int) -> list[Json]:
    """New events of several months, late and not, copies of each other and of stored ones, dead and unknown records."""
    new = [event(kind, number + place, age) for place, age in enumerate(AGES) for kind in (SEND, SESSION)]
    return [*new, *new[:3], event(SEND, 1, HOUR), event(SESSION, 1, 3 * DAY), *unusable(number), unheard_of(number)]


@pytest.mark.slow
def test_a_kill_between_any_two_statements_counts_what_was_posted_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for workspace in ZONES:
        scene.deliveries.post(workspace, everything(10))
        scene.deliveries.post(workspace, everything(12))
    scene.save()
    scene.try_kills(scene.deliveries.quotidian.drain)


@pytest.mark.slow
def test_a_kill_in_a_load_counts_the_events_of_its_file_once(tmp_path: Path) -> None:
    """A file that was noted before the kill is delivered again, so that all of it is duplicates then."""
    scene = Scene(tmp_path)
    file = scene.deliveries.write(everything(10))
    scene.save()
    oracle = deepcopy(scene.deliveries.oracles)

    def load() -> None:
        scene.deliveries.oracles = deepcopy(oracle)
        times = 1 if scene.deliveries.noted_at(file) is None else 2
        begin = time.time()
        scene.deliveries.quotidian.load(file)
        for _ in range(times):
            scene.deliveries.oracles["default"].deliver(lines_of(file), begin - HOUR / 2, time.time())

    scene.try_kills(load)


# Anything, in any order


@dataclass(frozen=True)
class Step:
    """Records are delivered to a workspace, by HTTP or as a file, and that is interrupted after some changes."""

    workspace: str
    records: tuple[Json, ...]
    is_posted: bool
    killed_after: tuple[int, ...]


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """A few records of a few events, so that copies are frequent."""
    events = st.builds(event, st.sampled_from([SEND, SESSION]), st.integers(0, 5), st.sampled_from(AGES))
    others = st.sampled_from([*unusable(1), unheard_of(1)])
    records = draw(st.lists(events | events | others, min_size=1, max_size=12))
    kills = draw(st.sampled_from([(), (), (25,), (60,), (33, 41)]))
    killed_after = tuple(draw(st.integers(0, most)) for most in kills)
    return Step(draw(st.sampled_from([*ZONES])), tuple(records), draw(st.booleans()), killed_after)


@pytest.mark.slow
@settings(
    max_examples=int(os.environ.get("ARRIVALS_EXAMPLES") or 4), deadline=None, suppress_health_check=[*HealthCheck]
)
@given(plan=st.lists(steps(), min_size=2, max_size=6))
def test_whatever_is_delivered_and_interrupted_the_numbers_are_those_of_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, plan: list[Step]
) -> None:
    with closing(Deliveries(tmp_path_factory.mktemp("data"))) as deliveries:
        for step in plan:
            note(repr(step))
            if step.is_posted:
                deliveries.post(step.workspace, step.records)
                for after in step.killed_after:
                    deliveries.drain_killed(after)
                    deliveries.assert_events_are_those_stored()
                deliveries.quotidian.drain()
            else:
                file, begin = deliveries.write(step.records), time.time()
                for after in step.killed_after:
                    deliveries.load_killed(step.workspace, file, after, begin)
                    deliveries.assert_events_are_those_stored()
                deliveries.load(step.workspace, file, begin)
            deliveries.assert_right()
