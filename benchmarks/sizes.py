"""How much data, and how long: small for CI, where it must only run; full for figures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Sizes of the data sets, and how often and how long things are measured.

    load_events        events of the load, over 60 days
    loop_runs          runs of the fastavro loop, which is slow
    larger             how many times as large the load is whose memory is measured
    year_events        events over 366 days, of which the last is loaded for itself
    campaigns          campaigns of 100 days with 3 channels × 3 variations
    seconds            of each run of wrk
    steady_seconds     of requests at a steady rate
    live_seconds       of batches of events over HTTP
    users              of the 60 days of sessions for monthly users
    """

    runs: int
    load_events: int
    loop_runs: int
    larger: int
    year_events: int
    campaigns: int
    seconds: int
    steady_seconds: int
    live_seconds: int
    users: int


SMALL = Sizes(
    runs=1,
    load_events=60_000,
    loop_runs=1,
    larger=4,
    year_events=60_000,
    campaigns=60,
    seconds=1,
    steady_seconds=3,
    live_seconds=2,
    users=30_000,
)

FULL = Sizes(
    runs=3,
    load_events=2_000_000,
    loop_runs=1,
    larger=4,
    year_events=10_000_000,
    campaigns=10_000,
    seconds=10,
    steady_seconds=60,
    live_seconds=30,
    users=3_000_000,
)
