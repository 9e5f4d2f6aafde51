"""Says every few seconds to the other nodes how this one is: a thread of the engine's process."""

import logging
import os
import socket
import time
from threading import Event, Thread
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from quotidian import __version__
from quotidian.control.nodes import BEAT_SECONDS, NodeState, forget_node, note_node
from quotidian.domain.errors import UserError
from quotidian.engine.leading import node_name
from quotidian.inbox.store import Inbox
from quotidian.settings import Settings
from quotidian.store.passing import one_line
from quotidian.telemetry.heartbeat import Heartbeat

_LOG = logging.getLogger(__name__)
_MICROS: Final = 1_000_000


class NodeBeat:
    """Notes how a node is, again and again, until it is closed. `leads` is for the engine to say.

    `trouble` is why it cannot be noted because of the node's name; '' if it can.
    """

    def __init__(self, series: Engine, settings: Settings, inbox: Inbox, heartbeat: Heartbeat) -> None:
        self.leads = False
        self.trouble = ""
        self._series = series
        self._settings = settings
        self._inbox = inbox
        self._heartbeat = heartbeat
        self._name = node_name(settings)
        self._said = ""
        self._ended = Event()
        self._thread = Thread(target=self._run, name="node beat", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Note no more, and have the node forgotten if nothing waits in its inbox."""
        self._ended.set()
        self._thread.join()
        try:
            if not self._inbox.depth().deliveries:
                forget_node(self._series, self._name, self._inbox.identity)
        except (DatabaseError, UserError) as error:
            _LOG.warning("The other nodes cannot be told that this one ends: %s", one_line(error))

    def _run(self) -> None:
        while True:
            self._tell()
            if self._ended.wait(BEAT_SECONDS):
                return

    def _tell(self) -> None:
        try:
            note_node(self._series, self._name, self._inbox.identity, self._state())
            said = self.trouble = ""
        except UserError as error:
            said = self.trouble = str(error)
        except DatabaseError as error:
            said = one_line(error)
        if said and said != self._said:
            _LOG.error("The other nodes cannot be told how this one is: %s", said)
        self._said = said

    def _state(self) -> NodeState:
        depth, engine = self._inbox.depth(), self._heartbeat.state
        waited = 0.0 if depth.oldest is None else max(0.0, time.time() - depth.oldest / _MICROS)
        return NodeState(
            role=self._settings.role,
            version=__version__,
            host=socket.gethostname(),
            pid=os.getpid(),
            silent_seconds=engine.silent_seconds() or 0.0,
            waiting=depth.deliveries,
            waiting_bytes=depth.bytes,
            waiting_seconds=waited,
            engine=engine,
        )
