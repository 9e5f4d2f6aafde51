"""The engine of one node among others of the same series store: it leads if it may and nobody does, else it follows.

Where the series store is a file there is no other node, and it leads unless a command has the events.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from threading import Event
from typing import Final

from quotidian.domain.errors import FolderInUse, LedElsewhere, UserError
from quotidian.engine.answering import Answerer
from quotidian.engine.following import Follower
from quotidian.engine.leading import PURPOSE
from quotidian.engine.loop import Engine
from quotidian.engine.node_beat import NodeBeat
from quotidian.engine.opening import Contender, led_stores
from quotidian.engine.task_queue import TaskQueue
from quotidian.engine.waits import Waits, after
from quotidian.inbox.inboxes import Inboxes, open_inboxes
from quotidian.settings import Settings, load_settings
from quotidian.store.events import StatementFailed
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series
from quotidian.store.series_dialect import dialect_of
from quotidian.telemetry.heartbeat import ENGINE_COMMAND, Heartbeat
from quotidian.telemetry.metrics import EngineMetrics

_LOG = logging.getLogger(__name__)
_IN_USE_SECONDS: Final = 0.5
_FOLLOW_SECONDS: Final = 1.0


class EngineNode:
    """The engine of a node whose series store is open."""

    def __init__(
        self, contender: Contender, settings: Settings, inboxes: Inboxes, heartbeat: Heartbeat, waits: Waits
    ) -> None:
        self._contender = contender
        self._settings = settings
        self._inboxes = inboxes
        self._heartbeat = heartbeat
        self._waits = waits
        self._follower = Follower(contender.folder, settings, contender.series, inboxes, heartbeat.beat)

    def run(self, stopping: Event) -> None:
        """Lead or follow until told to stop. Raises DBAPIError if the series store does not answer."""
        if self._settings.role == "api":
            self._waits.say("this node answers and takes events in, and does not lead (role = api)")
            self._follower.follow(stopping.is_set, stopping)
            return
        while not stopping.is_set():
            try:
                self._lead(stopping)
            except LedElsewhere as error:
                self._waits.say(str(error))
                self._follower.follow(self._takes_lease(), stopping)
            except FolderInUse as error:
                # A command has the events. It will end; until then the inbox keeps what is posted.
                self._waits.say(str(error))
                self._follower.wait(after(_IN_USE_SECONDS), stopping)
            except (UserError, StatementFailed) as error:
                self._follower.wait(after(self._waits.trouble(error)), stopping)

    def _takes_lease(self) -> Callable[[], bool]:
        """What tries to take the lease, each second, and says whether it has it."""
        is_due = after(_FOLLOW_SECONDS)

        def takes() -> bool:
            nonlocal is_due
            if not is_due():
                return False
            is_due = after(_FOLLOW_SECONDS)
            return self._contender.lease.take()

        return takes

    def _lead(self, stopping: Event) -> None:
        try:
            with (
                led_stores(self._contender) as stores,
                closing(Answerer(stores)) as answerer,
                TaskQueue(self._contender.folder.engine_socket, answerer) as task_queue,
            ):
                self._waits.end()
                self._heartbeat.state.leads = True
                _LOG.info("The engine has the event store")
                Engine(stores, self._inboxes, task_queue, self._heartbeat, EngineMetrics()).run(stopping)
        finally:
            self._heartbeat.state.leads = False
            # Also where it was taken while this engine followed, and the events could not be opened then.
            self._contender.lease.close()


@contextmanager
def engine_node(folder: DataFolder, heartbeat: Heartbeat, waits: Waits) -> Iterator[EngineNode]:
    """The engine of a data folder, with what it needs whether it leads or not.

    Raises UserError if the series store cannot be opened, or another node has the name of this one.
    """
    settings = load_settings(folder.path)
    with ExitStack() as opened:
        series = open_series(folder, PURPOSE)
        opened.callback(series.dispose)
        inboxes = opened.enter_context(closing(open_inboxes(folder, settings, series)))
        if settings.database_url:
            opened.enter_context(closing(NodeBeat(series, settings, inboxes.own, heartbeat)))
        lease = opened.enter_context(closing(dialect_of(series).lease(series)))
        yield EngineNode(Contender(folder, series, lease, ENGINE_COMMAND), settings, inboxes, heartbeat, waits)
