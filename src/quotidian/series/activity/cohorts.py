"""Growth and retention, exact, from the histograms of gaps and ages (semantics.md §9)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from quotidian.control.dirty_days import AGE_CAP, GAP_CAP
from quotidian.domain.days import Day
from quotidian.series.activity.windows import MAU_DAYS, Gaps, Histograms, active_series

GROWTH_DAYS: Final = 7
"""The window of growth, where none is asked for."""

FOLLOWED_DAYS: Final = 30
"""For how long a cohort is followed, where it is not said."""

Ages = Histograms
"""`ages[x][n]`: users active on day x whose first session of all was n days before. Older than AGE_CAP are left out."""


class Growth(NamedTuple):
    """Distinct users of the W days that end with a day, against the W days before (semantics.md §9, "Growth").

    active = new + retained + resurrected, and retained + lost are those of the days before. `stickiness` is the share
    of the day's users among those of the MAU_DAYS days that end with it, whatever W is; None where these are none."""

    active: int
    new: int
    retained: int
    resurrected: int
    lost: int
    stickiness: float | None


def growth_look_back(window: int) -> int:
    """How many days before a day have gaps that its growth is made of."""
    return max(2 * window, MAU_DAYS) - 1


def growth_series(gaps: Gaps, ages: Ages, days: range, window: int) -> Iterator[Growth]:
    """Growth accounting of each of some consecutive days (ascending), by windows of `window` days.

    Needs the histograms of `growth_look_back` days more. Whoever is active in a window and in the one before counts in
    each, and once in the two together. Raises ValueError if the two together are longer than GAP_CAP."""
    of_both = active_series(gaps, days, 2 * window)
    of_window = active_series(gaps, range(days.start - window, days.stop), window)
    of_month, of_day = active_series(gaps, days, MAU_DAYS), active_series(gaps, days, 1)
    # Whoever is new has age 0 on one day, and was never active before it: so a window counts the new as the active.
    of_new = active_series({day: {GAP_CAP: found[0]} for day, found in ages.items() if 0 in found}, days, window)
    for day, both in of_both.items():
        active, before, new = of_window[day], of_window[Day(day - window)], of_new[day]
        retained = active + before - both
        sticky = of_day[day] / of_month[day] if of_month[day] else None
        yield Growth(active, new, retained, active - new - retained, before - retained, sticky)


def retained(ages: Ages, cohort: Day, days: int, today: Day) -> list[int]:
    """Users whose first session of all was on the day `cohort` and who had one n days later, for n from 0 to `days`.

    Days after `today` are left out. Definition: semantics.md §9, "Retention". Raises ValueError if days > AGE_CAP."""
    if days > AGE_CAP:
        raise ValueError(f"ages are kept up to {AGE_CAP} days, so retention after {days} cannot be told")
    return [ages.get(Day(cohort + age), {}).get(age, 0) for age in range(min(days, today - cohort) + 1)]
