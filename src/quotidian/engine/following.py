"""What an engine does while it does not lead: it passes on what its node acknowledges, and says who leads."""

import logging
from collections.abc import Callable
from threading import Event
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from quotidian.domain.errors import UserError
from quotidian.engine.answering import Answerer
from quotidian.engine.leading import led_elsewhere
from quotidian.engine.protocol import Failure
from quotidian.engine.questions import Answered, Asked, Refused
from quotidian.engine.retrying import Failures, Rest
from quotidian.engine.task_queue import Answers, TaskQueue
from quotidian.inbox.inboxes import Inboxes
from quotidian.inbox.relay import relay
from quotidian.settings import Settings
from quotidian.store.elsewhere import StoresElsewhere
from quotidian.store.folder import DataFolder

_LOG = logging.getLogger(__name__)
_IDLE_SECONDS: Final = 0.1
_LONGEST_REST: Final = 10.0


class Follower:
    """An engine that does not lead. `beat` is called again and again, as a sign of life."""

    def __init__(
        self, folder: DataFolder, settings: Settings, series: Engine, inboxes: Inboxes, beat: Callable[[], None]
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._series = series
        self._inboxes = inboxes
        self._beat = beat
        self._answerer: Answers = self
        if settings.events_url:
            self._answerer = Answerer(StoresElsewhere(folder, settings, series))
        self._failures = Failures(folder.inbox)
        self._rest = Rest(_LONGEST_REST)

    def wait(self, is_over: Callable[[], bool], stopping: Event) -> None:
        """Pass on what was acknowledged, until it is over. Where the node has no other inbox, only wait."""
        while not is_over():
            self._beat()
            if not self._relay() and stopping.wait(_IDLE_SECONDS):
                return

    def follow(self, is_over: Callable[[], bool], stopping: Event) -> None:
        """The same, and answer at the engine's socket meanwhile: no task is taken."""
        with TaskQueue(self._folder.engine_socket, self._answerer) as task_queue:

            def is_answered() -> bool:
                while job := task_queue.next():
                    job.reply(Failure(f"{self._leader()}; give the command there", UserError.status))
                    job.close()
                return is_over()

            self.wait(is_answered, stopping)

    def answer(self, _: Asked) -> Answered:
        """Why a question is not answered where the events are on the leader's disk."""
        return Refused(f"{self._leader()}, and this node has not the events; ask there", may_pass=True)

    def _leader(self) -> str:
        try:
            return str(led_elsewhere(self._series))
        except DBAPIError:
            return "The events are led by another node, and the database does not answer which"

    def _relay(self) -> bool:
        if self._inboxes.shared is self._inboxes.own or not self._rest.is_due:
            return False
        what = "What was acknowledged cannot be passed on, and stays in this node's inbox"
        try:
            found = relay(self._series, self._inboxes, self._settings.inbox_bytes)
            found = self._inboxes.own.shrink() or found
        except Exception as error:
            self._rest.failed()
            self._failures.tell(what, error)
            return False
        if self._rest.seconds:
            self._rest.worked()
            self._failures.worked(what)
        return found
