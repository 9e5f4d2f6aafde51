"""How a cluster is opened."""

from pathlib import Path
from typing import NamedTuple


class Opening(NamedTuple):
    """By an engine that leads, in its epoch; without one it is only read.

    `reader` tells those apart that read. `waits` is whether what is written must be on two replicas, if there are two.
    """

    scratch: Path
    memory_bytes: int
    epoch: int | None
    reader: str = ""
    waits: bool = True
