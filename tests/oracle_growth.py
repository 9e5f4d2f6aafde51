"""Growth and retention (semantics.md, section 9) in slow and obvious Python, from who had sessions on which days."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeVar

from oracle import SESSION, Oracle, User

U = TypeVar("U")

Sessions = Mapping[U, set[date]]
"""User → the days with a session."""


def sessions_of(oracle: Oracle, app_id: str | None = None) -> dict[User, set[date]]:
    """Of all apps, or of one."""
    found: dict[User, set[date]] = {}
    for event in oracle.of_app(SESSION, app_id):
        assert event.user is not None
        found.setdefault(event.user, set()).add(event.day)
    return found


def window_of(day: date, length: int) -> set[date]:
    """The `length` days that end with the day."""
    return {day - timedelta(days=number) for number in range(length)}


def active_in(sessions: Sessions[U], days: set[date]) -> set[U]:
    """Distinct users with a session on any of the days."""
    return {user for user, active in sessions.items() if active & days}


def first_session(sessions: Sessions[U], user: U) -> date:
    """The first of all."""
    return min(sessions[user])


def growth(sessions: Sessions[U], day: date, window: int) -> dict[str, float | None]:
    """Growth, for the `window` days that end with `day` against as many days before; and the stickiness of `day`."""
    this = window_of(day, window)
    active = active_in(sessions, this)
    before = active_in(sessions, window_of(day - timedelta(days=window), window))
    new = {user for user in active if first_session(sessions, user) in this}
    retained = active & before
    return {
        "active": len(active),
        "new": len(new),
        "retained": len(retained),
        "resurrected": len(active - new - retained),
        "lost": len(before - active),
        "stickiness": stickiness(sessions, day),
    }


def stickiness(sessions: Sessions[U], day: date) -> float | None:
    """Distinct users of the day / distinct users of the 30 days that end with it."""
    of_day, of_month = active_in(sessions, {day}), active_in(sessions, window_of(day, 30))
    return len(of_day) / len(of_month) if of_month else None


def retention(sessions: Sessions[U], cohort: date, days: int, today: date) -> list[int]:
    """`retained[n]` of the cohort of a day."""
    members = {user for user in sessions if first_session(sessions, user) == cohort}
    retained = []
    for number in range(days + 1):
        day = cohort + timedelta(days=number)
        if day <= today:
            active = active_in(sessions, {day})
            retained.append(len(members & active))
    return retained
