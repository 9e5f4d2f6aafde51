"""What can go wrong, and what the program does about it.

QuotidianError
├── UserError             shown without a traceback; exit status 2
│   ├── FolderInUse       another process holds the data folder
│   ├── LedElsewhere      another node leads (engine/leading.py)
│   ├── LostEvents        the events are not those that the series were made of (lineage.py)
│   ├── NewerStore        the data was written by a newer Quotidian
│   ├── UnknownSubject    no such app, campaign, send, … (series/read.py): BadRequest to a client
│   └── PurgedSend        the send is no longer kept (series/read.py): BadRequest to a client
├── TaskFailed            the engine could not do what a command asked it for: one line, exit status 1
├── StatementFailed       of the event store (store/events.py): one line, exit status 1; of a file: the file is bad
├── Deposed               another engine leads (store/turn.py): this one ends; of a command one line, exit status 1
├── CannotCount           the counters of rate limits fail: what the setting rate_limit_outage says
├── FolderGone            the data folder of a server was removed or replaced: one line, exit status 1
└── ApiError              answered as {"message": …} with its status
    ├── BadRequest        400
    ├── Unauthorized      401
    ├── Forbidden         403
    ├── NotFound          404
    ├── MethodNotAllowed  405
    ├── TooSlow           408
    ├── BodyTooLarge      413
    ├── UnknownEncoding   415
    ├── TooManyRequests   429
    └── Unavailable       503

A file that cannot be read is no exception: it is reported by name and the rest is loaded (ingest/load.py).
A record that cannot be used goes to the dead letters with its reason and origin (ingest/sql/normalise.sql).
"""

from typing import Final

_LONGEST_SHOWN: Final = 100


def shown(value: str) -> str:
    """A value that came from a client, for a message: quoted, and cut so that it hides nothing of what follows it."""
    return repr(value) if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]!r}…"


class QuotidianError(Exception):
    """Whatever Quotidian raises on purpose."""


class UserError(QuotidianError):
    """The user asked for what cannot be done; the text says what would be right."""

    status = 2


class FolderInUse(UserError):  # noqa: N818 - named for what is so, like the HTTP statuses below
    """The data folder is held by another process, which runs the command `holder`."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


class LedElsewhere(UserError):  # noqa: N818
    """Another node changes events and series at the moment, which is where tasks are to be given."""


class LostEvents(UserError):  # noqa: N818
    """The event store is missing, older than the series, or of another data folder."""


class TaskFailed(QuotidianError):  # noqa: N818
    """The engine could not do what a command asked it for."""


class Deposed(QuotidianError):  # noqa: N818
    """An engine that no longer leads wanted to write: another has taken over."""


class CannotCount(QuotidianError):  # noqa: N818
    """The counters of rate limits fail; the text says how, and holds no secret."""


class FolderGone(QuotidianError):  # noqa: N818
    """The data folder was removed or replaced while a server had it."""


class NewerStore(UserError):  # noqa: N818
    """The data folder was written by a newer version of Quotidian."""


class ApiError(QuotidianError):
    """An answer other than success; `message` is the body's text."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ApiError):  # noqa: N818
    """A parameter is missing, malformed or names what does not exist."""

    status = 400


class Unauthorized(ApiError):  # noqa: N818
    """No key, or one that does not exist."""

    status = 401


class Forbidden(ApiError):  # noqa: N818
    """The key lacks the endpoint's permission."""

    status = 403


class NotFound(ApiError):  # noqa: N818
    """No endpoint at this path."""

    status = 404


class MethodNotAllowed(ApiError):  # noqa: N818
    """The path exists, for another method."""

    status = 405


class BodyTooLarge(ApiError):  # noqa: N818
    """The request's body is larger than the server takes."""

    status = 413


class TooSlow(ApiError):  # noqa: N818
    """The request's body did not arrive in time."""

    status = 408


class UnknownEncoding(ApiError):  # noqa: N818
    """The request's body is packed in a way that the server cannot unpack."""

    status = 415


class TooManyRequests(ApiError):  # noqa: N818
    """The workspace's rate limit is used up until the window ends."""

    status = 429


class Unavailable(ApiError):  # noqa: N818
    """Cannot be done at the moment, and can when asked again after `retry_after` seconds."""

    status = 503
    retry_after = 5
