"""What the API works with: the stores it reads, the inbox it writes, and what it counts."""

from dataclasses import dataclass

from sqlalchemy import Engine

from quotidian.api.limits import RateLimiter
from quotidian.folder import DataFolder
from quotidian.inbox.store import Inbox
from quotidian.inbox.writer import InboxWriter
from quotidian.metrics import ApiMetrics
from quotidian.series.store import open_series
from quotidian.settings import Settings


@dataclass(frozen=True)
class Services:
    """The services of one worker."""

    folder: DataFolder
    settings: Settings
    series: Engine
    limiter: RateLimiter
    inbox: Inbox
    writer: InboxWriter
    metrics: ApiMetrics

    @classmethod
    def open(cls, folder: DataFolder, settings: Settings) -> "Services":
        """Open what a data folder has. Raises UserError before `quotidian init`."""
        inbox = Inbox(folder)
        writer = InboxWriter(inbox, settings.inbox_bytes)
        limiter = RateLimiter(settings, folder.limits)
        return cls(folder, settings, open_series(folder), limiter, inbox, writer, ApiMetrics())

    def close(self) -> None:
        """Finish what is being written, and let go of the files."""
        self.writer.close()
        self.inbox.close()
        self.series.dispose()
