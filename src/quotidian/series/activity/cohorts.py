"""Growth and retention, exact, from the histograms of gaps and ages (semantics.md §9)."""

from typing import NamedTuple

from quotidian.control.dirty_days import AGE_CAP
from quotidian.domain.days import Day
from quotidian.series.activity.windows import MAU_DAYS, Gaps, Histograms, active_users

Ages = Histograms
"""`ages[x][n]`: users active on day x whose first session of all was n days before. Older than AGE_CAP are left out."""


class Growth(NamedTuple):
    """Distinct users of the W days that end with a day, against the W days before (semantics.md §9, "Growth").

    active = new + retained + resurrected, and retained + lost are those of the days before."""

    active: int
    new: int
    retained: int
    resurrected: int
    lost: int


def growth(gaps: Gaps, ages: Ages, day: Day, window: int) -> Growth:
    """Growth accounting of the `window` days that end with `day`: semantics.md §9.

    Needs the gaps of twice as many days, and the ages of the window. Whoever is new has age 0 on one day of the window.
    Whoever is active in both windows counts in each, and once in the two together. Raises ValueError if the two
    together are longer than GAP_CAP."""
    both = active_users(gaps, day, 2 * window)
    active, before = active_users(gaps, day, window), active_users(gaps, Day(day - window), window)
    new = sum(ages.get(Day(each), {}).get(0, 0) for each in range(day - window + 1, day + 1))
    retained = active + before - both
    return Growth(active, new, retained, active - new - retained, before - retained)


def stickiness(gaps: Gaps, day: Day) -> float | None:
    """Distinct users of a day among those of the MAU_DAYS days that end with it; None where these are none."""
    monthly = active_users(gaps, day, MAU_DAYS)
    return active_users(gaps, day, 1) / monthly if monthly else None


def retained(ages: Ages, cohort: Day, days: int, today: Day) -> list[int]:
    """Users whose first session of all was on the day `cohort` and who had one n days later, for n from 0 to `days`.

    Days after `today` are left out. Definition: semantics.md §9, "Retention". Raises ValueError if days > AGE_CAP."""
    if days > AGE_CAP:
        raise ValueError(f"ages are kept up to {AGE_CAP} days, so retention after {days} cannot be told")
    return [ages.get(Day(cohort + age), {}).get(age, 0) for age in range(min(days, today - cohort) + 1)]
