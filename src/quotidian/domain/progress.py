"""How far work has come, as whoever waits for it is told."""

from typing import NamedTuple


class Progress(NamedTuple):
    """So much is done of so much in all: bytes of a load, days of a rollup."""

    done: int
    total: int
