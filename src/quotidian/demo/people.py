"""Who uses the apps: when they come and leave, how often they open an app, on which device."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quotidian.demo.avro import Value
from quotidian.demo.campaigns import ANDROID, IOS, WEB
from quotidian.demo.records import Salt, uuids

HOUR, DAY = 3_600, 86_400  # seconds
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INSTALLED_BEFORE = 0.55  # share of the people who came before the demo's first day
TRIED_ONCE = 0.3  # share of new people who do not come back after their first day
MEAN_STAY_NEW, MEAN_STAY_OLD = 60, 180  # days
UNINSTALLING = 0.4  # share of those leaving who also uninstall
SECOND_DEVICE = 0.15
WEEKDAYS = (1.0, 0.96, 0.94, 0.97, 1.03, 1.16, 1.1)  # Monday to Sunday, relative
CONSENT = {"push": 0.75, "sms": 0.4, "whatsapp": 0.3}  # share that a channel can reach; all for the others

DEVICES: Sequence[tuple[float, dict[str, Value]]] = [
    (share, {"app_id": app, "platform": platform, "os_version": version, "device_model": model})
    for share, app, platform, version, model in (
        (0.22, IOS, "ios", "26.1", "iPhone 17"),
        (0.17, IOS, "ios", "18.6", "iPhone 14"),
        (0.06, IOS, "ios", "26.1", "iPad Air"),
        (0.17, ANDROID, "android", "16", "Pixel 9"),
        (0.14, ANDROID, "android", "15", "Galaxy A56"),
        (0.03, ANDROID, "kindle", "11", "KFTRWI"),
        (0.13, WEB, "web", None, "Chrome"),
        (0.05, WEB, "chrome", None, "Chrome"),
        (0.03, WEB, "safari", None, "Safari"),
    )
]

PROFILES: Sequence[tuple[float, dict[str, Value]]] = [
    (share, {"timezone": zone, "country": country, "language": language, "gender": gender})
    for share, zone, country, language, gender in (
        (0.2, "America/New_York", "US", "en", "F"),
        (0.17, "America/Chicago", "US", "en", "M"),
        (0.12, "America/Los_Angeles", "US", "en", None),
        (0.12, "Europe/Paris", "FR", "fr", "F"),
        (0.12, "Europe/Berlin", "DE", "de", "M"),
        (0.15, "Europe/London", "GB", "en", "O"),
        (0.12, "Asia/Tokyo", "JP", "ja", "F"),
    )
]

_FIRST_NAMES = ("ada", "ben", "chloe", "emma", "farid", "grace", "hugo", "ines", "jonas", "kim", "lea", "mona", "yuki")


@dataclass(frozen=True)
class Calendar:
    """The demo's days in UTC: `days` of them, ending with `until`."""

    until: date
    days: int

    @property
    def first(self) -> date:
        """The first day."""
        return self.until - timedelta(days=self.days - 1)

    @property
    def start(self) -> int:
        """UNIX seconds of the first moment."""
        return int(datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC).timestamp())

    @property
    def end(self) -> int:
        """UNIX seconds of the first moment after."""
        return self.start + self.days * DAY

    def date(self, day: int) -> date:
        """The date of day number `day`, from 0."""
        return self.first + timedelta(days=day)

    def rhythm(self, day: int) -> float:
        """How lively the day of the week is; 1.0 is a Monday."""
        return WEEKDAYS[self.date(day).weekday()]


@dataclass(frozen=True)
class People:
    """`count` persons (arrays of that length), and the rows that events refer to: a person on a device.

    Row i is person i on the first device; row count + i, for the first persons, the same person on a second one."""

    count: int
    salt: Salt
    arrives: Ints  # day number; -1: before the first day
    leaves: Ints  # last day on which the person may be active
    uninstalls: NDArray[np.bool_]  # on the day after
    liveliness: Floats  # probability of a session on a Monday
    reachable: dict[str, NDArray[np.bool_]]  # by channel
    device: Ints  # by row, position in DEVICES
    profile: Ints  # by row, position in PROFILES

    @property
    def second_devices(self) -> int:
        """How many persons have one."""
        return len(self.device) - self.count

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """The fields that are a person's own, a value a row."""
        people = range(self.count)
        names = [_FIRST_NAMES[i * 7 % len(_FIRST_NAMES)] for i in people]
        own = {
            "user_id": _texts(uuids(np.arange(self.count), Salt(self.salt + 1))),
            "external_user_id": [f"customer-{i + 1}" for i in people],
            "email_address": [f"{name}.{i + 1}@example.com" for i, name in enumerate(names)],
            "to_phone_number": [f"+1{200 + i // 100 % 800}55501{i % 100:02d}" for i in people],
        }
        own["user_phone_number"] = own["to_phone_number"]
        rows = {field: values + values[: self.second_devices] for field, values in own.items()}
        return rows | {"device_id": _texts(uuids(np.arange(len(self.device)), Salt(self.salt + 2)))}


def draw_people(count: int, calendar: Calendar, seed: int) -> People:
    """`count` persons. Their traits are spread evenly over all combinations rather than drawn one by one: so even a
    small demo has the mix intended, and its size can be foretold."""
    random = np.random.default_rng([seed, 1])
    arrival, stay, mood, device, profile, *consents = _spread(count, 5 + len(CONSENT), random)
    second = int(count * SECOND_DEVICE)
    arrives = _arrivals(arrival, calendar)
    return People(
        count=count,
        salt=Salt(seed * 16),
        arrives=arrives,
        leaves=np.maximum(arrives, 0) + _stays(stay, arrives),
        uninstalls=random.random(count) < UNINSTALLING,
        liveliness=0.04 + 0.7 * mood**2,
        reachable={channel: draw < CONSENT[channel] for channel, draw in zip(CONSENT, consents, strict=True)},
        device=np.concatenate([_pick(DEVICES, device), random.integers(0, len(DEVICES), second)]),
        profile=np.concatenate([_pick(PROFILES, profile), _pick(PROFILES, profile)[:second]]),
    )


def _spread(count: int, traits: int, random: np.random.Generator) -> Floats:
    """Numbers in [0, 1), [traits, count]: even in each trait and nearly so in each pair (a Kronecker sequence)."""
    steps = np.sqrt([2, 3, 5, 7, 11, 13, 17, 19, 23, 29][:traits])
    shifted: Floats = (random.random((traits, 1)) + steps[:, None] * np.arange(count)) % 1.0
    return shifted


def _arrivals(draw: Floats, calendar: Calendar) -> Ints:
    """The day on which each person comes: more come on lively days."""
    rhythm = np.cumsum([calendar.rhythm(day) for day in range(calendar.days)])
    new = (draw - INSTALLED_BEFORE) / (1 - INSTALLED_BEFORE) * rhythm[-1]
    return np.where(draw < INSTALLED_BEFORE, -1, np.searchsorted(rhythm, new, side="right")).astype(np.int64)


def _stays(draw: Floats, arrives: Ints) -> Ints:
    """For how many days each person stays after the first."""
    loyal = np.maximum(draw - TRIED_ONCE, 0) / (1 - TRIED_ONCE)
    return np.where(arrives < 0, -MEAN_STAY_OLD * np.log1p(-draw), -MEAN_STAY_NEW * np.log1p(-loyal)).astype(np.int64)


def _pick(choices: Sequence[tuple[float, dict[str, Value]]], draw: Floats) -> Ints:
    return np.searchsorted(np.cumsum([share for share, _ in choices])[:-1], draw, side="right").astype(np.int64)


def _texts(letters: NDArray[np.uint8]) -> list[str]:
    return [bytes(row).decode() for row in letters]
