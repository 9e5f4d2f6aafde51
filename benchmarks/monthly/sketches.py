"""Sketches (datasketches): one a day, merged for each window. `python -m … FOLDER hll|theta`."""

import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from datasketches import compact_theta_sketch, hll_sketch, hll_union, theta_union, update_theta_sketch

from benchmarks.monthly.sessions import SERIES_DAYS, Sessions, report, windows

_HLL_BITS = 12  # 4,096 registers: a standard error of 1.6 %
_THETA_BITS = 12  # 4,096 values, likewise


def _hll(users: Sequence[int]) -> hll_sketch:
    sketch = hll_sketch(_HLL_BITS)
    for user in users:
        sketch.update(user)
    return sketch


def _theta(users: Sequence[int]) -> compact_theta_sketch:
    sketch = update_theta_sketch(_THETA_BITS)
    for user in users:
        sketch.update(user)
    return sketch.compact()


def _merged_hll(sketches: Sequence[hll_sketch]) -> float:
    union = hll_union(_HLL_BITS)
    for sketch in sketches:
        union.update(sketch)
    return float(union.get_estimate())


def _merged_theta(sketches: Sequence[compact_theta_sketch]) -> float:
    union = theta_union(_THETA_BITS)
    for sketch in sketches:
        union.update(sketch)
    return float(union.get_result().get_estimate())


def main(folder: str, kind: str) -> None:
    make: Any = {"hll": _hll, "theta": _theta}[kind]
    merged: Any = {"hll": _merged_hll, "theta": _merged_theta}[kind]
    sessions = Sessions(folder)
    days = [sessions.users_of(day).astype("int64").tolist() for day in range(SERIES_DAYS)]
    started = perf_counter()
    sketches = [make(users) for users in days]
    made = perf_counter()
    series = [merged([sketches[day] for day in window]) for window in windows()]
    done = perf_counter()
    report(series, done - started, done - made)


if __name__ == "__main__":
    main(*sys.argv[1:])
