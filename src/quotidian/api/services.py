"""What the API works with: the stores it reads, the inbox it writes, and what it counts."""

from dataclasses import dataclass

from sqlalchemy import Engine

from quotidian.api.answers import Answers
from quotidian.api.engine import EngineClient
from quotidian.api.limits import RateLimiter, open_counters
from quotidian.api.observed import Observations
from quotidian.api.series_store import SeriesStore, open_store
from quotidian.api.sight import Sight, open_sight
from quotidian.api.v1.streams import Streams
from quotidian.api.v1.waiting import Waiting
from quotidian.inbox.inboxes import Inboxes, open_inboxes
from quotidian.inbox.key_uses import KeyUses
from quotidian.inbox.writer import InboxWriter
from quotidian.settings import Settings
from quotidian.store.batches import noted
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series
from quotidian.telemetry.metrics import ApiMetrics


@dataclass(frozen=True)
class Services:
    """The services of one worker. The event loop uses `store`, what runs in threads of its own `series`.

    `fingerprint` is of the data; what must not be mixed up with that of other data is named after it.
    """

    folder: DataFolder
    settings: Settings
    series: Engine
    fingerprint: str
    sight: Sight
    store: SeriesStore
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
        series = open_series(folder, "api")
        sight = open_sight(folder, series)
        store = open_store(series, sight)
        inboxes = open_inboxes(folder, settings, series)
        metrics = ApiMetrics()
        with series.connect() as connection:
            fingerprint = noted(connection).fingerprint
        counters = open_counters(settings, folder.limits, fingerprint)
        return cls(
            folder,
            settings,
            series,
            fingerprint,
            sight,
            store,
            RateLimiter(settings, counters, metrics.miss_limit),
            inboxes,
            InboxWriter(inboxes.posted, settings.inbox_bytes),
            metrics,
            Answers(sight, settings.answer_bytes),
            Observations(metrics, is_logged=bool(settings.log_requests)),
            KeyUses(inboxes.shared),
            Streams(settings, sight),
            Waiting(store, sight),
            EngineClient(folder.engine_socket),
        )

    def close(self) -> None:
        """Finish what is being written, and let go of the files."""
        self.writer.close()
        self.uses.close()
        self.inboxes.close()
        self.observations.close()
        self.streams.close()
        self.store.close()
        self.sight.close()
