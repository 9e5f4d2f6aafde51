"""What the API works with: the stores it reads, the inbox it writes, and what it counts."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from quotidian.api.answers import Answers
from quotidian.api.engine import EngineClient
from quotidian.api.limits import RateLimiter
from quotidian.api.observed import Observations
from quotidian.api.v1.streams import Streams
from quotidian.api.v1.waiting import Waiting
from quotidian.inbox.inboxes import Inboxes, open_inboxes
from quotidian.inbox.key_uses import KeyUses
from quotidian.inbox.writer import InboxWriter
from quotidian.settings import Settings
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series
from quotidian.telemetry.metrics import ApiMetrics


@dataclass(frozen=True)
class Services:
    """The services of one worker. `reads` is for what the event loop reads, which it does for one request at a time."""

    folder: DataFolder
    settings: Settings
    series: Engine
    reads: Connection
    limiter: RateLimiter
    inboxes: Inboxes
    writer: InboxWriter
    metrics: ApiMetrics
    answers: Answers
    observations: Observations
    uses: KeyUses
    streams: Streams
    waiting: Waiting
    engine: EngineClient

    @classmethod
    def open(cls, folder: DataFolder, settings: Settings) -> "Services":
        """Open what a data folder has. Raises UserError before `quotidian init`."""
        series = open_series(folder)
        inboxes = open_inboxes(folder, settings, series)
        writer = InboxWriter(inboxes.posted, settings.inbox_bytes)
        limiter = RateLimiter(settings, folder.limits)
        answers = Answers(folder, settings.answer_bytes)
        metrics = ApiMetrics()
        observations = Observations(metrics, is_logged=bool(settings.log_requests))
        reads = series.connect()
        return cls(
            folder,
            settings,
            series,
            reads,
            limiter,
            inboxes,
            writer,
            metrics,
            answers,
            observations,
            KeyUses(inboxes.shared),
            Streams(settings),
            Waiting(reads),
            EngineClient(folder.engine_socket),
        )

    def close(self) -> None:
        """Finish what is being written, and let go of the files."""
        self.writer.close()
        self.uses.close()
        self.inboxes.close()
        self.answers.close()
        self.observations.close()
        self.streams.close()
        self.reads.close()
        self.series.dispose()
