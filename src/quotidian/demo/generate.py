"""Write a demo: a folder of Currents files as Braze would export them."""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from quotidian.demo.campaigns import APPS, CAMPAIGNS, Campaign
from quotidian.demo.delivery import Deliveries, Post
from quotidian.demo.fields import Encoder
from quotidian.demo.people import Calendar, draw_people
from quotidian.demo.simulation import Simulation

SAMPLE = 3_000  # people simulated to learn how many events a person makes
FEWEST_PEOPLE = 10
FILES_AHEAD = 64  # files waiting to be written, before more days are simulated
MAX_THREADS = 4
YEARS = range(1975, 2038)  # whose UNIX seconds fit the schemas' 32-bit integers, and take 5 bytes in Avro


@dataclass(frozen=True)
class DemoApp:
    """An app of the demo."""

    id: str
    name: str


@dataclass(frozen=True)
class DemoCampaign:
    """A campaign of the demo; `channels` are keys of funnels.CHANNELS, `sends` the send ids of an API campaign."""

    id: str
    name: str
    channels: tuple[str, ...]
    variations: tuple[str, ...]
    sends: tuple[str, ...]
    has_control: bool


@dataclass(frozen=True)
class DemoSummary:
    """What was written. `events` are distinct; `records` = `events` + `duplicates`; `late` ones are among `events`."""

    folder: Path
    events: int
    records: int
    duplicates: int
    late: int
    files: int
    people: int
    first_day: date
    last_day: date
    apps: tuple[DemoApp, ...]
    campaigns: tuple[DemoCampaign, ...]


def check_demo(events: int, days: int, until: date) -> Calendar:
    """The days of a demo. Raises ValueError if `events` or `days` is below 1, or a day is not in YEARS."""
    if events < 1 or days < 1:
        raise ValueError(f"events and days must be at least 1, not {events} and {days}")
    first = until.toordinal() - days + 1
    if first < date(YEARS.start, 1, 1).toordinal() or until.year not in YEARS:
        raise ValueError(
            f"days must be in the years {YEARS.start} to {YEARS.stop - 1}, not {days} that end with {until}"
        )
    return Calendar(until, days)


def write_demo(  # noqa: PLR0913 a demo has this many knobs, each with a default
    folder: Path,
    *,
    until: date,
    events: int = 100_000,
    days: int = 60,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> DemoSummary:
    """Write about `events` distinct events of the `days` days (UTC) that end with `until`, below `folder`.

    The same arguments give the same files. `progress` is called with the number of days written and of days in all.
    Raises ValueError as check_demo."""
    calendar = check_demo(events, days, until)
    people = draw_people(max(FEWEST_PEOPLE, round(events / _events_a_person(calendar))), calendar, seed)
    simulation, post = Simulation(people, calendar, seed), Post(calendar, seed)
    encoder, deliveries = Encoder(people), Deliveries(post)
    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as threads:
        writing: deque[Future[None]] = deque()
        for day in range(days + 1):
            if day < days:
                post.accept(simulation.day(day))
            for delivery in deliveries.of_day(day):
                writing.append(threads.submit(delivery.write, folder, calendar, encoder))
                if len(writing) > FILES_AHEAD:
                    writing.popleft().result()
            if progress:
                progress(min(day + 1, days), days)
        for future in writing:
            future.result()
    return _summary(folder, calendar, post, people.count)


@cache
def _events_a_person(calendar: Calendar) -> float:
    """How many events a person makes in these days, on average: tried on a small sample."""
    simulation = Simulation(draw_people(SAMPLE, calendar, seed=0), calendar, seed=0)
    return sum(len(simulation.day(day)) for day in range(calendar.days)) / SAMPLE


def _summary(folder: Path, calendar: Calendar, post: Post, people: int) -> DemoSummary:
    tally = post.tally
    return DemoSummary(
        folder=folder,
        events=tally.events,
        records=tally.records,
        duplicates=tally.duplicates,
        late=tally.late,
        files=tally.files,
        people=people,
        first_day=calendar.first,
        last_day=calendar.until,
        apps=tuple(DemoApp(app_id, name) for name, app_id in APPS.items()),
        campaigns=tuple(map(_campaign, CAMPAIGNS)),
    )


def _campaign(campaign: Campaign) -> DemoCampaign:
    return DemoCampaign(
        id=campaign.id,
        name=campaign.name,
        channels=campaign.channels,
        variations=campaign.renamed or tuple(variation.name for variation in campaign.variations),
        sends=campaign.sends,
        has_control=campaign.control > 0,
    )
