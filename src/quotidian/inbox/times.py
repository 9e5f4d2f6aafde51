"""The times of posted events: which are usable (semantics.md §8), and what is wrong with others.

`ingest/sql/read_json.sql` says the same of those in files.
"""

import math
import re
import time
from datetime import UTC, datetime
from typing import Final

from quotidian.inbox.unusable import Unusable
from quotidian.ingest.staging import TIME_PATTERN

_TIME: Final = re.compile(TIME_PATTERN, re.ASCII)
_TIME_END: Final = 1 << 32
_END_YEAR: Final = 2106
_YEAR_SECONDS: Final = 31_556_952  # the mean of the Gregorian calendar
_DAY_SECONDS: Final = 86_400

_UNITS: Final = (("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9))
_LEAST_MILLISECONDS: Final = 1e11  # in seconds it would be the year 5138
_SHOWN_TEXT: Final = 40


def time_of(value: object) -> float | None:
    """An event's time in UNIX seconds, None if it is not usable."""
    if isinstance(value, str):
        return _time_in(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if 0 <= value < _TIME_END and math.isfinite(value) else None


def _time_in(text: str) -> float | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < _TIME_END else None


def begin_of_future() -> float:
    """From when on a time is said to be in the future: a day from now, since clocks and zones of clients are wrong."""
    return time.time() + _DAY_SECONDS


def unusable_time(value: object) -> Unusable | None:
    """What is wrong with a time that is not usable, if it is too large; None of another one."""
    if isinstance(value, str):
        if not _TIME.fullmatch(value) or (year := int(value[:4])) < _END_YEAR:
            return None
        return _in_the_future(value[:_SHOWN_TEXT], year)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < _TIME_END:
        return None
    if value < _LEAST_MILLISECONDS:
        return _in_the_future(str(int(value)), 1970 + int(value) // _YEAR_SECONDS)
    for unit, per_second in _UNITS:
        if value < _TIME_END * per_second:
            return Unusable(f"time {int(value)} looks like {unit}; seconds are expected", f"time looks like {unit}")
    return None


def _in_the_future(shown: str, year: int) -> Unusable:
    return Unusable(f"time {shown} is in the future (year {year})", "time is in the future")
