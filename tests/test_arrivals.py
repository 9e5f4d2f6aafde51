"""Late, early, twice, in any order: after each batch, every published number is what the oracle says of it so far."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations, zip_longest
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from arrivals import Arrivals
from currents import write_jsonl
from following import Follower
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from oracle import FIRST_SESSION, SESSION
from oracle_export import CUSTOM_EVENT
from stories import LONG_WINDOWS, LOOK_BACK, SESSIONS, STORIES, Story, Teller, of_window
from worlds import DAY, HOUR, nested

from quotidian.catalogue import Behavior, Campaign, Canvas, CatalogueFile, Filter, Segment
from quotidian.ingest.find import Finder
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport

pytestmark = pytest.mark.slow

Json = dict[str, Any]

PARIS = ZoneInfo("Europe/Paris")
IN_SPRING = date(2024, 3, 30)  # the clocks change on the next day
BLOCK = date(1970, 1, 1) + timedelta(days=64 * 310)


def told_in_every_order(
    stories: Mapping[str, Story], zone: ZoneInfo, start: date, most: int = 24
) -> Iterator[Sequence[Json]]:
    """The events of each story in every order, each time of another user and other subjects."""
    for name, story in stories.items():
        size = len(story(Teller.alone(name, zone, start)))
        for number, order in enumerate(permutations(range(size))):
            if number == most:
                break
            events = story(Teller.alone(f"{name} {number}", zone, start))
            yield [events[place] for place in order]


def batches(told: Iterable[Sequence[Json]]) -> Iterator[list[Json]]:
    """The first event of each, then the second of each, and so on."""
    for batch in zip_longest(*told):
        yield [event for event in batch if event is not None]


def test_stories_told_in_every_order_are_right_after_each_batch(tmp_path: Path) -> None:
    with closing(Arrivals(tmp_path / "data", "Europe/Paris")) as arrivals:
        for batch in batches(told_in_every_order(STORIES, PARIS, IN_SPRING)):
            arrivals.arrive(*batch)
            arrivals.assert_campaigns(arrivals.oracle)
            arrivals.assert_canvases(arrivals.oracle)


def test_stories_cut_in_two_anyhow_are_right_after_each_batch(tmp_path: Path) -> None:
    """What explains and what is explained in one batch, beside what is stored already or comes later."""
    batches: tuple[list[Json], list[Json]] = ([], [])
    for name, story in STORIES.items():
        size = len(story(Teller.alone(name, PARIS, IN_SPRING)))
        for first in range(1, 2**size):
            for place, event in enumerate(story(Teller.alone(f"{name} {first}", PARIS, IN_SPRING))):
                batches[0 if first >> place & 1 else 1].append(event)
    with closing(Arrivals(tmp_path / "data", "Europe/Paris")) as arrivals:
        for batch in batches:
            arrivals.arrive(*batch)
            arrivals.assert_campaigns(arrivals.oracle)
            arrivals.assert_canvases(arrivals.oracle)


def test_a_late_receipt_reaches_as_far_as_the_clock_can_be_put_forward(tmp_path: Path) -> None:
    """By itself: receipts of other days in the batch would have the same days looked at."""
    teller = Teller.alone("one", PARIS, IN_SPRING)
    received = teller.on(0, DAY - HOUR // 2)
    with closing(Arrivals(tmp_path / "data", "Europe/Paris")) as arrivals:
        for event in (teller.conversion(received + LOOK_BACK), teller.send(received)):
            arrivals.arrive(event)
            arrivals.assert_campaigns(arrivals.oracle)


def test_sessions_told_in_every_order_are_right_after_each_batch(tmp_path: Path) -> None:
    with closing(Arrivals(tmp_path / "data", "Europe/Paris")) as arrivals:
        for batch in batches(told_in_every_order(SESSIONS, PARIS, BLOCK)):
            arrivals.arrive(*batch)
            arrivals.assert_activity(arrivals.oracle)


def test_windows_that_a_catalogue_gives_between_batches_are_right_after_each_batch(tmp_path: Path) -> None:
    """Of all lengths: of receipts and entries that come before, with and after what they explain."""
    windows = {f"window of {window}": window for window in LONG_WINDOWS}
    told = list(told_in_every_order({name: of_window(window) for name, window in windows.items()}, PARIS, IN_SPRING))
    subjects = {
        str(event["properties"][key])
        for events in told
        for event in events
        for key in event["properties"]
        if key in ("campaign_id", "canvas_id")
    }
    with closing(Arrivals(tmp_path / "data", "Europe/Paris")) as arrivals:
        for number, batch in enumerate(batches(told)):
            if number == 2:
                arrivals.import_catalogue(of_windows({subject: windows[story_of(subject)] for subject in subjects}))
            arrivals.arrive(*batch)
            arrivals.assert_campaigns(arrivals.oracle)
            arrivals.assert_canvases(arrivals.oracle)


def story_of(subject: str) -> str:
    """The story's name in that of a campaign or canvas: `camp <story> <number>`."""
    return subject.partition(" ")[2].rpartition(" ")[0]


