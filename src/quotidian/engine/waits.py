"""Why the engine does nothing at the moment."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Final

from sqlalchemy.exc import DBAPIError

from quotidian.domain.errors import UserError
from quotidian.store.events import StatementFailed
from quotidian.store.passing import can_pass, one_line
from quotidian.telemetry.heartbeat import Heartbeat

_LOG = logging.getLogger(__name__)
_AWAY_SECONDS: Final = 1.0
_TROUBLE_SECONDS: Final = 10.0


Trouble = UserError | DBAPIError | StatementFailed


class Waits:
    """Each reason is logged once, and told in the heartbeat if somebody has to do something."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._said = ""

    def say(self, reason: str) -> None:
        """It waits for others, as it should."""
        self._heartbeat.state.trouble = ""
        self._log(reason)

    def trouble(self, error: Trouble) -> float:
        """It cannot work; returns the seconds after which to try again. Raises an error of no kind that is expected."""
        cause = error.__cause__ if isinstance(error.__cause__, DBAPIError) else error
        if isinstance(cause, DBAPIError) and not can_pass(cause):
            raise error
        self._heartbeat.state.trouble = one_line(error)
        self._log(one_line(error))
        # A database that is away comes back by itself. Else somebody has to mend it; the next attempt may find it so.
        is_away = isinstance(cause, DBAPIError | StatementFailed) and can_pass(cause)
        return _AWAY_SECONDS if is_away else _TROUBLE_SECONDS

    def end(self) -> None:
        """It waits no longer."""
        self._heartbeat.state.trouble = self._said = ""

    def _log(self, reason: str) -> None:
        if reason != self._said:
            self._said = reason
            _LOG.warning("The engine waits: %s", reason)


def after(seconds: float) -> Callable[[], bool]:
    """What says whether so many seconds have passed from now on."""
    end = monotonic() + seconds
    return lambda: monotonic() >= end
