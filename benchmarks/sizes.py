"""How much data, and how long: small for CI, where it must only run; full for figures."""

from dataclasses import dataclass, replace


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
    large_year         events of the large store of a year
    large_dense        events of the large stores of 60 days of messages, the smallest first
    large_users        users of both
    new_events         that are loaded into each, a multiple of 100
    stream_seconds     of 1,000 posted events a second into each
    cluster_events     of the loads into clusters, over 60 days; one is `larger` times as large
    stored_day         events of one day, with which a few new ones are compared there
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
    large_year: int
    large_dense: tuple[int, ...]
    large_users: int
    new_events: int
    stream_seconds: int
    cluster_events: int
    stored_day: int


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
    large_year=100_000,
    large_dense=(50_000, 100_000),
    large_users=10_000,
    new_events=2_000,
    stream_seconds=3,
    cluster_events=60_000,
    stored_day=500_000,
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
    large_year=200_000_000,
    large_dense=(50_000_000, 100_000_000, 200_000_000),
    large_users=1_000_000,
    new_events=200_000,
    stream_seconds=60,
    cluster_events=200_000,
    stored_day=10_000_000,
)


def scaled(sizes: Sizes, scale: int) -> Sizes:
    """The same with large stores, and their users, so many times smaller."""
    return replace(
        sizes,
        large_year=sizes.large_year // scale,
        large_dense=tuple(events // scale for events in sizes.large_dense),
        large_users=max(10_000, sizes.large_users // scale),
    )