def of_windows(windows: Mapping[str, int]) -> CatalogueFile:
    """A catalogue that gives campaigns, and canvases (which are called so), revenue windows."""
    behaviors = {name: [Behavior("Makes Purchase", window)] for name, window in windows.items()}
    return CatalogueFile(
        campaigns={
            name: Campaign(conversion_behaviors=given) for name, given in behaviors.items() if name[:3] != "can"
        },
        canvases={name: Canvas(conversion_behaviors=given) for name, given in behaviors.items() if name[:3] == "can"},
    )


def test_a_window_that_grows_while_files_are_loaded_holds_for_the_rest_of_the_load(tmp_path: Path) -> None:
    teller = Teller.alone("one", PARIS, IN_SPRING)
    receipt, purchase = teller.send(teller.on(0)), teller.purchase(teller.on(40))
    with closing(Arrivals(tmp_path / "data", "Europe/Paris")) as arrivals:
        arrivals.arrive(purchase)
        write_jsonl(tmp_path / "files" / "1.jsonl", [receipt])
        quotidian = arrivals.quotidian
        sources = Finder([str(tmp_path / "files")]).find()
        load = ingest(quotidian.stores, quotidian.workspace(), sources, LoadReport())
        next(load)
        arrivals.oracle.deliver([receipt])
        arrivals.import_catalogue(of_windows({teller.campaign: 60 * DAY}))
        for _ in load:
            pass
        quotidian.roll_up()
        arrivals.assert_campaigns(arrivals.oracle)


def test_the_last_day_of_1969_is_a_day_as_others_are(tmp_path: Path) -> None:
    """The first usable second is on it, west of Greenwich."""
    first = [
        nested(event_type, f"first {number}", 0, {"user_id": "ana"}, {"app_id": "a", "campaign_id": "c", "name": "tea"})
        for number, event_type in enumerate((SESSION, FIRST_SESSION, "users.messages.email.Open", CUSTOM_EVENT))
    ]
    again = [{**event, "id": f"again {number}", "time": 3 * DAY} for number, event in enumerate(first)]
    with closing(Arrivals(tmp_path / "data", "America/New_York")) as arrivals:
        for batch in (again, first):
            arrivals.arrive(*batch)
            arrivals.assert_right()


# A few stories about the same users and subjects, cut anyhow


@dataclass(frozen=True)
class Step:
    """Something that happens: a batch arrives, and is perhaps interrupted after some changes; or a catalogue does."""

    batch: tuple[Json, ...] = ()
    killed_after: tuple[int, ...] = ()
    catalogue: CatalogueFile | None = None

    def __repr__(self) -> str:
        """Short: what Hypothesis prints of a failure."""
        events = ", ".join(f"{one['id']}={one['event_type']}@{one['time']}" for one in self.batch)
        return f"Step([{events}], {self.killed_after}, {self.catalogue})"


@dataclass(frozen=True)
class Plan:
    """A time zone, and what happens one after the other."""

    timezone: str
    steps: list[Step]


