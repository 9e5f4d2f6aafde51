"""Quotidian's way: its own query makes the gap histograms, its own arithmetic the series."""

import sys
from collections import defaultdict
from time import perf_counter

from clickhouse_driver.util.escape import escape_params

from benchmarks.monthly.sessions import FIRST_DAY, SERIES_DAYS, WINDOW, Sessions, report
from quotidian.control.dirty_days import GAP_CAP
from quotidian.domain.channels import SESSION_START
from quotidian.domain.days import Day
from quotidian.series.activity.windows import active_series
from quotidian.store.sql import statement


def main(folder: str) -> None:
    sessions = Sessions(folder)
    days = range(FIRST_DAY, FIRST_DAY + SERIES_DAYS)
    values = {
        "workspace": "default",
        "session_start": SESSION_START,
        "by_app": 0,
        "days": tuple(days),
        "first_read": days[0] - GAP_CAP + 1,
        "last_day": days[-1],
        "cap": GAP_CAP,
    }
    query = statement("quotidian.series.activity", "activity_gaps")
    started = perf_counter()
    rows = sessions.rows(query % escape_params(values, None))
    gaps: dict[Day, dict[int, int]] = defaultdict(dict)
    for _, day, gap, users in rows:
        gaps[Day(day)][gap] = int(users)
    computed = perf_counter()
    series = list(active_series(gaps, days, WINDOW).values())
    done = perf_counter()
    report(series, done - started, done - computed)


if __name__ == "__main__":
    main(*sys.argv[1:])
