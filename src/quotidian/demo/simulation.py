"""What happens on each day: sessions and what people do in them, messages and what they do about them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quotidian.demo.campaigns import CAMPAIGNS, Campaign
from quotidian.demo.canvases import STEPS, VARIANTS
from quotidian.demo.funnels import (
    CHANNELS,
    CONVERSIONS,
    ENROLL,
    FIRST_SESSION,
    JOURNEY,
    OPT_OUTS,
    SESSIONS,
    TYPE_CODES,
    UNINSTALL,
    play,
)
from quotidian.demo.messages import FIRST_MESSAGE, FIRST_OF_CANVAS
from quotidian.demo.people import DAY, HOUR, Calendar, Ints, People
from quotidian.demo.records import EVENT, Events, no_events

SESSIONS_MORE = 0.5  # sessions of an active person a day, beyond the first, on average
SECOND_DEVICE_USED = 0.3  # share of their sessions, for those who have one
SEND_HOUR = 9 * HOUR  # UTC, for messages on a schedule
SEND_TAKES = HOUR // 2  # seconds until the last message of a wave is out
HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 8, 8, 8, 8, 9, 9, 8, 8, 8, 9, 11, 13, 14, 13, 9, 5)  # sessions by hour, relative
_CLOCK = np.concatenate([[0.0], np.cumsum(HOURS) / np.sum(HOURS)])


@dataclass(frozen=True)
class Wave:
    """Messages of a campaign that go out on a day: the first one's position in campaigns.MESSAGES, and to whom."""

    campaign: Campaign
    message: int
    day: int
    sessions: Events  # of that day, for messages shown in the app
    addressed: NDArray[np.bool_]  # by person


