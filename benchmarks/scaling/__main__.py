"""`python -m benchmarks.scaling [OPTION …]`: what clusters of 1 to 64 shards take, in Markdown."""

import argparse

from benchmarks.scaling.parts import read_parts
from benchmarks.scaling.report import Wanted, report


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description="Calculate what clusters take.")
    parser.add_argument("--cores", type=int, default=16, help="of each server; by default 16")
    parser.add_argument("--busy", type=float, default=0.5, help="share of them that may be busy; by default 0.5")
    parser.add_argument("--events", type=float, default=100e9, help="events a day of a cluster; by default 100e9")
    parser.add_argument("--replicas", type=int, default=2, help="of each of its shards; by default 2")
    parser.add_argument("--days", type=int, default=365, help="that events are kept; by default 365")
    parser.add_argument("--campaigns", type=int, default=10_000, help="that have points each day; by default 10,000")
    parser.add_argument("--batch", type=float, help="events in a batch of a load; by default those of `load_bytes`")
    print(report(read_parts(), Wanted(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