PLACES = (
    ("Europe/Paris", date(2024, 3, 30)),
    ("Europe/Paris", date(2024, 10, 26)),
    ("UTC", BLOCK),
    ("Asia/Kolkata", BLOCK - timedelta(days=1)),
    ("America/Sao_Paulo", date(2018, 11, 3)),  # midnight of the fourth does not exist
    ("Pacific/Apia", date(2011, 12, 29)),  # nor does all of the thirtieth
    ("Australia/Lord_Howe", date(2024, 4, 6)),  # half an hour
    ("America/New_York", date(1970, 1, 2)),
)
EURO = {"EUR": Decimal("1.08331")}
SEGMENTS = {
    "lively": Segment("Lively", [Filter("active", within_days=7)]),
    "ever": Segment("Ever", [Filter("active", at_least=2)]),
    "loyal": Segment("Loyal", [Filter("active", within_days=30), Filter("purchase", at_least=2)]),
    "either": Segment(
        "Either",
        [Filter("received", campaign_id="c", at_least=2), Filter("event", event="tea drunk", within_days=2)],
        match="any",
    ),
    "buyers": Segment("Buyers", [Filter("purchase", product="tea", at_least=2, within_days=3)]),
}
OTHER_SEGMENTS = {
    "lively": Segment("Lively", [Filter("active", within_days=2)]),
    "ever": Segment("Ever", [Filter("purchase"), Filter("received", campaign_id="d", within_days=14)]),
}


CATALOGUES = (
    *(of_windows({"c": window, "d": window, "canvas": window}) for window in LONG_WINDOWS),
    CatalogueFile(rates=EURO),
    CatalogueFile(rates={"EUR": Decimal("0.5")}),
    CatalogueFile(segments=SEGMENTS),
    CatalogueFile(segments=OTHER_SEGMENTS),
    CatalogueFile(segments={"lively": SEGMENTS["lively"]}),
)


def odds_and_ends(teller: Teller) -> list[Json]:
    """What only segments and tallies count, and purchases in another currency."""
    return [
        teller.does(teller.on(0)),
        teller.does(teller.on(1, -1)),
        teller.purchase(teller.on(3), 49.95, "EUR"),
        teller.session(teller.on(8), "b"),
    ]


EVERYTHING = [*STORIES.values(), *SESSIONS.values(), *map(of_window, LONG_WINDOWS), *([odds_and_ends] * 5)]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Two to four stories, told in any order in small batches; some of them twice, some interrupted."""
    timezone, start = draw(st.sampled_from(PLACES))
    events: list[Json] = []
    for number in range(draw(st.integers(2, 4))):
        campaign, rival = draw(st.sampled_from((("c", "d"), ("d", "c"))))
        begins = start + timedelta(days=draw(st.sampled_from((0, 0, 1, 2, 6, 29, 30))))
        user = draw(st.sampled_from(("ana", "ana", "bo")))
        teller = Teller(f"e{number}", ZoneInfo(timezone), begins, user, campaign, rival, "canvas")
        events += draw(st.sampled_from(EVERYTHING))(teller)
    events = draw(st.permutations(events))
    steps, arrived = [], 0
    while arrived < len(events):
        size = draw(st.integers(1, 4))
        again = draw(st.lists(st.sampled_from(events[: arrived + size]), max_size=1))
        kills = draw(st.sampled_from((0, 0, 0, 1, 2)))
        killed = [draw(st.integers(0, 30)) for _ in range(kills)]
        steps.append(Step((*events[arrived : arrived + size], *again), tuple(killed)))
        arrived += size
    for _ in range(draw(st.integers(0, 2))):
        steps.insert(draw(st.integers(0, len(steps))), Step(catalogue=draw(st.sampled_from(CATALOGUES))))
    return Plan(timezone, steps)


EXAMPLES = int(os.environ.get("ARRIVALS_EXAMPLES") or 5)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans())
def test_whatever_arrives_in_whatever_order_is_right_after_each_batch(
    tmp_path_factory: pytest.TempPathFactory, plan: Plan
) -> None:
    folder = tmp_path_factory.mktemp("arrivals") / "data"
    with closing(Arrivals(folder, plan.timezone)) as arrivals:
        follower = Follower(arrivals.quotidian, limit=50)
        for step in plan.steps:
            note(f"{plan.timezone}: {step!r}")
            if step.catalogue:
                arrivals.import_catalogue(step.catalogue)
            else:
                arrivals.post(*step.batch)
                for changes in step.killed_after:
                    if arrivals.crash(changes):
                        # Nobody has delivered the batch again yet: what is stored counts, and nothing else.
                        arrivals.quotidian.roll_up()
                        arrivals.assert_right(arrivals.only_stored())
                        follower.follow()
                arrivals.quotidian.drain()
            arrivals.assert_right()
            follower.follow()
            follower.assert_knows_all()
        arrivals.quotidian.rebuild()
        assert follower.follow() == [], "a rebuild restates nothing"