class Simulation:
    """Days are to be asked for in order: who unsubscribes is not written to again."""

    def __init__(self, people: People, calendar: Calendar, seed: int) -> None:
        self.people = people
        self.calendar = calendar
        self.random = np.random.default_rng([seed, 2])
        self.reachable = {channel: np.ones(people.count, np.bool_) for channel in CHANNELS}
        self.reachable |= {channel: who.copy() for channel, who in people.reachable.items()}
        self.events = 0  # made so far
        self.threads = 0

    def day(self, day: int) -> Events:
        """All events that begin on a day, with what follows from them on later days; none after the last day."""
        sessions = self._sessions(day)
        parts = [self._first_sessions(sessions, day), self._uninstalls(day)]
        parts += play(SESSIONS, sessions, self.random).values()
        for campaign in CAMPAIGNS:
            parts += self._campaign(campaign, day, sessions)
        parts += self._canvas(day)
        events: Events = np.concatenate(parts)
        events = events[events["time"] < self.calendar.end]
        events["serial"] = np.arange(self.events, self.events + len(events))
        self.events += len(events)
        return events

    def _sessions(self, day: int) -> Events:
        people = self.people
        present = (people.arrives <= day) & (people.leaves >= day)
        chance = people.liveliness * self.calendar.rhythm(day)
        active = np.flatnonzero(present & ((self.random.random(people.count) < chance) | (people.arrives == day)))
        persons = np.repeat(active, 1 + self.random.poisson(SESSIONS_MORE, len(active)))
        elsewhere = (persons < people.second_devices) & (self.random.random(len(persons)) < SECOND_DEVICE_USED)
        rows = np.where(elsewhere, persons + people.count, persons)
        return self._start("users.behaviors.app.SessionStart", rows, self._any_time(day, len(rows)))

    def _first_sessions(self, sessions: Events, day: int) -> Events:
        """The first session of the day of each person who is new: a session as well, by the same session id."""
        ordered = sessions[np.argsort(sessions["time"], kind="stable")]
        persons, first = np.unique(self._persons(ordered), return_index=True)
        events: Events = ordered[first[self.people.arrives[persons] == day]]
        events["type"] = TYPE_CODES[FIRST_SESSION]
        return events

    def _uninstalls(self, day: int) -> Events:
        gone = np.flatnonzero((self.people.leaves == day - 1) & self.people.uninstalls)
        return self._start(UNINSTALL, gone, self._any_time(day, len(gone)))

    def _campaign(self, campaign: Campaign, day: int, sessions: Events) -> Iterator[Events]:
        """What a campaign's messages of the day bring about, its control group and its conversions included."""
        for send in campaign.sends_on(day, self.calendar.days):
            message = FIRST_MESSAGE[campaign, send, 2 * day >= self.calendar.days]
            chosen = (self.random.random(self.people.count) < campaign.reach) & self._present(day)
            control = self._in_control(campaign)
            wave = Wave(campaign, message, day, sessions, addressed=chosen & ~control)
            for channel in campaign.channels:
                yield from self._messages(wave, channel)
            yield from self._enrolments(wave, np.flatnonzero(chosen & control))

    def _messages(self, wave: Wave, channel: str) -> Iterator[Events]:
        """The messages by one channel, and what follows from them."""
        funnel = CHANNELS[channel]
        addressed = wave.addressed & self.reachable[channel]
        if channel == "in_app":
            start = wave.sessions[addressed[self._persons(wave.sessions)]]
            start["type"], start["time"] = TYPE_CODES[funnel.prefix + funnel.start], start["time"] + 15
        else:
            rows = np.flatnonzero(addressed)
            start = self._start(funnel.prefix + funnel.start, rows, self._send_time(wave, len(rows)))
        start["message"] = wave.message + self._persons(start) // 16 % len(wave.campaign.variations)
        stages = play(funnel, start, self.random)
        yield from stages.values()
        yield from self._conversions(stages[funnel.receipt])
        if channel in OPT_OUTS:
            self.reachable[channel][self._persons(stages[OPT_OUTS[channel]])] = False

    def _enrolments(self, wave: Wave, persons: Ints) -> Iterator[Events]:
        """Who is in the control group gets no message, and may do what the campaign wants all the same."""
        enrolled = self._start(ENROLL, persons, self._send_time(wave, len(persons)))
        enrolled["message"] = wave.message + len(wave.campaign.variations)
        yield enrolled
        yield from self._conversions(enrolled)

    def _canvas(self, day: int) -> Iterator[Events]:
        """Who is new enters the canvas, and gets the messages of its steps that can reach them."""
        entered = np.flatnonzero(self.people.arrives == day)
        entries = self._start("users.canvas.Entry", entered, self._any_time(day, len(entered)))
        entries["message"] = FIRST_OF_CANVAS + entered % len(VARIANTS) * len(STEPS)
        yield from play(JOURNEY, entries, self.random).values()
        for number, step in enumerate(STEPS):
            funnel = CHANNELS[step.channel]
            start = entries[self.reachable[step.channel][entered]]
            start["type"] = TYPE_CODES[funnel.prefix + funnel.start]
            start["message"] += number
            start["time"] += step.after_days * DAY + HOUR
            stages = play(funnel, start, self.random)
            yield from stages.values()
            if step.channel in OPT_OUTS:
                self.reachable[step.channel][self._persons(stages[OPT_OUTS[step.channel]])] = False

    def _conversions(self, receipts: Events) -> Iterator[Events]:
        stages = play(CONVERSIONS, receipts, self.random)
        return (events for name, events in stages.items() if name != CONVERSIONS.start)

    def _start(self, event_type: str, rows: Ints, times: Ints) -> Events:
        """An event for each row, each the start of a thread of its own."""
        if not len(rows):
            return no_events()
        events = np.zeros(len(rows), EVENT)
        events["type"], events["user"], events["time"] = TYPE_CODES[event_type], rows, times
        events["thread"] = np.arange(self.threads, self.threads + len(rows))
        self.threads += len(rows)
        return events

    def _persons(self, events: Events) -> Ints:
        return np.where(events["user"] < self.people.count, events["user"], events["user"] - self.people.count)

    def _present(self, day: int) -> NDArray[np.bool_]:
        """Who has come, and has not uninstalled: the others can be written to, even when they do not open the app."""
        return (self.people.arrives < day) & ~(self.people.uninstalls & (self.people.leaves < day))

    def _in_control(self, campaign: Campaign) -> NDArray[np.bool_]:
        """The campaign's control group: the same people each time."""
        own_start = CAMPAIGNS.index(campaign) * 0.29
        spread = (np.arange(self.people.count) * 0.6180339887 + own_start) % 1.0
        in_control: NDArray[np.bool_] = spread < campaign.control
        return in_control

    def _send_time(self, wave: Wave, count: int) -> Ints:
        """Daily campaigns are triggered by what a person does, at any time; the others go out on a schedule."""
        if wave.campaign.every == 1 and not wave.campaign.sends:
            return self._any_time(wave.day, count)
        return self.calendar.start + wave.day * DAY + SEND_HOUR + self.random.integers(0, SEND_TAKES, count)

    def _any_time(self, day: int, count: int) -> Ints:
        clock = np.interp(self.random.random(count), _CLOCK, np.arange(len(_CLOCK)) * HOUR)
        return self.calendar.start + day * DAY + clock.astype(np.int64)
