"""The inboxes of a node: its own, on its disk, and that of all nodes, in the database of the series store."""

from typing import NamedTuple

from sqlalchemy import Engine

from quotidian.inbox.delivery import Depth
from quotidian.inbox.store import DatabaseInbox, DiskInbox, Inbox
from quotidian.settings import Settings
from quotidian.store.folder import DataFolder


class Inboxes(NamedTuple):
    """`own` is on the disk of this node. `shared` is that of all nodes, where keys' uses and first requests are noted;
    it is `own` where the series store is a file of the node. What is posted goes to `posted`, one of the two."""

    own: DiskInbox
    shared: Inbox
    posted: Inbox

    @property
    def all(self) -> tuple[Inbox, ...]:
        """Each of them once; what was posted before a setting was changed may be in any."""
        return (self.own,) if self.shared is self.own else (self.own, self.shared)

    def depth(self) -> Depth:
        """How much waits in all of them, and since when."""
        depth = self.own.depth()
        return depth if self.shared is self.own else depth | self.shared.depth()

    def number_set_aside(self) -> int:
        """How many deliveries of them the event store has refused."""
        return sum(each.number_set_aside() for each in self.all)

    def close(self) -> None:
        """Let go of the file."""
        for each in self.all:
            each.close()


def open_inboxes(folder: DataFolder, settings: Settings, series: Engine) -> Inboxes:
    """The inboxes of a data folder, made if there are none."""
    own = DiskInbox(folder)
    if not settings.database_url:
        return Inboxes(own, own, own)
    shared = DatabaseInbox(series)
    return Inboxes(own, shared, shared if settings.inbox == "database" else own)
