"""The retention matrix of the overview: who came back, so many days after their first session."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from quotidian.dashboard.errors import PageError
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_, Name
from quotidian.domain.days import Day, Slice, date_of
from quotidian.domain.ratios import share
from quotidian.series.activity.cohorts import FOLLOWED_DAYS
from quotidian.series.activity.read import read_retention

PERMISSION: Final = "retention"

_SERIES: Final = "/v1/retention"
_MOST_ROWS: Final = 31
_LENGTHS: Final = (1, 7, 28)
_HEATS: Final = 9

Users = int | None
Number = float | None


class Cohort(NamedTuple):
    """Users whose first session of all was on some days: how many, and how many came back n days later, n from 1.

    None are the days that have not come yet for all of them. `so_far` is the n for which today counts, as far as it
    has come; 0 if none does.
    """

    first: date
    last: date
    users: int
    retained: Sequence[Users]
    so_far: int


@dataclass(frozen=True)
class Matrix:
    """The cohorts, oldest first, each of `length` days. `is_of_users`: shown are users, instead of shares."""

    visit: Visit
    app_id: str
    length: int
    cohorts: Sequence[Cohort]
    is_cut: bool
    is_of_users: bool

    @property
    def days(self) -> range:
        """After how many days users came back: as many as have come for any cohort."""
        followed = sum(users is not None for users in self.cohorts[0].retained)
        return range(1, max(1, followed) + 1)

    @property
    def users(self) -> int:
        """The users of all cohorts."""
        return sum(cohort.users for cohort in self.cohorts)

    def address(self, cohort: Cohort) -> str:
        """Where the number of a cohort's users leads."""
        return self._address("retained_0", cohort.first, cohort.last)

    @property
    def users_address(self) -> str:
        """Where the number of all users leads."""
        return self._address("retained_0", self.cohorts[0].first, self.cohorts[-1].last)

    @property
    def overall(self) -> list[Linked]:
        """Of all cohorts for which the day has come: who came back after each number of days."""
        return [self._overall(after) for after in self.days]

    def _overall(self, after: int) -> Linked:
        known = [(cohort, users) for cohort in self.cohorts if (users := cohort.retained[after - 1]) is not None]
        came_back, began = sum(users for _, users in known), sum(cohort.users for cohort, _ in known)
        if not known:
            return Linked(None, self._address(f"retention_{after}", self.cohorts[0].first, self.cohorts[-1].last))
        name = "retained" if self.is_of_users else "retention"
        value = came_back if self.is_of_users else share(came_back, began)
        return Linked(value, self._address(f"{name}_{after}", known[0][0].first, known[-1][0].last))

    def _address(self, metric: str, first: date, last: date) -> str:
        days: dict[str, Any] = {"days": None, "from": first.isoformat(), "to": last.isoformat()}
        return self.visit.number(_SERIES, metric, app_id=self.app_id, **days)

    def shown(self, cohort: Cohort) -> list[tuple[Number, int, bool]]:
        """The cells of a cohort: the number, how dark it is from 0 to 9, and whether it is so far."""
        shares = [share(users, cohort.users) for users in cohort.retained]
        values: Sequence[Number] = cohort.retained if self.is_of_users else shares
        return [
            (value, _heat(share, self._largest), after == cohort.so_far)
            for after, value, share in zip(self.days, values, shares, strict=False)
        ]

    @cached_property
    def _largest(self) -> float:
        shares = (share(users, cohort.users) or 0 for cohort in self.cohorts for users in cohort.retained)
        return max(shares, default=0)

    def numbers(self, *, of_users: bool) -> Numbers:
        """The matrix as CSV: users, or shares."""
        form: Any = "number" if of_users else "percent"
        columns = [Column(N_("First session from"), "day"), Column(N_("to"), "day"), Column(N_("Users"))]
        columns += [Column(Name(f"+{after}"), form) for after in range(1, FOLLOWED_DAYS + 1)]
        return Numbers(columns, [(each.first, each.last, each.users, *_cells(each, of_users)) for each in self.cohorts])


def _cells(cohort: Cohort, of_users: bool) -> Sequence[Number]:
    return cohort.retained if of_users else [share(users, cohort.users) for users in cohort.retained]


def _heat(share: Number, largest: float) -> int:
    return math.ceil(_HEATS * share / largest - 1e-9) if share and largest else 0


def read_matrix(connection: Connection, visit: Visit, app_id: str) -> Matrix:
    """The cohorts of the range: days, or, where those are too many rows, weeks or four weeks. Raises PageError."""
    shown = visit.given.get("retention", "shares")
    if shown not in ("shares", "users"):
        raise PageError(400, N_("“retention” is shares or users."))
    days = visit.range
    length = next((each for each in _LENGTHS if days.length <= each * _MOST_ROWS), _LENGTHS[-1])
    first = max(days.days.first, days.days.last - length * _MOST_ROWS + 1)
    wanted = Slice(Day(first), days.days.last)
    found = list(read_retention(connection, visit.workspace, app_id, wanted, FOLLOWED_DAYS))
    # The last cohort ends with the range; the first is shorter where the days do not come out even.
    begins = range(len(found) % length - length if len(found) % length else 0, len(found), length)
    cohorts = [_cohort(found[max(0, begin) : begin + length], days.today) for begin in begins]
    return Matrix(visit, app_id, length, cohorts, first > days.days.first, shown == "users")


def _cohort(of_days: Sequence[tuple[Day, Sequence[int]]], today: Day) -> Cohort:
    """The cohorts of some days as one; it was followed for as long as the youngest of them."""
    first, last = of_days[0][0], of_days[-1][0]
    followed = [_retained((retained for _, retained in of_days), after) for after in range(1, FOLLOWED_DAYS + 1)]
    users = sum(retained[0] for _, retained in of_days)
    return Cohort(date_of(first), date_of(last), users, followed, max(0, today - last))


def _retained(of_days: Iterable[Sequence[int]], after: int) -> Users:
    users = 0
    for retained in of_days:
        if len(retained) <= after:
            return None
        users += retained[after]
    return users
