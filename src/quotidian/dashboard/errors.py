"""What goes wrong on a page, and what the reader is told of it."""

import logging
from collections.abc import Callable
from typing import Any, Self

from starlette.exceptions import HTTPException

from quotidian.dashboard.words import N_
from quotidian.domain.errors import ApiError, QuotidianError, Unavailable
from quotidian.series.explain.question import BadQuestion
from quotidian.series.read import PurgedSend, UnknownSubject
from quotidian.store.passing import is_trouble
from quotidian.telemetry.logs import REQUEST_ID

_LOG = logging.getLogger("quotidian.dashboard")


class PageError(QuotidianError):
    """A page that cannot be shown, with its HTTP status. `text` is English with %(name)s for each of `values`."""

    def __init__(self, status: int, text: str, /, **values: Any) -> None:
        super().__init__(text % values if values else text)
        self.status = status
        self.text = text
        self.values = values
        self.headers: dict[str, str] = {}

    def told(self, gettext: Callable[[str], str]) -> str:
        """The text, as it is translated."""
        return gettext(self.text) % self.values if self.values else gettext(self.text)

    def after(self, seconds: int) -> Self:
        """The error of what may be asked for again after so many seconds."""
        self.headers["Retry-After"] = str(seconds)
        return self


class NotSignedIn(PageError):  # noqa: N818 - named for what is so
    """Nobody has signed in, or the session is over: leads to the sign-in page."""

    def __init__(self) -> None:
        super().__init__(401, "Sign in first.")


def page_error(error: Exception) -> PageError:
    """What the reader is told of any error. Those that nobody foresaw are logged."""
    match error:
        case PageError():
            told = error
        case Unavailable():
            told = PageError(error.status, error.message).after(error.retry_after)
        case ApiError():
            told = PageError(error.status, error.message)
        case UnknownSubject():
            told = PageError(404, N_("There is nothing with this id in the workspace."))
        case PurgedSend() | BadQuestion():
            told = PageError(400, str(error))
        case HTTPException():
            told = _of_the_router(error)
        case _ if is_trouble(error):
            _LOG.error("The stores cannot be used: %s", getattr(error, "orig", error))
            text = N_("The stores cannot be used at the moment; try again.")
            told = PageError(Unavailable.status, text).after(Unavailable.retry_after)
        case _:
            number = REQUEST_ID.get()
            _LOG.error("Internal error %s on a page", number, exc_info=error)
            text = N_("Internal error %(number)s; the server's log says more under this number.")
            told = PageError(500, text, number=number)
    return told


def _of_the_router(error: HTTPException) -> PageError:
    """There is no such page, or not for this method."""
    is_method = error.status_code == 405
    text = N_("This page is not made to be asked for in this way.") if is_method else N_("There is no such page.")
    told = PageError(error.status_code, text)
    told.headers.update(error.headers or {})
    return told
