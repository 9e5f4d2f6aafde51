"""The queue of tasks that commands send to the engine. Each connection becomes a job; one job is done at a time.

Who asks a question instead is answered at once, in the thread of the connection.
"""

import logging
import socket
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import Final, Protocol, Self

import msgspec

from quotidian.engine.protocol import MessageSocket, Reply, listen
from quotidian.engine.questions import Answered, Asked
from quotidian.engine.tasks import Task, Update

_LOG = logging.getLogger(__name__)
_UPDATE_SECONDS: Final = 0.1
_SEND_SECONDS: Final = 5
_REST_SECONDS: Final = 1.0


class Job:
    """A task, and the command that waits for it."""

    def __init__(self, task: Task, channel: MessageSocket) -> None:
        self.task = task
        self._channel = channel
        self._updated = 0.0
        self.is_wanted = True

    def reply(self, message: Reply) -> None:
        """Send to the command; if it has gone, the job is no longer wanted. At most ten updates a second are sent."""
        if isinstance(message, Update) and 0 < message.done < message.total:
            if monotonic() - self._updated < _UPDATE_SECONDS:
                return
            self._updated = monotonic()
        try:
            self._channel.send(message)
        except OSError:
            self.is_wanted = False

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()


class Answers(Protocol):
    """What answers questions, in any thread."""

    def answer(self, asked: Asked, /) -> Answered:
        """The answer, or why there is none."""


class TaskQueue:
    """Receives tasks and questions at the engine's socket until it is closed, in a thread for each connection."""

    def __init__(self, path: Path, answerer: Answers) -> None:
        self._answerer = answerer
        self._is_closed = False
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._listening = listen(path)
        Thread(target=self._accept, name="task queue", daemon=True).start()

    def next(self) -> Job | None:
        """The next job, if there is one."""
        try:
            return self._jobs.get_nowait()
        except Empty:
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more. Whose task was not begun is told that the engine has ended."""
        self._is_closed = True
        # To close it would leave the thread waiting.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        while job := self.next():
            job.close()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                connected, _ = self._listening.accept()
                Thread(target=self._take, args=(connected,), name="connection", daemon=True).start()
            except (OSError, RuntimeError) as error:
                if self._is_closed:
                    return
                # Too many open files or threads. It must listen again when there are fewer.
                _LOG.error("A command cannot be answered: %s", error)
                sleep(_REST_SECONDS)

    def _take(self, connected: socket.socket) -> None:
        channel = MessageSocket(connected)
        try:
            request = channel.receive_request()
        except (EOFError, msgspec.MsgspecError) as error:
            _LOG.warning("A command sent no task: %s", error)
            channel.close()
            return
        connected.settimeout(_SEND_SECONDS)
        if isinstance(request, Asked):
            _reply(channel, self._answerer.answer(request))
        else:
            self._jobs.put(Job(request, channel))


def _reply(channel: MessageSocket, answered: Answered) -> None:
    with closing(channel), suppress(OSError):  # who asked may have gone
        channel.send(answered)
