"""The lease of who leads: of all processes that could, one at a time has it.

Events and series are changed by who leads alone. The lease says who that is; that nobody else changes anything, the
epoch in each commit says (store/turn.py), also where a leader does not know yet that it has lost the lease.
"""

from collections.abc import Callable
from typing import Protocol


class Lease(Protocol):
    """A lease that one process has, or wants."""

    def take(self) -> bool:
        """Take it, if nobody has it; returns whether this one has it now. Raises OperationalError."""

    def watch(self, epoch: int, lost: Callable[[str], None]) -> None:
        """Have `lost` called with the reason, in another thread, when it is lost or another epoch has begun."""

    def close(self) -> None:
        """Give it back, and watch no more."""


class FileLease:
    """Of a series store in a file: who holds the data folder's "events" has it, and the kernel sees to that."""

    def take(self) -> bool:
        """As Lease says: whoever asks has it already."""
        return True

    def watch(self, epoch: int, lost: Callable[[str], None]) -> None:
        """As Lease says: it cannot be lost while the process lives."""

    def close(self) -> None:
        """As Lease says."""
