"""What runs statements and what escapes their values, of two packages that take half a second to load.

So this module is loaded when an event store is opened; most commands do without it.
"""

from chdb.session import Session
from clickhouse_driver.util.escape import escape_params

__all__ = ["Session", "escape_params"]
