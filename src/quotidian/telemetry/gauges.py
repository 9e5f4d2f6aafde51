"""Numbers of the moment, which `quotidian status` and /metrics tell. Loads without Prometheus's client."""

from typing import NamedTuple


class Gauge(NamedTuple):
    """A current number and its description; without a value it is left out."""

    name: str
    text: str
    value: float | None
