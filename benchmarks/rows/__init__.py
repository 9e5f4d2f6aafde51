"""The rows of the table, in order: a module each."""

from benchmarks.rows import (
    api_cold,
    api_warm,
    curve,
    disk,
    export,
    large,
    late,
    live,
    load,
    mau,
    memory,
    new_events,
    one_more_day,
    posted,
    rebuild,
    start,
    steady,
    stream,
)
from benchmarks.tools.outcome import Row

ROWS = (
    Row("load", load.measure),
    Row("memory", memory.measure),
    Row("disk", disk.measure),
    Row("one-more-day", one_more_day.measure),
    Row("late", late.measure),
    Row("api-warm", api_warm.measure),
    Row("api-cold", api_cold.measure),
    Row("export", export.measure),
    Row("steady", steady.measure),
    Row("live", live.measure),
    Row("mau", mau.measure),
    Row("start", start.measure),
    Row("large", large.measure),
    Row("new-events", new_events.measure),
    Row("posted", posted.measure),
    Row("stream", stream.measure),
    Row("curve", curve.measure),
    Row("rebuild", rebuild.measure),
)
