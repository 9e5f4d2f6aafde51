"""Where the series are: in a file of the data folder, or in a PostgreSQL database that all nodes share."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from quotidian.domain.errors import UserError
from quotidian.settings import load_settings
from quotidian.store.folder import DataFolder
from quotidian.store.series_dialect import DataVersion, files, server

_WAIT_SECONDS = 60
_SCHEMES = ("postgresql", "postgres")
_WHAT_IS_RIGHT = (
    "postgresql://user:password@host:port/database, where each of @ : / % ? # in the password is written as its "
    "percent code, such as %40 for @"
)


@dataclass(frozen=True)
class SeriesPlace:
    """Where the series of a data folder are; without `url` in its file."""

    folder: DataFolder
    url: URL | None

    @classmethod
    def of(cls, folder: DataFolder) -> Self:
        """What the settings say. Raises UserError for a URL that cannot be one."""
        # Before its settings are read: it says whose the folder is.
        folder.check_access()
        given = load_settings(folder.path).database_url
        return cls(folder, read_url(given) if given else None)

    @property
    def name(self) -> str:
        """What to call it in messages, without a password."""
        if self.url is None:
            return str(self.folder.series)
        return f"The database {self.url.database or ''} on {self.url.host or 'this machine'}"

    def open(self, purpose: str) -> Engine:
        """Its database, whatever is in there. `purpose` is what the server calls the connections."""
        if self.url is None:
            return files().open_file(self.folder.series, _WAIT_SECONDS, can_shrink=False)
        return server().open_server(self.url, purpose)

    def data_version(self) -> DataVersion:
        """What tells whether others have written to it."""
        return files().data_version(self.folder.series) if self.url is None else server().data_version(self.url)

    def require(self) -> None:
        """Raise UserError unless `init` has made the data folder; that of a node beside a server is made by need."""
        if self.url is None:
            self.folder.require()
        elif self.folder.is_begun:
            self.folder.check_access()
        else:
            self.folder.create()

    def how_to_init(self) -> str:
        """How to make the tables."""
        return self.folder.how_to_init()


def read_url(given: str) -> URL:
    """The URL of a PostgreSQL database.

    Raises UserError that has nothing of a URL that cannot be read: any part of it can be a password.
    """
    try:
        url = make_url(given)
    except (SQLAlchemyError, ValueError):
        # The cause quotes what it cannot read.
        raise UserError(f"database_url cannot be read; it must be {_WHAT_IS_RIGHT}") from None
    if url.drivername not in _SCHEMES or not url.database or "@" in (url.host or "") + url.database:
        raise UserError(f"database_url must be {_WHAT_IS_RIGHT}")
    return url
