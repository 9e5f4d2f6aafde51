"""Quotidian's way: gap histograms from the users' active days by its own rollup, the series by its own arithmetic."""

import sys
from pathlib import Path
from time import perf_counter

from benchmarks.monthly.sessions import FIRST_DAY, SERIES_DAYS, WINDOW, report
from quotidian.domain.days import Day
from quotidian.series.activity.histograms import ALL, gap_histograms
from quotidian.series.activity.windows import active_series
from quotidian.store.chdb import ChdbStatements

_MEMORY_BYTES = 8_000_000_000


def main(folder: str) -> None:
    statements = ChdbStatements(Path(folder), _MEMORY_BYTES)
    days = range(FIRST_DAY, FIRST_DAY + SERIES_DAYS)
    started = perf_counter()
    gaps = gap_histograms(statements, "default", list(map(Day, days)))[ALL]
    computed = perf_counter()
    series = list(active_series(gaps, days, WINDOW).values())
    done = perf_counter()
    report(series, done - started, done - computed)


if __name__ == "__main__":
    main(*sys.argv[1:])
