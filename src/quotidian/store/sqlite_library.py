"""The SQLite library of this process: everything that opens a file takes it from here, tests included.

Two copies of the library in one process drop each other's POSIX locks. Python's own copy is often older than
3.51.3: two connections that write to a file in WAL mode can then lose commits.
"""

from importlib import import_module
from types import ModuleType
from typing import Final

_MENDED: Final = (3, 51, 3)
_BUG: Final = "sqlite.org/wal.html#walresetbug"


def _library() -> ModuleType:
    """pysqlite3 brings a library of its own; there is no wheel of it for every machine."""
    try:
        return import_module("pysqlite3.dbapi2")
    except ImportError:
        return import_module("sqlite3.dbapi2")


driver: Final = _library()
"""The DBAPI module in force."""


def version() -> str:
    """The library's version, such as 3.53.4."""
    return str(driver.sqlite_version)


def danger() -> str:
    """What the library in force can do to the files, in a line; '' if nothing is known."""
    if driver.sqlite_version_info >= _MENDED:
        return ""
    return (
        f"SQLite {version()} can lose commits when two processes write ({_BUG}); "
        f"{'.'.join(map(str, _MENDED))} and newer do not"
    )
