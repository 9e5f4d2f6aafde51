"""Progress of long work, for those who wait for it."""

from typing import NamedTuple


class Progress(NamedTuple):
    """How much is done, and how much there is in all: bytes of a load, days of a rollup."""

    done: int
    total: int
