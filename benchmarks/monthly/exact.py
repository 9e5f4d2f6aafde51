"""Exact windows: ClickHouse's `uniqExact` for each of them."""

import sys
from time import perf_counter

from benchmarks.monthly.sessions import FIRST_DAY, Sessions, report, windows

_WINDOW = "SELECT uniqExact(user) FROM quotidian.events WHERE day BETWEEN {} AND {}"


def main(folder: str) -> None:
    sessions = Sessions(folder)
    started = perf_counter()
    series = [
        sessions.rows(_WINDOW.format(FIRST_DAY + days.start, FIRST_DAY + days.stop - 1))[0][0] for days in windows()
    ]
    seconds = perf_counter() - started
    report(series, seconds, seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
