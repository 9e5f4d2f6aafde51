"""Roaring bitmaps (pyroaring): one a day, united for each window; users are numbered first, which is not timed."""

import sys
from time import perf_counter

import numpy as np
from pyroaring import BitMap

from benchmarks.monthly.sessions import SERIES_DAYS, Sessions, report, windows


def main(folder: str) -> None:
    sessions = Sessions(folder)
    days = [sessions.users_of(day) for day in range(SERIES_DAYS)]
    everyone = np.unique(np.concatenate(days))
    numbered = [np.searchsorted(everyone, users).astype(np.uint32) for users in days]
    started = perf_counter()
    bitmaps = [BitMap(numbers) for numbers in numbered]
    made = perf_counter()
    series = [len(BitMap.union(*(bitmaps[day] for day in window))) if window else 0 for window in windows()]
    done = perf_counter()
    report(series, done - started, done - made)


if __name__ == "__main__":
    main(*sys.argv[1:])
